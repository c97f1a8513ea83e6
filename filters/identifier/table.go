package identifier

import (
	"strings"

	"github.com/fairwaygate/fairway/filters/location"
)

// row lists names, folded and separated by blanks, that mean the same.
type row struct {
	entry
	names string
}

// fieldRows holds the names of query parameters, form and JSON fields; headers
// go by them too. Campaign codes (utm_*, mc_cid, gad_campaignid) name no person
// and are not listed.
var fieldRows = []row{
	{entry{kind: IMEI, need: anyForm}, `imei imeisv imeinumber imeino imeicode deviceimei phoneimei imeimd5 imeisha1 imeisha256 chuanhao chuanma shoujichuanhao`},
	{entry{kind: MEID, need: anyForm}, `meid devicemeid meidnumber meidhex meiddec`},
	{entry{kind: MEID, need: opaqueForm, all: true}, `esn pesn`},
	{entry{kind: IMSI, need: anyForm}, `imsi simimsi deviceimsi subscriberimsi`},
	{entry{kind: ICCID, need: serialForm}, `icc`},
	{entry{kind: ICCID, need: anyForm}, `iccid simserial simserialnumber simserialno simiccid simid simcardid euiccid simnumber`},
	{entry{kind: MAC, need: macForm}, `mac macaddress macaddr macid wifimac wifimacaddress wlanmac ethmac ethernetmac
		bluetoothmac bluetoothaddress btmac btaddr blemac devicemac hwaddr hwaddress hardwareaddress routermac gatewaymac`},
	{entry{kind: MAC, need: anyForm}, `macmd5 macsha1 macsha256`},
	{entry{kind: Serial, need: anyForm}, `deviceserial deviceserialnumber deviceserialno devicesn androidserial hwserial
		hardwareserial hardwareserialnumber boardserial boardserialnumber phoneserial phoneserialnumber buildserial roserialno`},
	{entry{kind: Serial, need: anyForm, all: true}, `serialno serialnumber xuliehao`},
	{entry{kind: Serial, need: serialForm, all: true}, `serial`},

	{entry{kind: DeviceID, need: anyForm}, `deviceid deviceuuid deviceguid deviceudid deviceuid devid deviceidentifier
		uniquedeviceid uniquedeviceidentifier deviceuniqueid devicevendorid deviceuniqueidentifier clientdeviceid mobiledeviceid handsetid deviceinfoid deviceinfouuid hardwareid hwid machineid
		machineguid androidid ssaid udid openudid idfv identifierforvendor
		installationid installationuuid installid installuuid hardwareuuid clientudid appsetid googleappsetid persistentiosuuid iosuuid
		appinstanceid firebaseinstanceid appsflyerid appsflyeruid
		utdid umid umidtoken smdeviceid shumeiid qimei bddid randomizedbundletoken fbanonid didmd5 didsha1 dpidmd5 dpidsha1
		devicefingerprint devicefingerprintid fingerprintid browserfingerprint deviceprint deviceapphash
		androiduuid phoneuuid mobileuuid handsetuuid userpseudoid androididmd5 androididsha1 idfvmd5
		shebeiid shebeihao shebeima tanmatsuid tanmatsushikibetsushi dangmalgiid danmalgiid gigiid`},
	{entry{kind: DeviceID, need: anyForm, all: true}, `idmd5`},
	{entry{kind: DeviceID, need: opaqueForm}, `phoneid vaid dpid cdid andi deviceno devicenumber`},
	{entry{kind: DeviceID, need: letteredForm}, `device smid`},
	{entry{kind: DeviceID, need: letteredForm, all: true}, `fingerprint`},
	{entry{kind: DeviceID, need: uuidForm}, `guid ifv`},
	{entry{kind: DeviceID, need: opaqueForm, all: true}, `did cuid duid`},
	{entry{kind: AdvertisingID, need: anyForm}, `advertisingid advertisingidentifier googleadvertisingid googleadid googleaid
		appleadvertisingid asidentifier deviceadid deviceadvertisingid adtrackingid gpsadid gaid aaid idfa oaid rdid tifa
		idfamd5 idfasha1 oaidmd5 oaidsha1 gaidmd5 gaidsha1 aaidmd5 lgudid aifa eids buyeruid pubcid id5id uid2token advertisingtoken rokuadid amazonadid amazonaid fireadid windowsadid`},
	{entry{kind: AdvertisingID, need: letteredForm}, `adid rida muid ifa caid maid madid advertiserid tdid`},
	{entry{kind: PushToken, need: anyForm}, `pushtoken pushid jpushid jpushregistrationid fcmtoken fcmregistrationtoken gcmtoken gcmregistrationid
		apnstoken apnsdevicetoken apntoken hmstoken voiptoken devicetoken devicepushtoken pushaddress`},
	{entry{kind: PushToken, need: tokenForm}, `registrationtoken registrationid registrationids regid token`},
	{entry{kind: Subscriber, need: anyForm}, `msisdn simphonenumber devicephonenumber line1number`},
	{entry{kind: Subscriber, need: opaqueForm}, `subscriberid`},
	{entry{kind: DeviceName, need: anyForm}, `devicename phonename computername hostdevicename bluetoothname`},
	{entry{kind: DeviceData, need: anyForm}, `devicemodel devicebrand devicemanufacturer devicemake deviceproduct devicehardware
		deviceos deviceosversion deviceresolution devicescreen devicelanguage devicelocale devicetimezone
		phonemodel phonebrand osversion osver androidversion iosversion systemversion
		screenresolution screensize screenwidth screenheight screendensity displayresolution
		appversion appver appversioncode appversionname clientappversion
		plmn plmnid mccmnc simoperator simoperatorname networkoperator networkoperatorname simcarrier carriername`},
	{entry{kind: DeviceData, need: screenForm, all: true}, `resolution screen`},
	{entry{kind: DeviceData, need: operatorForm, all: true}, `operator carrier`},
	{entry{kind: DeviceData, need: languageForm, all: true}, `language systemlanguage languagesetting`},
	{entry{kind: DeviceData, need: anyForm}, `useragent`},
	{entry{kind: DeviceData, need: browserForm, all: true}, `ua`},
	{entry{kind: DeviceData, need: modelForm, all: true}, `model hardwaremodel`},
	{entry{kind: DeviceData, need: systemForm, all: true}, `os operatingsystem`},

	{entry{kind: ClickID, need: anyForm}, `gclid gclsrc wbraid gbraid dclid gacid srsltid gclaw gcldc gclgb gclha
		fbclid fbc fbp igshid igsh msclkid ttclid twclid lifatid sccid epik rdtcid qclid
		yclid ysclid ymclid openstat
		bdvid qhclickid gdtvid ksclickid sogouclickid
		ctwaclid adcallback clickid clkid clickidentifier irclickid irclid cjevent tblci tblclickid taboolaclickid outbrainclickid dicbo
		obclickid rbclickid ndclid rtkcid ttcsid vmclickid tduid admitaduid zanpid ransiteid
		awclickid pinclickid snapclickid adclickid unicornclickid wickedid skwcid
		branchmatchid branchreferrer adjustreftag
		mceid mkttok hsenc hsmi hssc hstc hsfp hsctatracking olyencid olyanonid veroid veroconv klaviyoid
		mlsubscriber mlsubscriberhash trkcontact trkmsg trkmodule trksid sbclid sfmcsub sfmcid
		bsftuid etrid btatid adobemc pkvid mtmvid vgoee spuserid sznclid bhlid atrecipientid atrecipientlist ssemailid bbeml`},
	{entry{kind: ClickID, need: anyForm, all: true}, `awc sscid efid kx ttp`},
	{entry{kind: ClickID, need: linkerForm, all: true}, `ga gl`},

	{entry{need: queryForm}, `referrer referer query querystring queryparams search params parameters urlparams payload body data deeplink`},

	{entry{need: filler}, `value val string str raw slot sim`},
	{entry{need: digest}, `md5 sha sha1 sha224 sha256 sha384 sha512 sm3 hash hashed digest encrypted enc`},
}

// headerRows holds what only headers are called. Every one is compared whole.
var headerRows = []row{
	{entry{kind: DeviceID, need: anyForm}, `availabledictionary dictionaryid`}, // RFC 9842: of what a server stored on the device
	{entry{kind: Subscriber, need: anyForm}, `msisdn upcallinglineid nokiamsisdn wapmsisdn htsclid fhmsisdn nxclid h3gmsisdn
		networkinfo mdn acr vfacr uidh upsubno upsubscriberid jphoneuid dcmguid emuid upuid
		nokiaalias orangeid sdpmsisdn subscriberinfo callinglineid calledlineid`},
	{entry{kind: ClientHint, need: anyForm}, `devicememory dpr width viewportwidth viewportheight downlink rtt ect
		wapprofile wapprofilediff`},
	{entry{kind: UserAgent, need: agentForm}, `useragent deviceuseragent originaluseragent operaminiphoneua ucbrowserdeviceua
		ucbrowserphoneua boltphoneua skyfirephone devicestockua mobileua forwardeduseragent`},
	{entry{kind: DeviceData, need: anyForm}, `operaminiphone ucbrowserdevice ucbrowserua uadevicemodel uacpu uacolor uapixels uaos
		uadisp uavoice devicewidth deviceheight`},
	{entry{kind: DeviceData, need: deviceForm}, `device uadevice devicetype deviceclass devicecategory deviceformfactor`},
	{entry{kind: DeviceID, need: anyForm}, `clientdevice clientdeviceuuid deviceuser`},
	{entry{kind: Serial, need: anyForm}, `serial`},
	{entry{kind: ClickID, need: anyForm}, `secbrowsingtopics`}, // what the browser tells of a reader's interests
	{entry{kind: ClientIP, need: addressForm}, `forwardedfor forwarded realip clientip trueclientip originalforwardedfor
		forwardedforip forwardedclientip originalclientip cfconnectingip cfconnectingipv6 cfpseudoipv4 doconnectingip
		fastlyclientip flyclientip clusterclientip envoyexternaladdress appengineuserip appengineremoteaddr
		azureclientip azuresocketip alicdnrealip cdnsrcip remoteip remoteaddr originatingip proxyuserip
		incapclientip sucuriclientip vercelforwardedfor vercelproxiedfor nfclientconnectionip cloudfrontvieweraddress
		wlproxyclientip proxyclientip httpclientip httpxforwardedfor httpforwardedfor akamaiclientip sourceip userip
		originalremoteaddr gfeclientip visitorip`},
	{entry{kind: Userinfo, need: urlForm}, `referer referrer originalurl originaluri rewriteurl forwardeduri requesturi forwardedurl`},
}

// lowEntropyHints are the client hints that every browser sends unasked: the low entropy
// hint table of User-Agent Client Hints. Any other Sec-CH-* was asked for.
const lowEntropyHints = `secchua secchuamobile secchuaplatform`

// appearanceHints say how a page shall look (User Preference Media Features Client
// Hints), each with one of two words. Without them what was dark is light, and what was
// still moves.
const appearanceHints = `secchpreferscolorscheme secchprefersreducedmotion secchprefersreducedtransparency`

// fields and headers are the built-in names. They are never changed.
var (
	fields  = newFields()
	headers = newHeaders()
)

func newFields() *Names {
	t := newNames()
	for name, sort := range location.Names() {
		t.add(name, entry{kind: Place, sort: sort, need: anyForm})
	}
	t.addRows(fieldRows)
	for _, r := range fieldRows {
		if r.kind.hashable() && r.need < digest && !r.all {
			for name := range strings.FieldsSeq(r.names) {
				t.add(name+"s", r.entry) // of several devices, or clicks
			}
		}
	}
	return t
}

func newHeaders() *Names {
	t := newNames()
	for _, r := range headerRows {
		r.all = true
		t.addRows([]row{r})
	}
	t.addRows([]row{{entry{kind: ClientHint, need: lowEntropy, all: true}, lowEntropyHints + " " + appearanceHints}})
	return t
}

func (t *Names) addRows(rows []row) {
	for _, r := range rows {
		for name := range strings.FieldsSeq(r.names) {
			t.add(name, r.entry)
		}
	}
}
