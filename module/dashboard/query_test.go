package dashboard

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fairwaygate/fairway/filters/visit"
)

var (
	queryLast  = visit.Date(2028, 3, 10)
	queryToday = visit.Date(2028, 3, 12)
)

func TestParse(t *testing.T) {
	for query, want := range map[string]string{
		"":                                    "2028-02-10 2028-03-10",
		"days=1":                              "2028-03-10 2028-03-10",
		"days=7":                              "2028-03-04 2028-03-10",
		"days=007":                            "2028-03-04 2028-03-10",
		"days=731":                            "2026-03-11 2028-03-10",
		"from=2028-02-29":                     "2028-02-29 2028-03-10",
		"from=2028-03-11":                     "2028-03-11 2028-03-11",
		"to=2028-03-01":                       "2028-02-01 2028-03-01",
		"from=2028-02-01&to=2028-02-29":       "2028-02-01 2028-02-29",
		"from=2028-03-12&to=2028-03-12":       "2028-03-12 2028-03-12",
		"from=&to=&days=":                     "2028-02-10 2028-03-10",
		"from=2028-03-01&to=&days=":           "2028-03-01 2028-03-10",
		"utm_source=a&lang=de&days=1&lang=fr": "2028-03-10 2028-03-10",
	} {
		r, err := Parse(parseQuery(t, query), queryLast, queryToday)
		if err != nil {
			t.Errorf("%q: %v", query, err)
		} else if got := r.From.String() + " " + r.To.String(); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	for query, name := range map[string]string{
		"days=0":                        "days",
		"days=-1":                       "days",
		"days=732":                      "days",
		"days=1e2":                      "days",
		"days=99999999999999999999":     "days",
		"days=7 ":                       "days",
		"days=30&days=7":                "days",
		"days=7&from=2028-01-01":        "days",
		"days=7&to=2028-01-01":          "days",
		"from=yesterday":                "from",
		"from=2028-2-1":                 "from",
		"from=2027-02-29":               "from",
		"from=2028-03-13":               "from",
		"from=2028-03-02&to=2028-03-01": "from",
		"from=2026-01-01&to=2028-03-01": "from",
		"from=1999-01-01":               "from",
		"from=2028-01-01&from=":         "from",
		"to=2028-03-13":                 "to",
		"to=2028-02-30":                 "to",
		"to=%00":                        "to",
	} {
		_, err := Parse(parseQuery(t, query), queryLast, queryToday)
		var param *ParamError
		if !errors.As(err, &param) || param.Name != name {
			t.Errorf("%q: %v, want an error of %s", query, err, name)
		} else if !strings.Contains(err.Error(), name+"=") {
			t.Errorf("%q: %q does not name the parameter", query, err)
		}
	}
}

func TestParseErrorIsShort(t *testing.T) {
	_, err := Parse(url.Values{"from": {strings.Repeat("<é\n", 5000)}}, queryLast, queryToday)
	if err == nil || len(err.Error()) > 300 || strings.ContainsAny(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

func TestRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		to := Date(rapid.IntRange(5000, 30000).Draw(t, "to"))
		r := Range{to - Date(rapid.IntRange(0, MaxDays-1).Draw(t, "days")), to}
		before, needs := r.Before(), r.Needs()
		if before.Days() != r.Days() || before.To+1 != r.From {
			t.Fatalf("before %v is %v", r, before)
		}
		if needs.From > before.From || needs.To != r.To {
			t.Fatalf("%v needs %v", r, needs)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "days=7", "from=2028-01-01&to=2028-02-01", "from=2028-13-01", "days=7&days=8", "from=9999-12-31", "to=1970-01-01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		r, err := Parse(values, queryLast, queryToday)
		if err != nil {
			var param *ParamError
			if !errors.As(err, &param) || param.Name != "from" && param.Name != "to" && param.Name != "days" {
				t.Fatalf("%q: %v", query, err)
			}
			return
		}
		if r.From > r.To || r.Days() > MaxDays || r.To > Date(queryToday) {
			t.Fatalf("%q: %v", query, r)
		}
		// The range itself asks for the same again.
		again, err := Parse(url.Values{"from": {r.From.String()}, "to": {r.To.String()}}, queryLast, queryToday)
		if r.From >= 0 && (err != nil || again != r) {
			t.Fatalf("%q: %v, again %v, %v", query, r, again, err)
		}
	})
}
