package identifier

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/location"
	"pgregory.net/rapid"
)

var nothing consent.Set

// coarse is the filter that most tests use.
func coarse() *Filter { return &Filter{Location: location.Default} }

func ExampleFilter_Query() {
	f := &Filter{Location: location.Default}
	query, _ := f.Query("q=shoes&gclid=Cj0K&lat=39.9042&lng=116.4074&idfa=6D92078A-8246-4BA4-AE5B-76104861E7DC", consent.Of(consent.Necessary),
		func(found Finding) { fmt.Println(found.Kind, found.Place, found.Action) })
	fmt.Println(query)
	// Output:
	// click-id query drop
	// place query coarsen
	// place query coarsen
	// advertising-id query drop
	// q=shoes&lat=39.9&lng=116.4
}

const (
	imei = "490154203237518"
	uuid = "6d92078a-8246-4ba4-ae5b-76104861e7dc"
)

func TestQuery(t *testing.T) {
	tests := []struct{ in, want string }{
		// Names, as programs write them.
		{"imei=" + imei, ""},
		{"a=1&imei=" + imei, "a=1"},
		{"imei=" + imei + "&a=1", "a=1"},
		{"a=1&imei=1&b=2", "a=1&b=2"},
		{"imei=1&idfa=2&a=1", "a=1"},
		{"a=1&imei=1&idfa=2&b=2&gclid=3", "a=1&b=2"},
		{"&gclid=1&&a=1&", "&&a=1&"},
		{"gclid=1&&a=1", "&a=1"},
		{"device_id=x&deviceId=x&DeviceID=x&device-id=x&deviceid=x&DEVICE_ID=x&device.id=x", ""},
		{"user[device_id]=x&ctx%5Bdevice%5D%5Bid%5D=x&device[id]=x&imei[]=1&imei%5B0%5D=1", ""},
		{"imei2=1&userImei=1&user_imei=1&imei_md5=1&idfaMd5=1&oaid_sha256=1&android_id_sha1=1", ""},
		{"%69%6D%65%69=1&%67clid=1&gcl%69d=1", ""},
		{"%2569mei=1", "%2569mei=1"}, // encoded twice is another name
		{"gclid=", "gclid="},
		{"gclid", "gclid"},
		{"a=1;gclid=2", "a=1"},
		{"gclid=2;a=1", "a=1"},
		{"a=1;gclid=2;b=3&c=4;fbclid=5", "a=1;b=3&c=4"},
		{"idfa=ABC;DEF&a=1", "a=1"},
		{"a=1&gclid=2;b=3&c=4", "a=1&b=3&c=4"},
		{"a=1&gclid=2;idfa=3&c=4", "a=1&c=4"},
		{"a=1&gclid=2;idfa=3;b=4", "a=1&b=4"},
		{"a=1&gclid=2;idfa=3", "a=1"},
		{"gclid=2;idfa=3&b=4;gclid=5", "b=4"},
		{"a=b;c", "a=b;c"},
		{"a=1&gclid=2&gclid=3&GCLID=4", "a=1"},
		{"gclid=a=b&c=d", "c=d"},

		// Click and mailing ids go, campaign codes stay.
		{"gclid=1&gclsrc=1&wbraid=1&gbraid=1&dclid=1&fbclid=1&msclkid=1&ttclid=1&twclid=1&li_fat_id=1&igshid=1", ""},
		{"mc_eid=1&yclid=1&_openstat=1&irclickid=1&ScCid=1&epik=1&rdt_cid=1&s_kwcid=1&vero_id=1&mkt_tok=1&_hsenc=1&_hsmi=1&oly_enc_id=1", ""},
		{"utm_source=a&utm_medium=b&utm_campaign=c&utm_id=d&mc_cid=e", "utm_source=a&utm_medium=b&utm_campaign=c&utm_id=d&mc_cid=e"},

		// Device and advertising ids.
		{"imsi=1&meid=1&iccid=1&android_id=1&aaid=1&gaid=1&idfv=1&ifa=" + uuid + "&oaid=1&openudid=1&udid=1&serialno=1&device_name=1&push_token=1", ""},
		{"mac=00:11:22:33:44:55&wifi_mac=001122334455&mac_address=00-11-22-33-44-55", ""},
		{"mac=9f86d081884c7d659a2feaa0c55ad015", "mac=9f86d081884c7d659a2feaa0c55ad015"}, // a message authentication code
		{"guid=" + uuid + "&adid=" + uuid, ""},
		{"guid=42&adid=17", "guid=42&adid=17"},

		// Identifiers by value, whatever the name.
		{"x=" + imei, ""},
		{"x=49-015420-323751-8&y=13-850175-913761-0", "y=13-850175-913761-0"},
		{"x=%34%39%30154203237518", ""},
		{"x=+" + imei, "x=+" + imei},
		{"x=%20" + imei + "%20", ""},
		{imei, ""},
		{"x=1;" + imei, ""},
		{"x=490154203237519", "x=490154203237519"}, // not the check digit
		{"order_id=" + imei, "order_id=" + imei},
		{"orderNo=" + imei + "&price=" + imei + "&ts=" + imei, "orderNo=" + imei + "&price=" + imei + "&ts=" + imei},
		{"x=202410240001237", "x=202410240001237"},
		{"x=49+015420+323751+8&y=35%2D693803%2D564380%2D9&z=490154-20-323751-8&v=35-209900-176148-23", ""},
		{"x=" + imei + "+&y=%0A" + imei + "%0D%0A&z=" + imei + "%00", ""},
		{"uid=" + imei + "&fbid=103456789012344", "fbid=103456789012344"}, // an id that passes the Luhn check
		{"mac=0:11:22:a:b:c&v=00:11:22:ff:fe:aa:bb:cc&meid_dec=268435456001234567&ifv=" + uuid, ""},
		{"imeimd5=x&macsha1=x&idfamd5=x&oaidmd5=x&android_uuid=x&deviceFingerprintId=x&device_app_hash=x&idmd5=x", ""},
		{"serial=Mystery&serial=3", "serial=Mystery&serial=3"},
		{"_gl=1*1abcd*_ga*MTIz&_ga=2.12345678.12345678.1-1&gl=us&ga=2.1&_kx=x", "gl=us&ga=2.1"},
		{"prices=12.3456,45.6789&rgb=0.1234,0.5678,0.9&crop=0.1234,0.5678", "prices=12.3456,45.6789&rgb=0.1234,0.5678,0.9&crop=0.1234,0.5678"},

		// In queries that are handed on.
		{"referrer=utm_source%3Dgoogle%26gclid%3Dx&a=1", "referrer=utm_source%3Dgoogle&a=1"},
		{"install_referrer=gclid%3Dx%26idfa%3Dy&payload=a%3D1%26params%3Db%253D2%2526imei%253D3", "install_referrer=&payload=a%3D1%26params%3Db%253D2"},
		{"query=a%3D1%26b%3d2&search=x+%3D+y+%26+gclid%3D1&data=lat%3D39.9&referrer=gclid=x&other=a%3D1%26gclid%3Dx", "query=a%3D1%26b%3d2&search=x+%3D+y+%26+gclid%3D1&data=lat%3D39.9&referrer=gclid=x&other=a%3D1%26gclid%3Dx"},

		// In URLs, encoded or not, and URLs in URLs.
		{"u=https%3A%2F%2Fx.example%2Fp%3Fa%3D1%26gclid%3D2%26b%3D%2520%23top&c=1", "u=https%3A%2F%2Fx.example%2Fp%3Fa%3D1%26b%3D%2520%23top&c=1"},
		{"next=/p?gclid=1&back=%2Fp%3Fimei%3D1%26q%3D2&search=%3Ffbclid%3D1", "next=/p&back=%2Fp%3Fq%3D2&search="},
		{"u=%2F%2Fx.example%2F%3Fv%3Dhttps%253A%252F%252Fy.example%252F%253Fimei%253D1%2526a%253D2", "u=%2F%2Fx.example%2F%3Fv%3Dhttps%253A%252F%252Fy.example%252F%253Fa%253D2"},
		{"u=https://a:b@x.example/&v=/f//me@x?y", "u=https://x.example/&v=/f//me@x?y"},
		{"u=https%3a%2f%2fx.example%2F%3fa%3d1%26b=%zz&v=http&w=%2&x=/&y=%3F&h=h", "u=https%3a%2f%2fx.example%2F%3fa%3d1%26b=%zz&v=http&w=%2&x=/&y=%3F&h=h"},
		{"x=378282246310005", "x=378282246310005"}, // a payment card
		{"x=00:1A:2b:3c:4d:5E&y=00-1A-2B-3C-4D-5E&z=001a.2b3c.4d5e", ""},
		{"x=00%3A1A%3A2B%3A3C%3A4D%3A5E", ""},
		{"x=00:1A:2B:3C:4D&y=001a2b3c4d5e", "x=00:1A:2B:3C:4D&y=001a2b3c4d5e"},
		{"x=8986001234567890123&y=89014103211118510720", "x=8986001234567890123"},
		{"session=" + uuid + "&id=" + uuid + "&v=5.2.1&price=1999.99", "session=" + uuid + "&id=" + uuid + "&v=5.2.1&price=1999.99"},

		// Places.
		{"lat=39.9042&lng=116.4074", "lat=39.9&lng=116.4"},
		{"user_lat=39.9042&geo.lat=39.9042&location[lat]=39.9042&x-lat=39.9042&userLat=39.9042", "user_lat=39.9&geo.lat=39.9&location[lat]=39.9&x-lat=39.9&userLat=39.9"},
		{"location%5Blat%5D=39.9042", "location%5Blat%5D=39.9"},
		{"ll=39.9042%2C116.4074&ll=39.9042;116.4074", "ll=39.9%2C116.4&ll=39.9;116.4"},
		{"q=39.9042,116.4074", "q=39.9,116.4"},
		{"lat=3.99e1&a=1", "a=1"},
		{"ssid=home&bssid=00:11:22:33:44:55&cell_id=1", ""},
		{"long_description=39.9042&late=39.9042&flat=39.9042&platform=39.9042&latest=39.9042&position=3&long=yes", "long_description=39.9042&late=39.9042&flat=39.9042&platform=39.9042&latest=39.9042&position=3&long=yes"},
		{"altitude=43.5&location=Beijing", "location=Beijing"},
		{"position=12.34567&video_pos=12.34567&currentPosition=12.34567&position=39.9042,116.4074", "position=12.34567&video_pos=12.34567&currentPosition=12.34567&position=39.9,116.4"},
		{"position[]=39.9042&position%5B1%5d=116.4074&center=39.9042&center=116.4074", "position[]=39.9&position%5B1%5d=116.4&center=39.9&center=116.4"},
		{"uri=geo:39.9042,116.4074;u=10&v=geo:39.9042,116.4074%3Bu=10", "uri=geo:39.9,116.4;u=10&v=geo:39.9,116.4"},

		// Data of a device is nobody's as long as it is alone.
		{"device_model=Mi9&os_version=11&app_version=5.2.1", "device_model=Mi9&os_version=11&app_version=5.2.1"},

		// Names that mean other things too, by their values.
		{"lng=en&lat=undefined&geolocation=denied&icc=sRGB", "lng=en&lat=undefined&geolocation=denied&icc=sRGB"},
		{"phone_id=12&caid=7&dpid=8&vaid=9&ifa=Berlin&maid=marian&subscriber_id=12", "phone_id=12&caid=7&dpid=8&vaid=9&ifa=Berlin&maid=marian&subscriber_id=12"},
		{"phone_id=" + uuid + "&caid=" + uuid + "&vaid=" + uuid + "&maid=" + uuid + "&madid=" + uuid + "&subscriber_id=460001234567890", ""},
		{"registration_token=a1b2c3d4", "registration_token=a1b2c3d4"},
		{"registration_token=dGhpcw%3AAPA91bHun4MxP5egoKMwt2KZFBaFUH&registration_ids[]=APA91bHun4MxP5egoKMwt2KZFBaFUH", ""},
		{"registration_id=2020-17", "registration_id=2020-17"},
		{"ASIdentifier=" + uuid + "&device.vendorId=" + uuid + "&_ga=GA1.2.1234567890.1596403881", ""},
		{"imeiValue=1&imei_slot2=1&deviceIdString=1&imei_sim_1=1&latValue=39.9042&aaid_md5_raw=1&device_unique_id=1&google_aid=1", "latValue=39.9"},
		{"value=1&discount_value=1&string=x&raw=1&sim=only&slot=3&deviceValue=desktop", "value=1&discount_value=1&string=x&raw=1&sim=only&slot=3&deviceValue=desktop"},
		{"vendorId=" + uuid, "vendorId=" + uuid},
		{"product_guid=" + uuid + "&cartGuid=" + uuid + "&order[guid]=" + uuid + "&fileGuid=" + uuid, "product_guid=" + uuid + "&cartGuid=" + uuid + "&order[guid]=" + uuid + "&fileGuid=" + uuid},
		{"guid=" + uuid + "&userGuid=" + uuid + "&mobile_guid=" + uuid + "&product[device_guid]=" + uuid, ""},
		{"asset_id_md5=d41d8cd98f00b204e9800998ecf8427e", "asset_id_md5=d41d8cd98f00b204e9800998ecf8427e"},
		{"ad_id=23843211234560123&maid=120330000000000", "ad_id=23843211234560123&maid=120330000000000"},
		{"ad_id=" + uuid + "&deviceIds[]=x&push_tokens=x&imeis=1,2&hashed_maids=0a1b2c3d4e5f60718293a4b5c6d7e8f9&gclids=x", ""},
		{"timing=12.3456,45.6789&rating=4.5678,3.2345", "timing=12.3456,45.6789&rating=4.5678,3.2345"},
		{"area=SRID%3D4326%3BPOINT%28116.4074+39.9042%29&b=POLYGON((116.4074+39.9042,116.5+39.9))&c=MULTI&d=linen+(39.9042,116.4074)", "c=MULTI&d=linen+(39.9042,116.4074)"},
		{"gclaw=GCL.1.x&ttp=x&ttcsid=x&rtkcid=x&fingerprint_id=x&deviceUniqueIdentifier=x", ""},
		{"app_set_id=x&clientudid=x&qimei36=x&aifa=x&simNumber=1&push_address=x&buyeruid=x&ctwa_clid=x&device[hardware][uuid]=x", ""},
		{"device=" + uuid + "&user_device=9f86d081884c7d65&fingerprint=9f86d081884c7d65&advertiser_id=" + uuid + "&cdid=" + uuid + "&deviceNo=9f86d081884c7d65", ""},
		{"device=mobile&fingerprint=oriole/oriole&asset_fingerprint=9f86d081884c7d65&advertiser_id=120330000000000&deviceNo=17&service=" + uuid, "device=mobile&fingerprint=oriole/oriole&asset_fingerprint=9f86d081884c7d65&advertiser_id=120330000000000&deviceNo=17&service=" + uuid},
		{"token=dGhpcw%3AAPA91bHun4MxP5egoKMwt2KZFBaFUH&csrf_token=a1b2c3d4", "csrf_token=a1b2c3d4"},
		{"sku=AB-12-CD-34-EF-56&coupon_code=0011.22aa.bbcc&order=00:11:22:aa:bb:cc", "sku=AB-12-CD-34-EF-56&coupon_code=0011.22aa.bbcc"},

		// In other languages.
		{"jingdu=116.407395&weidu=39.904211&keido=139.767125&ido=35.681236&wido=37.566535&longitud=-3.703790", "jingdu=116.4&weidu=39.9&keido=139.7&ido=35.6&wido=37.5&longitud=-3.7"},
		{"jingdu=0.5&weidu=month&kinhdo=cake+no+1&dolgota=12&kaido=35.681236", "jingdu=0.5&weidu=month&kinhdo=cake+no+1&dolgota=12&kaido=35.681236"},
		{"shebei_hao=x&tanmatsuId=x&chuanma=x&gigi_id=x", ""},

		// What isn't judged stays, byte for byte.
		{"", ""},
		{"a=%zz&%&b=%e4%bd%a0&c=a+b&=&==&;;&d", "a=%zz&%&b=%e4%bd%a0&c=a+b&=&==&;;&d"},
		{"%zz=1&gclid=1&b=%zz", "%zz=1&b=%zz"},
	}
	for _, test := range tests {
		var n int
		got, changed := coarse().Query(test.in, nothing, func(Finding) { n++ })
		if got != test.want || changed != (test.in != test.want) {
			t.Errorf("%q:\n got %q (%v)\nwant %q", test.in, got, changed, test.want)
		}
		if changed != (n > 0) {
			t.Errorf("%q: %d findings, changed is %v", test.in, n, changed)
		}
		if again, changed := coarse().Query(got, nothing, nil); changed {
			t.Errorf("%q became %q and then %q", test.in, got, again)
		}
		if all, changed := coarse().Query(test.in, everything, nil); changed || all != test.in {
			t.Errorf("%q became %q with consent", test.in, all)
		}
	}
}

func TestEachPurposeLetsItsKindsPass(t *testing.T) {
	const query = "gclid=1&imei=2&lat=39.9042"
	for purpose, want := range map[consent.Purpose]string{
		consent.Advertising: "gclid=1&lat=39.9",
		consent.Device:      "imei=2&lat=39.9",
		consent.Location:    "lat=39.9042",
		consent.Analytics:   "lat=39.9",
		consent.None:        "lat=39.9",
	} {
		if got, _ := coarse().Query(query, consent.Of(purpose), nil); got != want {
			t.Errorf("purpose %d: got %q, want %q", purpose, got, want)
		}
	}
}

func TestDropPlaces(t *testing.T) {
	f := &Filter{Location: location.Drop}
	if got, _ := f.Query("a=1&lat=39.9&q=39.9042,116.4074&location=Beijing", nothing, nil); got != "a=1&location=Beijing" {
		t.Errorf("got %q", got)
	}
}

func TestCombined(t *testing.T) {
	f := &Filter{Combined: true}
	if got, _ := f.Query("device_model=Mi9&screen_width=1080&plmn=46000&model=chair", nothing, nil); got != "model=chair" {
		t.Errorf("got %q", got)
	}
	// A query chooses the page's language; it does not tell the device's.
	if got, _ := f.Query("language=zh-CN&resolution=1170x2532", nothing, nil); got != "language=zh-CN" {
		t.Errorf("got %q", got)
	}
	for name, values := range map[string]struct{ goes, stays []string }{
		"resolution": {[]string{"1170x2532", "1170X2532", "1170×2532", "1080*1920", "1170, 2532"}, []string{"4k", "high", "300", "won't fix"}},
		"operator":   {[]string{"46000", "460-00", "310 410", "China Mobile", "中国移动", "CMCC", "Vodafone"}, []string{"and", "eq", ">=", "Ada", "1", "4600012"}},
		"carrier":    {[]string{"T-Mobile", "中国联通", "46001"}, []string{"UPS", "DHL Express", "SF"}},
		"language":   {[]string{"zh-CN", "zh_Hans_CN", "en"}, []string{"English for beginners", "1", "c++"}},
		"model":      {[]string{"iPhone14,2", "SM-S918B", "MacBookPro18,3"}, []string{"chair", "X200", "Pixel 7", "iPhone 14"}},
		"os":         {[]string{"iOS 17.2", "Android 14", "mac OS X 10_15", "Windows NT 10.0"}, []string{"ios", "Android", "1"}},
	} {
		for _, value := range values.goes {
			if v := f.Judge(name, value, nothing); v.Kind != DeviceData || v.Action != Drop {
				t.Errorf("%s %q next to an identity: %+v", name, value, v)
			}
			if v := (&Filter{}).Judge(name, value, nothing); v.Action != Pass {
				t.Errorf("%s %q alone: %+v", name, value, v)
			}
			if v := f.Judge(name, value, consent.Of(consent.Device)); v.Action != Pass {
				t.Errorf("%s %q with consent: %+v", name, value, v)
			}
		}
		for _, value := range values.stays {
			if v := f.Judge(name, value, nothing); v.Action != Pass {
				t.Errorf("%s %q: %+v", name, value, v)
			}
		}
	}
}

func TestExtraNames(t *testing.T) {
	names, err := NewNames(map[string]Kind{"Loyalty-Card": Subscriber, "spot": Place})
	if err != nil {
		t.Fatal(err)
	}
	f := &Filter{Extra: names, Location: location.Default}
	if got, _ := f.Query("loyaltyCard=1&my_loyalty_card=2&a=1&spot=39.9042,116.4074&gclid=1", nothing, nil); got != "a=1&spot=39.9,116.4" {
		t.Errorf("got %q", got)
	}
	if _, err := NewNames(map[string]Kind{"--": DeviceID}); err == nil {
		t.Error("a name of nothing was accepted")
	}
}

func TestHash(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	f := &Filter{Hash: true, Key: func() []byte { return key }}
	got, _ := f.Query("a=1&imei="+imei+"&gclid=x&device_name=Ann&b=2", nothing, nil)
	values, err := url.ParseQuery(got)
	if err != nil || values.Get("a") != "1" || values.Get("b") != "2" || values.Has("device_name") {
		t.Fatalf("got %q (%v)", got, err)
	}
	if h := values.Get("imei"); len(h) != 32 || strings.Trim(h, "0123456789abcdef") != "" {
		t.Errorf("imei: got %q", h)
	}
	// The vector is another implementation's: HMAC-SHA-256 of "imei", NUL and the number.
	if want := "d112aac93d89d69edea1d55a062c905d"; values.Get("imei") != want {
		t.Errorf("imei: got %q, want %q", values.Get("imei"), want)
	}
	encoded, _ := f.Query("imei=%34"+imei[1:], nothing, nil)
	if encoded != "imei="+values.Get("imei") {
		t.Errorf("the same number, escaped, became %q", encoded)
	}
	other, _ := f.Query("imsi="+imei, nothing, nil)
	if strings.HasSuffix(other, values.Get("imei")) {
		t.Error("two kinds share a pseudonym")
	}
	for _, keyless := range []*Filter{{Hash: true}, {Hash: true, Key: func() []byte { return nil }}} {
		if got, _ := keyless.Query("imei=1", nothing, nil); got != "" {
			t.Errorf("without a key: got %q", got)
		}
	}
}

func TestJudge(t *testing.T) {
	f := coarse()
	tests := []struct {
		name, value string
		want        Verdict
	}{
		{"device.id", "x", Verdict{Kind: DeviceID, Action: Drop}},
		{"", imei, Verdict{Kind: IMEI, Action: Drop}},
		{"coords", "39.9042,116.4074", Verdict{Kind: Place, Action: Coarsen, Text: "39.9,116.4"}},
		{"title", "Nice shoes", Verdict{}},
		{"gclid", "", Verdict{}},
	}
	for _, test := range tests {
		if got := f.Judge(test.name, test.value, nothing); got != test.want {
			t.Errorf("%q=%q: got %+v, want %+v", test.name, test.value, got, test.want)
		}
		if got := f.Judge(test.name, test.value, everything); got.Action != Pass {
			t.Errorf("%q=%q: got %+v with consent", test.name, test.value, got)
		}
	}
}

func TestURL(t *testing.T) {
	tests := []struct{ in, want string }{
		{"https://shop.example/p?gclid=1&a=1#top", "https://shop.example/p?a=1#top"},
		{"https://shop.example/p?gclid=1", "https://shop.example/p"},
		{"https://shop.example/p?gclid=1#top", "https://shop.example/p#top"},
		{"https://ann:secret@shop.example/p", "https://shop.example/p"},
		{"https://a@b@shop.example", "https://shop.example"},
		{"//ann@shop.example/@x", "//shop.example/@x"},
		{"/p?lat=39.9042", "/p?lat=39.9"},
		{"https://shop.example/#/route?idfa=1&a=1", "https://shop.example/#/route?a=1"},
		{"https://shop.example/#idfa=1", "https://shop.example/"},
		{"https://shop.example/#", "https://shop.example/#"},
		{"https://shop.example/?", "https://shop.example/?"},
		{"https://shop.example/@39?a=b@c", "https://shop.example/@39?a=b@c"},
		{"mailto:ann@shop.example", "mailto:ann@shop.example"},
		{"", ""},
	}
	for _, test := range tests {
		got, changed := coarse().URL(test.in, nothing, nil)
		if got != test.want || changed != (got != test.in) {
			t.Errorf("%q: got %q (%v), want %q", test.in, got, changed, test.want)
		}
		if all, changed := coarse().URL(test.in, everything, nil); changed || all != test.in {
			t.Errorf("%q became %q with consent", test.in, all)
		}
	}
}

func TestLabels(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if s := k.String(); s == "" || s == "other" || seen[s] {
			t.Errorf("kind %d is called %q", k, s)
		}
		seen[k.String()] = true
	}
	if Kind(200).String() != "other" || Action(200).String() != "other" || Where(200).String() != "other" {
		t.Error("a label outside the fixed set")
	}
}

func TestNamesInTablesAreFolded(t *testing.T) {
	for _, r := range slices.Concat(fieldRows, headerRows) {
		for name := range strings.FieldsSeq(r.names) {
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
				t.Errorf("%q is not folded", name)
			}
		}
	}
}

// drawQuery makes queries of identifiers and of harmless parameters.
func drawQuery(t *rapid.T) string {
	names := rapid.SampledFrom([]string{"q", "page", "gclid", "imei", "device_id", "lat", "lng", "ll", "x", "order_id", "utm_source", "location", "%69dfa", ""})
	values := rapid.SampledFrom([]string{"", "1", "shoes", imei, uuid, "39.9042", "39.9042,116.4074", "39.9%2C116.4", "00:11:22:33:44:55", "a;b", "a=b", "%zz", "geo:1.234,5.678"})
	var b strings.Builder
	for i := range rapid.IntRange(0, 8).Draw(t, "parameters") {
		if i > 0 {
			b.WriteString(rapid.SampledFrom([]string{"&", "&", "&", ";"}).Draw(t, "separator"))
		}
		b.WriteString(names.Draw(t, "name"))
		if rapid.Bool().Draw(t, "equals") {
			b.WriteString("=" + values.Draw(t, "value"))
		}
	}
	return b.String()
}

func drawGrant(t *rapid.T, label string) consent.Set {
	return consent.Set(rapid.Uint64Range(0, 1<<12-1).Draw(t, label))
}

// Filtering twice is filtering once; more consent never lets less through; and a
// parameter that remains was there before.
func TestQueryProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := coarse()
		in, granted := drawQuery(t), drawGrant(t, "granted")
		out, _ := f.Query(in, granted, nil)
		if again, changed := f.Query(out, granted, nil); changed {
			t.Fatalf("%q became %q and then %q", in, out, again)
		}
		more, _ := f.Query(in, granted|drawGrant(t, "more"), nil)
		if len(more) < len(out) {
			t.Fatalf("%q: %q with more consent, %q with less", in, more, out)
		}
		for part := range strings.FieldsFuncSeq(out, func(r rune) bool { return r == '&' || r == ';' }) {
			name, _, _ := strings.Cut(part, "=")
			if !strings.Contains(in, name) {
				t.Fatalf("%q became %q: %q is new", in, out, name)
			}
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"a=1&gclid=2", "a=1;gclid=2", "ll=39.9042%2C116.4074", "imei=" + imei, "x=" + imei, "%69mei=1", "a[lat]=1.2345", ";;&&=;=", "geo:1,2", "mac=00:11:22:33:44:55",
		"u=https%3A%2F%2Fx%2F%3Fgclid%3D1%26a%3D2", "u=/p?gclid=1;a=/%C3%A4", "u=%3Fv%3D%252Fp%253Fimei%253D1",
	} {
		f.Add(seed, uint64(0))
	}
	f.Fuzz(func(t *testing.T, in string, granted uint64) {
		filter, set := coarse(), consent.Set(granted)
		out, changed := filter.Query(in, set, nil)
		if changed == (out == in) || len(out) > 3*len(in) { // a URL in it is escaped anew
			t.Fatalf("%q became %q, changed is %v", in, out, changed)
		}
		if again, changed := filter.Query(out, set, nil); changed {
			t.Fatalf("%q became %q and then %q", in, out, again)
		}
		// What the query's own decoder sees holds nothing listed any more.
		values, err := url.ParseQuery(out)
		if err != nil || set.Has(consent.Advertising) {
			return
		}
		for _, value := range values["gclid"] {
			if value != "" {
				t.Fatalf("%q became %q", in, out)
			}
		}
	})
}

func TestQueryAllocatesNothingWithoutFindings(t *testing.T) {
	f := coarse()
	if n := testing.AllocsPerRun(100, func() { f.Query(harmless, nothing, nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

const harmless = "q=running+shoes&category=outdoor%2Fsport&page=3&sort=price_asc&size=42&color=%E9%BB%91%E8%89%B2" +
	"&utm_source=newsletter&utm_campaign=spring-sale&session=6d92078a-8246-4ba4-ae5b-76104861e7dc&price_min=19.99&v=5.2.1"
