package module

import (
	"reflect"
	"testing"

	"github.com/go-json-experiment/json"
)

// FuzzBeaconBody holds the quick way of reading a beacon against the decoder.
func FuzzBeaconBody(f *testing.F) {
	for _, body := range []string{
		`{"path":"/product/7","from":"https://news.example"}`, `{"path":"/","campaign":"spring"}`, `{"route":"home"}`,
		`{"goal":"order","token":"AAAA"}`, `{"path":"/","path":"/"}`, `{"path":""}`, `{}`, `{"path":"/"`, `{"path":"/",}`, `{"path":"/"} `,
		`{"path":"\u002f"}`, `{"path":"/é"}`, `{"path":7}`, `{"path":"/","stay":12}`, `{"stay":"12"}`, `{"Path":"/"}`, `{"other":"x"}`, `{"path":"/"}}`, `{"path:"/"}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var quick, whole beaconBody
		if !quick.readPlain(body) {
			return
		}
		if err := json.Unmarshal([]byte(body), &whole); err != nil || !reflect.DeepEqual(quick, whole) {
			t.Errorf("%q is read as %+v, the decoder reads %+v, %v", body, quick, whole, err)
		}
	})
}

func TestScriptsBeaconsAreReadTheQuickWay(t *testing.T) {
	for _, body := range []string{`{"path":"/product/7","from":"https://news.example"}`, `{"path":"/","campaign":"spring-sale"}`} {
		if !new(beaconBody).readPlain(body) {
			t.Errorf("%s was left to the decoder", body)
		}
	}
}
