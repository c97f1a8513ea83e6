package dashboard

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

func reports(t *testing.T) map[string]*Report {
	t.Helper()
	return map[string]*Report{
		"noise":     newReport(t, noisySite(), "", simNow),
		"threshold": newReport(t, hiddenSite(), "", simNow),
		"weeks":     newReport(t, noisySite(), "days=120", simNow),
		"hours":     newReport(t, hourlySite(), "days=7", simNow),
		"elsewhere": newReport(t, noisySite(), "from=2027-01-01&to=2027-01-07", simNow),
		"empty":     newReport(t, NewSite("", nil, nil), "", simNow),
	}
}

func TestJSONRoundTrip(t *testing.T) {
	for name, r := range reports(t) {
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		var back Report
		d := json.NewDecoder(bytes.NewReader(b.Bytes()))
		d.DisallowUnknownFields()
		if err := d.Decode(&back); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var again bytes.Buffer
		if err := json.NewEncoder(&again).Encode(&back); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s: not the same again", name)
		}
		if len(back.Daily) != r.Days() || back.Range != r.Range {
			t.Errorf("%s: %d days of %v", name, len(back.Daily), back.Range)
		}
	}
}

// Negative numbers are for programs to add up.
func TestJSONKeepsNegativeNumbers(t *testing.T) {
	r := newReport(t, negativeSite(t), "days=1", simNow)
	if v := r.Routes.Items[0].PageLoads.Value; v >= 0 {
		t.Errorf("page loads %v", v)
	}
	var b strings.Builder
	if err := CSV(&b, r); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), ",-7,") {
		t.Error("CSV has no negative number")
	}
}

// What the description says and what is written agree.
func TestOpenAPI(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal([]byte(OpenAPI()), &doc); err != nil {
		t.Fatal(err)
	}
	schemas := doc["components"].(map[string]any)["schemas"].(map[string]any)
	for name, r := range reports(t) {
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		var value any
		if err := json.Unmarshal(b.Bytes(), &value); err != nil {
			t.Fatal(err)
		}
		if err := conforms(schemas, schemas["Report"].(map[string]any), value, "report"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	paths := doc["paths"].(map[string]any)
	for _, path := range []string{"/api/report.json", "/api/report.csv"} {
		if paths[path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
	if conforms(schemas, schemas["Figure"].(map[string]any), map[string]any{"value": "1"}, "") == nil {
		t.Error("anything conforms")
	}
}

// conforms checks a value against the part of JSON Schema that the description uses.
// Members that the schema doesn't know are errors.
func conforms(schemas, schema map[string]any, value any, at string) error {
	if name, ok := schema["$ref"].(string); ok {
		return conforms(schemas, schemas[strings.TrimPrefix(name, "#/components/schemas/")].(map[string]any), value, at)
	}
	if any, ok := schema["oneOf"].([]any); ok {
		var err error
		for _, s := range any {
			if err = conforms(schemas, s.(map[string]interface{}), value, at); err == nil {
				return nil
			}
			if value != nil {
				return err // the first is what it should be, the second is null
			}
		}
		return err
	}
	kind := ""
	switch v := value.(type) {
	case nil:
		kind = "null"
	case bool:
		kind = "boolean"
	case float64:
		kind = "number"
		if v == float64(int64(v)) && schema["type"] == "integer" {
			kind = "integer"
		}
	case string:
		kind = "string"
		if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, value) {
			return fmt.Errorf("%s: %q is not among %v", at, v, enum)
		}
		layout := map[any]string{"date": time.DateOnly, "date-time": time.RFC3339}[schema["format"]]
		if _, err := time.Parse(layout, v); layout != "" && err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	case []any:
		kind = "array"
		for i, item := range v {
			if err := conforms(schemas, schema["items"].(map[string]any), item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		kind = "object"
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				return fmt.Errorf("%s: %s is missing", at, name)
			}
		}
		for name, item := range v {
			s, ok := properties[name].(map[string]any)
			if !ok {
				return fmt.Errorf("%s: %s is not described", at, name)
			}
			if err := conforms(schemas, s, item, at+"."+name); err != nil {
				return err
			}
		}
	}
	types, ok := schema["type"].([]any)
	if !ok {
		types = []any{schema["type"]}
	}
	if !slices.Contains(types, any(kind)) {
		return fmt.Errorf("%s: %s, want %v", at, kind, types)
	}
	return nil
}

func TestCSV(t *testing.T) {
	for name, r := range reports(t) {
		var b bytes.Buffer
		if err := CSV(&b, r); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(b.Bytes(), []byte("\n")); n != bytes.Count(b.Bytes(), []byte("\r\n")) {
			t.Errorf("%s: lines must end with CRLF", name)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(rows[0], CSVHeader(r)) {
			t.Errorf("%s: header %v", name, rows[0])
		}
		column := make(map[string]int)
		for i, c := range rows[0] {
			column[c] = i
		}
		sums := make(map[string]float64)
		seen := make(map[string]bool)
		for _, row := range rows[1:] {
			key := strings.Join(row[:len(row)-4], ",")
			if seen[key] {
				t.Fatalf("%s: %s is there twice", name, key)
			}
			seen[key] = true
			value := number(t, row[column["value"]])
			if low, high := number(t, row[column["low"]]), number(t, row[column["high"]]); low > value || high < value {
				t.Fatalf("%s: %v is outside of its interval", name, row)
			}
			d, err := visit.ParseDay(row[0])
			if err != nil || Date(d) < r.From || Date(d) > r.To {
				t.Fatalf("%s: date %q", name, row[0])
			}
			if row[column["country"]] != "" {
				sums["visits by country"] += value
			} else if row[1] == "visits" && strings.Join(row[2:len(row)-4], "") == "" {
				sums["visits"] += value
			} else if row[1] == "page_loads" && row[column["route"]] == "product" {
				sums["product"] += value
			}
		}
		from, to := r.days()
		country := 0.0
		for _, p := range r.site.between(r.Range) {
			country += float64(p.Find("visits", "country").Total)
		}
		want := map[string]float64{
			"visits":  r.site.series.Visits(from, to).Value,
			"product": r.site.series.PageLoads(from, to, "product").Value,
		}
		if name != "threshold" {
			want["visits by country"] = country
		}
		for what, n := range want {
			if !close64(sums[what], n) {
				t.Errorf("%s: %s add up to %v, want %v", name, what, sums[what], n)
			}
		}
		if (len(rows) > 1) != (r.Published > 0) {
			t.Errorf("%s: %d rows for %d days", name, len(rows), r.Published)
		}
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// negativeSite has a day on which noise took every cell below zero.
func negativeSite(t *testing.T) *Site {
	t.Helper()
	p := simPlan(0)
	counts := make([]int64, p.Len())
	for i := range counts {
		counts[i] = -7
	}
	pub, err := release.Publish(p, p.Calendar().Epoch(p.Calendar().Start(simStart)), counts, noise(1000), nil)
	if err != nil {
		t.Fatal(err)
	}
	return NewSite("shop.example", simZone, []*release.Publication{pub})
}
