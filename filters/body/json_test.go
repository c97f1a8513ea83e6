package body

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/location"
)

func TestJSON(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		// A member goes with one comma; every other byte stays.
		{`{"imei":"1"}`, `{}`},
		{`{"imei":"1","a":1}`, `{"a":1}`},
		{`{"a":1,"imei":"1"}`, `{"a":1}`},
		{`{"a":1,"imei":"1","b":2}`, `{"a":1,"b":2}`},
		{`{"imei":1,"idfa":2,"a":3,"oaid":4,"b":5,"udid":6}`, `{"a":3,"b":5}`},
		{"{\n  \"a\": 1,\n  \"imei\": \"1\",\n  \"b\": 2\n}\n", "{\n  \"a\": 1,\n  \"b\": 2\n}\n"},
		{"{\n  \"imei\": \"1\",\n  \"b\" : 2\n}", "{\n  \"b\" : 2\n}"},
		{"{ \"a\" : 1 , \"imei\" : \"1\" }", "{ \"a\" : 1  }"},
		{"\t{ } \r\n", "\t{ } \r\n"},
		{`[]`, `[]`},
		{``, ``},
		{"  \n", "  \n"},
		{"\uFEFF" + `{"imei":1}`, "\uFEFF{}"},

		// Every occurrence, however it is written.
		{`{"imei":1,"imei":2,"a":3,"IMEI":4,"Imei":5}`, `{"a":3}`},
		{`{"\u0069mei":1,"im\u0065\u0069":2,"i\u006Dei":3,"a\u0062":4}`, `{"a\u0062":4}`},
		{`{"m\u017fclKid":1,"mſcl` + "\u212A" + `id":2,"s":"ſ"}`, `{"s":"ſ"}`},
		{`{"deviceId":1,"device_id":1,"device-id":1,"DEVICE ID":1,"x.device.id":1,"a":{"userDeviceId":1}}`, `{"a":{}}`},
		{`{"a":[{"imei":1},{"b":[{"gclid":"x","c":1}]}]}`, `{"a":[{},{"b":[{"c":1}]}]}`},
		{`{"device":{"id":"x","model":"y"},"push":{"token":"z"},"advertising":{"id":"a"}}`, `{"device":{"model":"y"},"push":{},"advertising":{}}`},
		{`{"guid":{"value":"` + uuid + `"},"order":{"value":"` + uuid + `"}}`, `{"guid":{},"order":{"value":"` + uuid + `"}}`},

		// Whatever is under an identifier's name goes with it.
		{`{"idfa":{"value":"x","b":["y",{"c":1}]},"a":1}`, `{"a":1}`},
		{`{"a":1,"device_id":["x",["y"],{}]}`, `{"a":1}`},
		{`{"idfa":null,"imei":false,"udid":"","a":true}`, `{"idfa":null,"imei":false,"udid":"","a":true}`},

		// Identifiers by value.
		{`{"x":"` + imei + `","y":` + imei + `,"z":["` + imei + `",1,"00:1A:2b:3c:4d:5E"]}`, `{"z":[1]}`},
		{`["` + imei + `","a","00-11-22-33-44-55"]`, `["a"]`},
		{`["a","\u0034` + imei[1:] + `"]`, `["a"]`},
		{`"` + imei + `"`, `null`},
		{` ` + imei + ` `, ` null `},
		{`{"order":{"id":"` + imei + `"},"order_no":` + imei + `}`, `{"order":{"id":"` + imei + `"},"order_no":` + imei + `}`},
		{`{"request":{"x":"` + imei + `"},"content":{"id":"a"}}`, `{"request":{},"content":{"id":"a"}}`},

		// What only looks alike stays.
		{`{"id":"490154203237519","session":"` + uuid + `","price":1999.99,"v":"5.2.1","n":1e400,"m":-0.0,"t":1700000000000}`,
			`{"id":"490154203237519","session":"` + uuid + `","price":1999.99,"v":"5.2.1","n":1e400,"m":-0.0,"t":1700000000000}`},
		{`{"flat":39.9042,"platform":"ios","late":true,"message":"mac"}`, `{"flat":39.9042,"platform":"ios","late":true,"message":"mac"}`},
		{`{"utm_source":"a","text":"\ud83d\ude00 \ud83d \u0000 \"\\"}`, `{"utm_source":"a","text":"\ud83d\ude00 \ud83d \u0000 \"\\"}`},
		{`{"device_model":"Mi 9","os_version":"11"}`, `{"device_model":"Mi 9","os_version":"11"}`},

		// Places.
		{`{"lat":39.9042,"lng":116.4074}`, `{"lat":39.9,"lng":116.4}`},
		{`{"lat":"39.9042","lng":"116.4074"}`, `{"lat":"39.9","lng":"116.4"}`},
		{`{"location":{"latitude":39.9042,"longitude":116.4074,"city":"Beijing"}}`, `{"location":{"latitude":39.9,"longitude":116.4,"city":"Beijing"}}`},
		{`{"lat": -0.04, "lng": 3.99e1, "a": 1}`, `{"lat": -0.0, "a": 1}`},
		{`{"type":"Point","coordinates":[116.4074,39.9042]}`, `{"type":"Point","coordinates":[116.4,39.9]}`},
		{`{"type":"Point","coordinates":[116.4074, 39.9042, 43.5]}`, `{"type":"Point","coordinates":[116.4, 39.9]}`},
		{`{"event":"play","position":12.34567,"buffered":[0.12345,23.45678]}`, `{"event":"play","position":12.34567,"buffered":[0.12345,23.45678]}`},
		{`{"position":[39.90421,116.40741],"pos":{"lat":39.9042,"lng":116.4074}}`, `{"position":[39.9,116.4],"pos":{"lat":39.9,"lng":116.4}}`},
		{"{\"coordinates\": [\n 116.4074 ,\n 39.9042\n]}", "{\"coordinates\": [\n 116.4 ,\n 39.9\n]}"},
		{`{"type":"LineString","coordinates":[[116.4074,39.9042],[116.5074,39.8042]]}`, `{"type":"LineString","coordinates":[[116.4,39.9],[116.5,39.8]]}`},
		{`{"coordinates":[[[116.4074,39.9042],[116.5074,39.8042]]],"bbox":[116.4074,39.9042,116.5074,39.8042]}`, `{"coordinates":[[[116.4,39.9],[116.5,39.8]]],"bbox":[116.4,39.9,116.5,39.8]}`},
		{`{"x":[116.4074,39.9042],"y":"39.9042,116.4074","z":"geo:39.9042,116.4074"}`, `{"x":[116.4,39.9],"y":"39.9,116.4","z":"geo:39.9,116.4"}`},
		{`{"geo":{"coordinates":["116.4074","39.9042"]}}`, `{"geo":{"coordinates":["116.4","39.9"]}}`},
		{`{"product":{"guid":"` + uuid + `"},"items":[{"guid":"` + uuid + `"}],"cartGuid":"` + uuid + `","guid":"` + uuid + `","device":{"guid":"` + uuid + `"},"order":{"device":{"guid":"` + uuid + `"}}}`, `{"product":{"guid":"` + uuid + `"},"items":[{"guid":"` + uuid + `"}],"cartGuid":"` + uuid + `","device":{},"order":{"device":{}}}`},
		{`{"latlng":[39.9042,116.4074],"geopoint":[39.9042,116.4074,39.8042,116.5074,1.55,"39.9042","x"],"cell_id":[1,2],"position":3,"location":"Beijing","size":[10,20],"rgb":[0.5,0.25,0.125]}`, `{"latlng":[39.9,116.4],"geopoint":[39.9,116.4,39.8,116.5,1.5,"39.9","x"],"position":3,"location":"Beijing","size":[10,20],"rgb":[0.5,0.25,0.125]}`},
		{`{"p":["39.9042","116.4074"],"q":[ "39.9042" , 116.4074 ],"r":["1","2"],"s":["39.9042"]}`, `{"p":["39.9","116.4"],"q":[ "39.9" , 116.4 ],"r":["1","2"],"s":["39.9042"]}`},
		{`{"prices":[12.3456,45.6789],"rgb":[0.1234,0.5678,0.9],"crop":[0.1234,0.5678],"offset":"12.3456,45.6789"}`, `{"prices":[12.3456,45.6789],"rgb":[0.1234,0.5678,0.9],"crop":[0.1234,0.5678],"offset":"12.3456,45.6789"}`},
		{`{"cell":{"mcc":460,"cid":56789,"lac":1234}}`, `{"cell":{"mcc":460}}`},
		{`{"ssid":"home","bssid":"00:11:22:33:44:55","wifi":{"ssid":"x","level":3}}`, `{"wifi":{"level":3}}`},

		// A member that says what the one after it holds.
		{`[{"name":"imei","value":"1"},{"name":"size","value":"2"}]`, `[{"name":"imei"},{"name":"size","value":"2"}]`},
		{`{"a":[{"key":"device.id","value":{"stringValue":"x"}},{"k":"lat","v":39.9042},{"key":"b","value":{"key":"c"}}]}`, `{"a":[{"key":"device.id"},{"k":"lat","v":39.9},{"key":"b","value":{"key":"c"}}]}`},
		{`{"ids":[{"type":"imei","id":"x"},{"type":"guest","id":"y"}],"data":{"type":"orders","id":"1"}}`, `{"ids":[{"type":"imei"},{"type":"guest","id":"y"}],"data":{"type":"orders","id":"1"}}`},
		{`[{"op":"add","path":"/imei","value":"x"},{"name":"IMEI","id":7,"x":{"value":"y"}},{"value":"z"}]`, `[{"op":"add","path":"/imei"},{"name":"IMEI","id":7,"x":{"value":"y"}},{"value":"z"}]`},
		{`{"name":"idfa","x":{"value":1},"y":[{"value":2}],"value":3}`, `{"name":"idfa","x":{"value":1},"y":[{"value":2}]}`},

		// JSON in strings, URLs.
		{`{"path":"/p?gclid=x&a=1","search":"?fbclid=1","to":"//a.example/#imei=1","list":["/p?imei=1"],"dir":"/a//b@c","q":"a?gclid=1"}`, `{"path":"/p?a=1","search":"","to":"//a.example/","list":["/p"],"dir":"/a//b@c","q":"a?gclid=1"}`},
		{`{"data":"{\"imei\":\"1\",\"a\":\"b\"}"}`, `{"data":"{\"a\":\"b\"}"}`},
		{`{"data":"[{\"x\":\"` + imei + `\"}]","e":"{not json}","f":"[1]"}`, `{"data":"[{}]","e":"{not json}","f":"[1]"}`},
		{`{"page":"https://shop.example/?a=1&gclid=x","ref":"http:\/\/u:p@a.example\/"}`, `{"page":"https://shop.example/?a=1","ref":"http://a.example/"}`},
	} {
		check(t, "application/json", test.in, test.want, shop())
	}
}

func TestJSONLines(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"{\"imei\":1}\n{\"a\":1,\"imei\":2}\r\n\n[1]\n", "{}\n{\"a\":1}\r\n\n[1]\n"},
		{"1\n\"" + imei + "\"\ntrue", "1\nnull\ntrue"},
		{"\x1e{\"imei\":1}\n\x1e{\"a\":1}\n", "\x1e{}\n\x1e{\"a\":1}\n"},
		{"{}{\"imei\":1}", "{}{}"},
	} {
		check(t, "application/x-ndjson", test.in, test.want, shop())
	}
	refuse(t, "application/json", `{}{}`, ErrMalformed, shop())
	refuse(t, "application/json", "{}\n{}", ErrMalformed, shop())
	refuse(t, "application/x-ndjson", "{}\n{", ErrMalformed, shop())
}

func TestMalformedJSON(t *testing.T) {
	for _, in := range []string{
		`{`, `}`, `[`, `]`, `{]`, `[}`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`, `{"a" 1}`, `{"a":1 "b":2}`, `[1 2]`,
		`{a:1}`, `{'a':1}`, `{1:2}`, `{"a":1]`, `"a`, `"a\`, `"\x41"`, `"\u12g4"`, `"\u12"`, "\"a\nb\"", "\"\x00\"", `tru`, `truee`, `nul`, `NaN`, `Infinity`, `undefined`,
		`01`, `-`, `1.`, `.5`, `+1`, `1e`, `1e+`, `0x10`, `1_000`, `--1`, `1.2.3`, `// comment`, `{"a":1}/*c*/`, `{"a":1}x`, `1 2`, `,`, `:`, "\x1e{}", "\uFEFF\uFEFF{}", "\v{}", "\u00a0{}",
		"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "{\"\xff\":1}", "{\"imei\":\"\xff\"}", "{\"idfa\":{\"a\":\"\xff\"}}", "\xff\xfe{\x00}\x00", "{\"imei\":[1,}", `{"imei":{"a":01}}`,
		"\"" + strings.Repeat("x", windowSize) + "\xff\"", "\"" + strings.Repeat("x", windowSize) + "\xe4\xbd\"", "\"" + strings.Repeat("x", windowSize) + "\x01\"",
		"\"" + strings.Repeat("x", maxHeld) + "\xff\"", "\"" + strings.Repeat("x", maxHeld) + "\n\"", "\"" + strings.Repeat("x", maxHeld) + "\\x\"", "\"" + strings.Repeat("x", maxHeld),
	} {
		refuse(t, "application/json", in, ErrMalformed, shop())
	}
}

func TestEachPurposeLetsItsKindsPass(t *testing.T) {
	const in = `{"gclid":"1","imei":"2","lat":39.9042}`
	for purpose, want := range map[consent.Purpose]string{
		consent.Advertising: `{"gclid":"1","lat":39.9}`,
		consent.Device:      `{"imei":"2","lat":39.9}`,
		consent.Location:    `{"lat":39.9042}`,
		consent.Analytics:   `{"lat":39.9}`,
		consent.None:        `{"lat":39.9}`,
	} {
		o := shop()
		o.Granted = consent.Of(purpose)
		check(t, "application/json", in, want, o)
	}
}

func TestHashedAndDropped(t *testing.T) {
	o := shop()
	o.Identifiers.Hash = true
	o.Identifiers.Key = func() []byte { return []byte("key") }
	o.Identifiers.Location = location.Drop
	hash := o.Identifiers.Judge("imei", imei, 0).Text
	if len(hash) != 32 {
		t.Fatalf("hash %q", hash)
	}
	for _, test := range []struct{ in, want string }{
		{`{"imei":"` + imei + `","a":1}`, `{"imei":"` + hash + `","a":1}`},
		{`{"imei":` + imei + `}`, `{"imei":"` + hash + `"}`},
		{`{"imei":["` + imei + `", ` + imei + `]}`, `{"imei":["` + hash + `", "` + hash + `"]}`},
		{`"` + imei + `"`, `"` + hash + `"`},
		{`{"idfa":{"a":1},"b":2}`, `{"b":2}`},
		{`{"geolocation":{"lat":39.9,"city":"x"},"location":{"lat":39.9,"lng":116.4,"city":"x"},"coordinates":[116.4074,39.9042],"a":[[116.4074,39.9042]]}`, `{"geolocation":{"city":"x"},"location":{"city":"x"},"a":[]}`},
	} {
		check(t, "application/json", test.in, test.want, o)
	}
}

// TestCombined wants data of the device to go once the person is known.
func TestCombined(t *testing.T) {
	o := shop()
	o.Identifiers.Combined = true
	check(t, "application/json", `{"device":{"model":"x","os":{"version":"11"}},"app_version":"5","a":1}`, `{"device":{},"a":1}`, o)
	check(t, urlencoded, "language=zh-CN&model=chair&osVersion=17&ua=Mozilla/5.0+(X)&lang=en&ua=UA", "model=chair&lang=en&ua=UA", o)
	check(t, "application/json", `{"resolution":"1170x2532","client":{"language":"zh-CN","operator":"46000"},"model":"chair","a":1}`, `{"client":{},"model":"chair","a":1}`, o)
	check(t, "application/json", `[{"name":"Screen size","value":"6.1"},{"name":"Model","value":{"v":"iPhone14,5"}},{"name":"imei","value":{"v":1}}]`,
		`[{"name":"Screen size","value":"6.1"},{"name":"Model","value":{"v":"iPhone14,5"}},{"name":"imei"}]`, o)
	goods := `{"items":[{"model":"SM-G973F"}],"product":{"os":"Android 11","screenSize":"6.1"}}`
	check(t, "application/json", goods, goods, o)
	check(t, "application/json", `{"product":{"device":{"model":"x"}},"items":[{"imei":"1"}]}`, `{"product":{"device":{}},"items":[{}]}`, o)
	o.Granted = consent.Of(consent.Device)
	check(t, "application/json", `{"device":{"model":"x"}}`, `{"device":{"model":"x"}}`, o)
}

func TestExtraNames(t *testing.T) {
	names, err := identifier.NewNames(map[string]identifier.Kind{"loyalty card": identifier.DeviceID})
	if err != nil {
		t.Fatal(err)
	}
	o := shop()
	o.Identifiers.Extra = names
	check(t, "application/json", `{"loyaltyCard":"x","loyalty":{"card":"y"},"a":1}`, `{"loyalty":{},"a":1}`, o)
}

// TestJSONInStrings wants strings to be looked into, as deep as the limit, and not
// to be passed on past it.
func TestQueriesInStrings(t *testing.T) {
	check(t, "application/json", `{"install_referrer":"utm_source=google&gclid=x","referrer":["gclid=x&a=1"],"note":"a=1&gclid=x","query":"a = 1 & b"}`,
		`{"install_referrer":"utm_source=google","referrer":["a=1"],"note":"a=1&gclid=x","query":"a = 1 & b"}`, shop())
}

func TestJSONInStrings(t *testing.T) {
	in, want := `{"imei":1,"a":2}`, `{"a":2}`
	for range MaxNesting {
		in, want = `{"d":`+string(quote(nil, in))+`}`, `{"d":`+string(quote(nil, want))+`}`
		check(t, "application/json", in, want, shop())
	}
	in = `{"d":` + string(quote(nil, in)) + `}`
	if out, err := filter("application/json", in, shop()); err != nil || strings.Contains(out, "imei") || !strings.Contains(out, "null") {
		t.Errorf("%q, %v", out, err)
	}
}

func TestFindings(t *testing.T) {
	for _, test := range []struct {
		contentType, in string
		want            []string
	}{
		{"application/json", `{"imei":1,"a":{"lat":39.9042,"idfa":{"b":1}},"c":[116.4074,39.9042],"u":"https://a.example/?gclid=1","d":"{\"udid\":1}","e":"{\"udid\":1"}`,
			[]string{"imei json drop", "place json coarsen", "advertising-id json drop", "place json coarsen", "click-id json drop", "device-id json drop"}},
		{"application/x-www-form-urlencoded", "a=1&imei=1&lat=39.9042&d=%7B%22udid%22%3A1%7D", []string{"imei form drop", "place form coarsen", "device-id form drop"}},
		{"multipart/form-data; boundary=b", form("b", "imei", "1", "lat", "39.9042", "d", `{"udid":1}`), []string{"imei multipart drop", "place multipart coarsen", "device-id multipart drop"}},
	} {
		var got []string
		o := shop()
		o.Found = func(f Finding) { got = append(got, fmt.Sprintf("%v %v %v", f.Kind, f.Place, f.Action)) }
		if _, err := filter(test.contentType, test.in, o); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, %v", test.in, got, err)
		}
	}
	if s := Place(99).String(); s != "other" {
		t.Errorf("%q", s)
	}
}
