package location

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func ExamplePolicy_Apply() {
	for _, text := range []string{"39.9042,116.4074", "geo:39.9042,116.4074;u=10", "39°54'15\"N", "Beijing"} {
		coarse, outcome := Default.Apply(MaybePosition, text)
		switch outcome {
		case Kept:
			fmt.Println("kept", coarse)
		case Coarsened:
			fmt.Println("coarsened", coarse)
		case Dropped:
			fmt.Println("dropped")
		}
	}
	// Output:
	// coarsened 39.9,116.4
	// coarsened geo:39.9,116.4
	// dropped
	// kept Beijing
}

func TestNumber(t *testing.T) {
	tests := []struct {
		decimals int
		in, want string // want "" means: not a number
	}{
		{1, "39.9042", "39.9"},
		{1, "116.4074", "116.4"},
		{1, "39.99", "39.9"},
		{1, "-0.04", "-0.0"},
		{1, "-33.8688", "-33.8"},
		{1, "+39.9042", "+39.9"},
		{1, "39", "39"},
		{1, "39.", "39."},
		{1, ".5678", ".5"},
		{1, "39.9", "39.9"},
		{1, " 39.9042 ", " 39.9 "},
		{1, "%2039%2E9042", "%2039%2E9"},
		{1, "%2B39.90", "%2B39.9"},
		{1, "%33%39.%39%30", "%33%39.%39"},
		{0, "39.9042", "39"},
		{0, "39.", "39"},
		{0, ".5678", ".5"},
		{2, "39.9042", "39.90"},
		{3, "39.9", "39.9"},
		{1, "3.9e1", ""},
		{1, "39.9042E0", ""},
		{1, "39,9042", ""},
		{1, "39°54'", ""},
		{1, "39.9042N", ""},
		{1, "0x27", ""},
		{1, "39.90.42", ""},
		{1, "--39.9", ""},
		{1, "NaN", ""},
		{1, "-", ""},
		{1, ".", ""},
		{1, "", ""},
		{1, "39.9%zz", ""},
		{1, "３９．９", ""},
	}
	for _, test := range tests {
		got, ok := Policy(test.decimals).Number(test.in)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%d decimals, %q: got %q %v, want %q", test.decimals, test.in, got, ok, test.want)
		}
	}
	if _, ok := Drop.Number("39.9"); ok {
		t.Error("a number passed where places are dropped")
	}
}

const dropped = "\x00dropped"

func TestApply(t *testing.T) {
	tests := []struct {
		sort     Sort
		in, want string
	}{
		{Latitude, "39.9042", "39.9"},
		{Latitude, "39.9", "39.9"},
		{Latitude, "90.0000", "90.0"},
		{Latitude, "90.0001", dropped},
		{Latitude, "91", dropped},
		{Latitude, "39904200", dropped}, // microdegrees
		{Latitude, "3.99042e1", dropped},
		{Latitude, "39°54'15\"N", dropped},
		{Latitude, "39 54 15 N", dropped},
		{Latitude, "39.9042N of here", dropped},
		{Latitude, "%D9%A3%D9%A9", dropped}, // digits of another script
		{Latitude, "a-very-long-word-without-numbers", dropped},
		{Latitude, "unknown", "unknown"},
		{Latitude, "n/a", "n/a"},
		{Latitude, "n%2Fa", "n%2Fa"},
		{Latitude, "39.9042,116.4074", "39.9,116.4"},
		{Latitude, "", ""},
		{Longitude, "116.4074", "116.4"},
		{Longitude, "-179.9999", "-179.9"},
		{Longitude, "361", dropped},
		{Longitude, "en", "en"}, // a language
		{Longitude, "zh-Hant-TW", "zh-Hant-TW"},
		{MaybeLongitude, "116.4074", "116.4"},
		{MaybeLongitude, "2.5", "2.5"},
		{MaybeLongitude, "yes, very", "yes, very"},
		{MaybeLongitude, "1999.12345", "1999.12345"},
		{Position, "39.9042,116.4074", "39.9,116.4"},
		{Position, "116.4074,39.9042", "116.4,39.9"},
		{Position, "39.9042;116.4074", "39.9;116.4"},
		{Position, "39.9042 116.4074", "39.9 116.4"},
		{Position, "39.9042, 116.4074", "39.9, 116.4"},
		{Position, "39.9042%2C116.4074", "39.9%2C116.4"},
		{Position, "39.9042%2c%20116.4074", "39.9%2c%20116.4"},
		{Position, "39.9042+116.4074", "39.9+116.4"},
		{Position, "[116.4074,39.9042]", "[116.4,39.9]"},
		{Position, "(39.9042, 116.4074)", "(39.9, 116.4)"},
		{Position, "39.9042,116.4074,43.5", "39.9,116.4"},
		{Position, "39.9,116.4", "39.9,116.4"},
		{Position, "+39.9042+116.4074+043.7CRSWGS_84/", dropped},
		{Position, "+39.9042+116.4074/", "+39.9+116.4/"},
		{Position, "-33.8688+151.2093/", "-33.8+151.2/"},
		{Position, "-33.8688-151.2093+10/", "-33.8-151.2/"},
		{Position, "+395415+1162427/", dropped},
		{Position, "116.3001,39.8001,116.5001,40.0001", "116.3,39.8,116.5,40.0"},
		{Position, "39.9,116.4,1,2,3", dropped},
		{Position, "139.9042,116.4074", dropped},
		{Position, "Beijing", "Beijing"},
		{Position, "denied", "denied"},
		{Position, "Example Street", dropped},
		{Position, "filled.count.soap", dropped},
		{Position, "geo:39.9042,116.4074", "geo:39.9,116.4"},
		{MaybePosition, "39.90,116.41", "39.9,116.4"},
		{MaybePosition, "39.9042", "39.9"},
		{MaybePosition, "3", "3"},
		{MaybePair, "39.9042", "39.9042"},
		{MaybePair, "39.90,116.41", "39.9,116.4"},
		{MaybePair, "POINT(116.4074 39.9042)", dropped},
		{MaybePosition, "1,2", "1,2"},
		{MaybePosition, "10.5,20.5", "10.5,20.5"},
		{MaybePosition, "Beijing", "Beijing"},
		{MaybePosition, "Shelf 3.125", "Shelf 3.125"},
		{MaybePosition, `{"lat":39.9042,"lng":116.4074}`, dropped},
		{MaybePosition, "%7B%22lat%22%3A39.9042%2C%22lng%22%3A116.4074%7D", dropped},
		{MaybePosition, "POINT(116.4074 39.9042)", dropped},
		{MaybePosition, "39°54'15\"N 116°24'27\"E", dropped},
		{MaybePosition, "39%C2%B054%2715%22N", dropped},
		{MaybePosition, "39 54 15 N 116 24 27 E", dropped},
		{MaybePosition, "N39 54.25 E116 24.45", dropped},
		{MaybePosition, "SE 12345", "SE 12345"},
		{MaybePosition, "New Street 12", "New Street 12"},
		{Detail, "43.7", dropped},
		{Detail, "high", "high"},
		{PlusCode, "8FVC9G8F+6X", "8FVC0000+"},
		{PlusCode, "9G8F+6X", dropped},
		{Geohash, "wx4g0bce", "wx4g"},
		{Geohash, "wx4", "wx4"},
		{Geohash, "not a hash", dropped},
		{Opaque, "00:11:22:33:44:55", dropped},
		{Unnamed, "39.9042,116.4074", "39.9042,116.4074"},
	}
	for _, test := range tests {
		check(t, "sort "+strconv.Itoa(int(test.sort)), test.in, test.want, func(s string) (string, Outcome) { return Default.Apply(test.sort, s) })
	}
}

func TestApplyUnnamed(t *testing.T) {
	tests := []struct{ in, want string }{
		{"39.9042,116.4074", "39.9,116.4"},
		{"-33.86881,151.20931", "-33.8,151.2"},
		{"39.9042%2C116.4074", "39.9%2C116.4"},
		{"39.904,116.407", "39.904,116.407"},
		{"39.9042", "39.9042"},
		{"19.99,29.99", "19.99,29.99"},
		{"1.2.3.4", "1.2.3.4"},
		{"2020-10-13", "2020-10-13"},
		{"geo:39.9042,116.4074", "geo:39.9,116.4"},
		{"GEO:39.9042,116.4074,43", "GEO:39.9,116.4"},
		{"geo%3A39.9042%2C116.4074", "geo%3A39.9%2C116.4"},
		{"geo:39.9,116.4;u=35", "geo:39.9,116.4;u=35"},
		{"geo:39.9,116.4,43;u=35", "geo:39.9,116.4"},
		{"geo:39.9042,116.4074;crs=wgs84;u=35", "geo:39.9,116.4"},
		{"geo:39.9042,116.4074;crs=Moon-2011", dropped},
		{"geo:0,0?q=39.9042,116.4074", dropped},
		{"geo:unknown", dropped},
		{"8FVC9G8F+6X", "8FVC0000+"},
		{"8fvc9g8f+6x", "8fvc0000+"},
		{"8FVC9G8F%2B6X", "8FVC0000%2B"},
		{"8FVC9G8F 6X", "8FVC0000 "},
		{"8FVC9G00+", "8FVC0000+"},
		{"8FVC0000+", "8FVC0000+"},
		{"23456789+22", "23456789+22"}, // could be a sum
		{"XFVC9G8F+6X", "XFVC9G8F+6X"}, // beyond the pole
		{"///filled.count.soap", dropped},
		{"///einzig.müde.über", dropped},
		{"%2F%2F%2Ffilled.count.soap", dropped},
		{"//cdn.shop.example", "//cdn.shop.example"},
		{"///filled.count", "///filled.count"},
		{"POINT(116.4074 39.9042)", dropped},
		{"point z (116.4074 39.9042 43)", dropped},
		{"POINT OF SALE 116.4074 39.9042", "POINT OF SALE 116.4074 39.9042"},
		{"POINT(1 2)", "POINT(1 2)"},
		{"SRID=4326;POINT(116.4074 39.9042)", dropped},
		{"POINT+Z+(116.4074+39.9042+43)", dropped},
		{"srid%3D4326%3Bpoint%28116.4074+39.9042%29", dropped},
		{"LINESTRING(116.4074 39.9042, 116.5 39.95)", dropped},
		{"MultiPolygon Z (((116.4074 39.9042 1)))", dropped},
		{"POLYGON EMPTY", "POLYGON EMPTY"},
		{"multi-pack (12.345 kg, 23.456 kg)", "multi-pack (12.345 kg, 23.456 kg)"},
		{"39°54'15.1\"N 116°24'26.6\"E", dropped},
		{"39%C2%B054'15%22N+116%C2%B024'26%22E", dropped},
		{"39.9042N 116.4074E", dropped},
		{"12 W, 3.5 E, 4 N, 5 S", "12 W, 3.5 E, 4 N, 5 S"},
		{"39°", "39°"},
		{"20°C to 25°C, 2 to 3 h", "20°C to 25°C, 2 to 3 h"},
		{"0.1234,0.5678", "0.1234,0.5678"}, // shares
		{"0.1234,51.5072", "0.1,51.5"},
		{"\n39.9042,116.4074\r\n", "\n39.9,116.4\r\n"},
		{"hello", "hello"},
		{"", ""},
	}
	for _, test := range tests {
		check(t, "unnamed", test.in, test.want, Default.ApplyUnnamed)
	}
}

// check compares, and asks that the answer to the answer be the same.
func check(t *testing.T, what, in, want string, apply func(string) (string, Outcome)) {
	t.Helper()
	outcomeWanted := Coarsened
	switch want {
	case in:
		outcomeWanted = Kept
	case dropped:
		outcomeWanted, want = Dropped, in
	}
	got, outcome := apply(in)
	if got != want || outcome != outcomeWanted {
		t.Errorf("%s: %q: got %q (%d), want %q (%d)", what, in, got, outcome, want, outcomeWanted)
	}
	if outcome == Coarsened {
		if again, outcome := apply(got); outcome != Kept {
			t.Errorf("%s: %q became %q and then %q", what, in, got, again)
		}
	}
}

func TestDecimals(t *testing.T) {
	for p, want := range map[Policy]string{0: "8FVC0000+", 1: "8FVC0000+", 2: "8FVC9G00+", 3: "8FVC9G8F+"} {
		if got, _ := p.Apply(PlusCode, "8FVC9G8F+6XQ"); got != want {
			t.Errorf("%v: plus code: got %q, want %q", p, got, want)
		}
	}
	if got, _ := Policy(0).Apply(Position, "39.9042,116.4074"); got != "39,116" {
		t.Errorf("whole degrees: got %q", got)
	}
}

func TestDropLeavesOnlyWhatIsNoPlace(t *testing.T) {
	for text, want := range map[string]Outcome{
		"39.9,116.4": Kept, "39.90,116.40": Dropped, "geo:1,2": Dropped, "Beijing": Kept, "7": Kept,
	} {
		if got, outcome := Drop.Apply(MaybePosition, text); outcome != want || got != text {
			t.Errorf("%q: got %q (%d), want outcome %d", text, got, outcome, want)
		}
	}
	if _, outcome := Drop.Apply(Latitude, "39"); outcome != Dropped {
		t.Error("a latitude passed where places are dropped")
	}
}

func TestCoarse(t *testing.T) {
	for decimals := range 4 {
		p, err := Coarse(decimals)
		if err != nil || p.String() != "coarse "+strconv.Itoa(decimals) {
			t.Errorf("Coarse(%d) = %v, %v", decimals, p, err)
		}
	}
	for _, decimals := range []int{-1, 4, 15} {
		if p, err := Coarse(decimals); err == nil || p != Drop {
			t.Errorf("Coarse(%d) = %v, %v: expected an error and the policy that drops", decimals, p, err)
		}
	}
	if Drop.String() != "drop" {
		t.Errorf("got %q", Drop)
	}
}

func TestNamesAreFolded(t *testing.T) {
	seen := map[string]Sort{}
	for name, sort := range Names() {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			t.Errorf("%q is not folded", name)
		}
		if other, twice := seen[name]; twice {
			t.Errorf("%q is listed as %d and as %d", name, other, sort)
		}
		if sort == Unnamed {
			t.Errorf("%q has no sort", name)
		}
		seen[name] = sort
	}
}

// A coarse coordinate has the kept decimals, is a cut of the exact one, and is
// not cut again; and escaping a text changes nothing of what becomes of it.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Policy(rapid.IntRange(0, 3).Draw(t, "decimals"))
		lat := strconv.FormatFloat(rapid.Float64Range(-90, 90).Draw(t, "lat"), 'f', rapid.IntRange(4, 12).Draw(t, "digits"), 64)
		lng := strconv.FormatFloat(rapid.Float64Range(1, 180).Draw(t, "lng"), 'f', rapid.IntRange(4, 12).Draw(t, "digits"), 64)
		cutAt := func(s string) string {
			point := strings.IndexByte(s, '.')
			if p == 0 {
				return s[:point]
			}
			return s[:point+1+int(p)]
		}
		got, outcome := p.ApplyUnnamed(lat + "," + lng)
		if want := cutAt(lat) + "," + cutAt(lng); got != want || outcome != Coarsened {
			t.Fatalf("got %q (%d), want %q", got, outcome, want)
		}
		if again, outcome := p.Apply(Position, got); outcome != Kept {
			t.Fatalf("%q was cut again to %q", got, again)
		}
		escaped, _ := p.ApplyUnnamed(url.QueryEscape(lat + "," + lng))
		if back, err := url.QueryUnescape(escaped); err != nil || back != got {
			t.Fatalf("escaped: got %q, which is %q, want %q", escaped, back, got)
		}
	})
}

func FuzzApply(f *testing.F) {
	for _, seed := range []string{
		"39.9042,116.4074", "geo:39.9,116.4;u=35", "8FVC9G8F+6X", "///a.b.c", "+39.9+116.4/", "[1.2345,6.7890]",
		"%", "%3", "39%2E9042", "wx4g0bce", "1.23456 -2.34567", "39°54'", "8FVC9G8F%2B",
	} {
		f.Add(seed, uint8(Position), int8(1))
	}
	f.Fuzz(func(t *testing.T, text string, sort uint8, decimals int8) {
		s := Sort(sort % (uint8(Opaque) + 1))
		p := Policy(max(min(decimals, maxDecimals), -1))
		for _, apply := range []func(string) (string, Outcome){
			func(text string) (string, Outcome) { return p.Apply(s, text) }, p.ApplyUnnamed,
		} {
			got, outcome := apply(text)
			if outcome != Coarsened {
				if got != text {
					t.Fatalf("%q became %q with outcome %d", text, got, outcome)
				}
				continue
			}
			if p == Drop || len(got) > len(text) || got == text {
				t.Fatalf("%v: %q coarsened to %q", p, text, got)
			}
			if again, outcome := apply(got); outcome == Coarsened {
				t.Fatalf("%v: %q became %q and then %q", p, text, got, again)
			}
		}
	})
}

func TestNoAllocationWhereNothingIsAPlace(t *testing.T) {
	texts := []string{"Beijing", "position 3", "1.5,2.5", "0123456789abcdef", "39.9,116.4", "geo:39.9,116.4"}
	if n := testing.AllocsPerRun(100, func() {
		for _, text := range texts {
			Default.Apply(MaybePosition, text)
			Default.ApplyUnnamed(text)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
