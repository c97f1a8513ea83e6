package identifier_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/identifier"
)

// A finding names what was found, and says nothing of the value.
func TestFindingNames(t *testing.T) {
	const value = "490154203237518"
	var names []string
	found := func(f identifier.Finding) {
		names = append(names, f.Place.String()+" "+f.Name)
		if strings.Contains(f.Name, value) {
			t.Errorf("the finding %q holds the value", f.Name)
		}
	}
	var f identifier.Filter
	f.Query("a=1&imei="+value+"&ctx%5Bidfa%5D=AEBE52E7&"+value, 0, found)
	f.Query("u=https%3A%2F%2Fu%3Ap%40shop.example%2F%3Fimei%3D"+value, 0, found)
	f.Header(http.Header{"X-Device-Id": {value}}, 0, found)
	f.Header(http.Header{"Referer": {"https://u:p@shop.example/?a=1&idfa=" + value}}, 0, found)
	if want := []string{
		"query imei", "query ctx%5Bidfa%5D", "query ", "query ", "query imei", "header X-Device-Id", "url ", "url idfa",
	}; !slices.Equal(names, want) {
		t.Errorf("found %q, want %q", names, want)
	}
}
