package body_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/identifier"
)

// A finding names the field, with what holds it, and says nothing of the value.
func TestFindingNames(t *testing.T) {
	const imei = "490154203237518"
	for contentType, c := range map[string]struct {
		text string
		want []string
	}{
		"application/json": {
			`{"user":{"device":{"id":"` + imei + `"},"imei":"` + imei + `"},"geo":{"coordinates":[116.40741,39.90421]},"device_id":{"a":1}}`,
			[]string{"user.device.id", "user.imei", "geo.coordinates", "device_id"},
		},
		"application/x-www-form-urlencoded": {"a=1&imei=" + imei + "&idfa=2", []string{"imei", "idfa"}},
		"multipart/form-data; boundary=b": {
			"--b\r\nContent-Disposition: form-data; name=\"imei\"\r\n\r\n" + imei + "\r\n--b--\r\n", []string{"imei"},
		},
	} {
		var names []string
		filtered, err := body.Filter(contentType, strings.NewReader(c.text), &body.Options{
			Identifiers: new(identifier.Filter),
			Found:       func(f body.Finding) { names = append(names, strings.Clone(f.Name)) },
		})
		if err == nil {
			_, err = io.ReadAll(filtered)
		}
		if err != nil || !slices.Equal(names, c.want) {
			t.Errorf("%s: found %q, want %q; %v", contentType, names, c.want, err)
		}
	}
}
