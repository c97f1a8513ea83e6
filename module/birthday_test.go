package module

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fairwaygate/fairway/filters/consent"
)

func TestParseBirthday(t *testing.T) {
	east, west := time.FixedZone("", 8*3600), time.FixedZone("", -8*3600)
	tests := map[string]struct {
		zone *time.Location
		want string // "" when it is no date
	}{
		"2010-10-13":                    {time.UTC, "2010-10-13"},
		" 2010-10-13 ":                  {time.UTC, "2010-10-13"},
		"20101013":                      {time.UTC, "2010-10-13"},
		"2010-10-13T00:00:00Z":          {time.UTC, "2010-10-13"},
		"2010-10-13T00:00:00.000Z":      {west, "2010-10-13"},
		"2010-10-12T16:00:00Z":          {east, "2010-10-13"}, // midnight in the east
		"2010-10-12t16:00:00z":          {east, "2010-10-13"},
		"2010-10-13 08:30:00+08:00":     {time.UTC, "2010-10-13"},
		"2010-10-13T08:30":              {time.UTC, "2010-10-13"},
		"2012-02-29":                    {time.UTC, "2012-02-29"},
		"2010-02-29":                    {time.UTC, ""},
		"2010-10":                       {time.UTC, ""},
		"2010-10-130":                   {time.UTC, ""},
		"13.10.2010":                    {time.UTC, ""},
		"10/13/2010":                    {time.UTC, ""},
		"1286928000":                    {time.UTC, ""},
		"":                              {time.UTC, ""},
		"2010-1-3":                      {time.UTC, ""},
		"２０１０-10-13":                    {time.UTC, ""},
		strings.Repeat("2010-10-13", 9): {time.UTC, ""},
	}
	for text, test := range tests {
		got, ok := parseBirthday(text, test.zone)
		if ok != (test.want != "") || ok && got.String() != test.want {
			t.Errorf("%q: %s, %t; want %q", text, got, ok, test.want)
		}
	}
}

func TestIsYoung(t *testing.T) {
	for _, test := range []struct {
		born, today string
		want        bool
	}{
		{"2008-11-24", "2026-11-23", true},
		{"2008-11-24", "2026-11-24", false},
		{"2008-11-24", "2026-11-25", false},
		{"2008-02-29", "2026-02-28", true},
		{"2008-02-29", "2026-03-01", false},
		{"2027-01-01", "2026-11-24", true},
		{"1900-01-01", "2026-11-24", false},
	} {
		if got := isYoung(parseDay(t, test.born), 18, parseDay(t, test.today)); got != test.want {
			t.Errorf("born on %s, on %s: %t", test.born, test.today, got)
		}
	}
	// Who is an adult once is one ever after, at most a year apart from the
	// difference of the years.
	rapid.Check(t, func(t *rapid.T) {
		born := consent.Day(rapid.Int32Range(-40000, 40000).Draw(t, "born"))
		today := consent.Day(rapid.Int32Range(-40000, 40000).Draw(t, "today"))
		if !isYoung(born, 18, today) && isYoung(born, 18, today+1) {
			t.Fatal("younger a day later")
		}
		years := time.Unix(int64(today)*86400, 0).UTC().Year() - time.Unix(int64(born)*86400, 0).UTC().Year()
		if young := isYoung(born, 18, today); young && years > 18 || !young && years < 18 {
			t.Fatalf("%d years: %t", years, young)
		}
	})
}

func parseDay(t *testing.T, text string) consent.Day {
	t.Helper()
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return consent.DayOf(date)
}

func TestFieldsOf(t *testing.T) {
	const form, json = "application/x-www-form-urlencoded", "application/json"
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	tests := map[string]struct {
		media, body string
		want        []string
	}{
		"form":              {form, "a=1&b=%32&c&=d&a[b][c]=3&d%5B%5D=4", []string{"a=1", "b=2", "c=", "=d", "a.b.c=3", "d=4"}},
		"form, bad escape":  {form, "a=%zz&b=2", []string{"b=2"}},
		"json":              {json, `{"a":1,"b":{"c":"2","d":[3,{"e":4},[5]]},"f":true,"g":6}`, []string{"a=1", "b.c=2", "b.d=3", "b.d.e=4", "b.d=5", "g=6"}},
		"json, cut":         {json, `{"a":1,"b":{"c":"2`, []string{"a=1"}},
		"json, many":        {json, "{\"a\":1}\n{\"a\":2}", []string{"a=1", "a=2"}},
		"json, a mark":      {json, "\ufeff{\"a\":1}", []string{"a=1"}},
		"json, scalar":      {json, `"x"`, []string{"=x"}},
		"json, too deep":    {json, deep, nil},
		"json, a long name": {json, `{"` + strings.Repeat("n", 300) + `":1,"a":2}`, []string{"=1", "a=2"}},
		"multipart": {"multipart/form-data", "--x\r\nContent-Disposition: form-data; name=\"a[b]\"\r\n\r\n1\r\n" +
			"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\n2\r\n--x--\r\n", []string{"a.b=1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for field, value := range fieldsOf(test.media, "x", []byte(test.body)) {
				got = append(got, field+"="+value)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// FuzzFieldsOf asserts that reading ends, stops when told to, gives no more fields
// than there are bytes, and no endless names.
func FuzzFieldsOf(f *testing.F) {
	f.Add("application/json", `{"a":[{"b":"2010-10-13"}],"a":1}`)
	f.Add("application/x-www-form-urlencoded", "a[b]=1&c=%20")
	f.Add("multipart/form-data", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--")
	f.Fuzz(func(t *testing.T, media, text string) {
		n := 0
		for name := range fieldsOf(media, "x", []byte(text)) {
			n++
			if isJSON(media) && len(name) > pathMax {
				t.Fatalf("a name of %d bytes", len(name))
			}
		}
		if n > len(text)+1 {
			t.Fatalf("%d fields in %d bytes", n, len(text))
		}
		for range fieldsOf(media, "x", []byte(text)) {
			break
		}
	})
}

func TestMinorsValidate(t *testing.T) {
	for name, test := range map[string]struct {
		minors *Minors
		ok     bool
	}{
		"none":           {nil, true},
		"all":            {&Minors{Header: "X-Minor", Birthday: []string{"birthday", "profile.birthdate"}, Under: []int{13, 16}}, true},
		"a bad header":   {&Minors{Header: "X Minor"}, false},
		"an empty field": {&Minors{Birthday: []string{""}}, false},
		"two dots":       {&Minors{Birthday: []string{"a..b"}}, false},
		"a space":        {&Minors{Birthday: []string{"a b"}}, false},
		"too long":       {&Minors{Birthday: []string{strings.Repeat("a", 300)}}, false},
		"no age":         {&Minors{Under: []int{0}}, false},
		"too old":        {&Minors{Under: []int{18, 99}}, false},
	} {
		err := (&Config{Minors: test.minors}).validate()
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && !strings.Contains(err.Error(), "minors: ") {
			t.Errorf("%s: %v does not name the item", name, err)
		}
	}
}
