package cookie

import (
	"strings"
	"testing"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

func TestTableLookup(t *testing.T) {
	// The purpose serves as the rule's mark.
	tab := table(t, map[string]Rule{
		"sid":        {Purpose: 1},
		"__Host-sid": {Purpose: 2},
		"cart_*":     {Purpose: 3},
		"cart_id_*":  {Purpose: 4},
		"cart_id_7":  {Purpose: 5},
		"token":      {Purpose: 6},
		"__Host-*":   {Purpose: 7},
		"a b":        {Purpose: 8},
		"s*":         {Purpose: 9},
	})
	for _, c := range []struct {
		name string
		want consent.Purpose // None: no rule
	}{
		{"sid", 1},
		{"__Host-sid", 2},
		{"__Secure-sid", 1},
		{"__secure-sid", 1},
		{"__HOST-sid", 1},
		{"__Http-sid", 1},
		{"__Host-Http-sid", 1},
		{"__Secure-__Secure-sid", consent.None},
		{"SID", consent.None},
		{"sid2", 9},
		{"cart_", 3},
		{"cart_x", 3},
		{"cart_id_", 4},
		{"cart_id_8", 4},
		{"cart_id_7", 5},
		{"cart", consent.None},
		{"Cart_x", consent.None},
		{"__Secure-cart_id_8", 4},
		{"__Host-token", 6}, // an exact pattern beats __Host-*
		{"__Host-cart_x", 3},
		{"__Host-other", 7},
		{"__Host-", 7},
		{"__Secure-", consent.None},
		{"a b", 8},
		{"", consent.None},
		{"__", consent.None},
		{"__sid", consent.None},
	} {
		r, ok := tab.Lookup(c.name)
		if ok != (c.want != consent.None) || ok && r.Purpose != c.want {
			t.Errorf("Lookup(%q) = %+v, %v, want purpose %d", c.name, r, ok, c.want)
		}
	}
}

func TestTableEmpty(t *testing.T) {
	var none *Table
	if _, ok := none.Lookup("sid"); ok || none.Len() != 0 {
		t.Error("a nil table holds something")
	}
	if _, ok := new(Table).Lookup("sid"); ok {
		t.Error("an empty table holds something")
	}
	if got := table(t, map[string]Rule{"a": {}, "a*": {}, "b*": {}}).Len(); got != 3 {
		t.Errorf("Len() = %d, want 3", got)
	}
}

func TestTableAddErrors(t *testing.T) {
	for _, c := range []struct {
		pattern string
		rule    Rule
		want    string // in the error's text
	}{
		{"", Rule{}, "needs a name"},
		{"*", Rule{}, "at least one character"},
		{"a*b", Rule{}, "last character"},
		{"a**", Rule{}, "last character"},
		{"a;b", Rule{}, "printable ASCII"},
		{"a=b", Rule{}, "printable ASCII"},
		{"caf\u00e9", Rule{}, "printable ASCII"},
		{"a\tb", Rule{}, "printable ASCII"},
		{" a", Rule{}, "space around"},
		{"a ", Rule{}, "space around"},
		{"$Version", Rule{}, "RFC 2109"},
		{"a", Rule{MaxAge: -1}, "negative"},
		{"a", Rule{MaxAge: time.Millisecond}, "at least a second"},
		{"known", Rule{}, "declared twice"},
		{"known_*", Rule{}, "declared twice"},
	} {
		tab := table(t, map[string]Rule{"known": {}, "known_*": {}})
		err := tab.Add(c.pattern, c.rule)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Add(%q) = %v, want an error with %q", c.pattern, err, c.want)
		}
		if tab.Len() != 2 {
			t.Errorf("Add(%q) failed and left %d patterns, want 2", c.pattern, tab.Len())
		}
	}
}

func TestFilterLookup(t *testing.T) {
	f := site(t)
	if r, ok := f.Lookup("theme"); !ok || r.Purpose != consent.Preferences {
		t.Errorf("theme: %+v, want the declared rule, not the catalogue's", r)
	}
	if r, ok := f.Lookup("_fbp"); !ok || r.Purpose != consent.Advertising {
		t.Errorf("_fbp: %+v, want the catalogue's rule", r)
	}
	if r, ok := f.Lookup("unknown"); ok || r != nil {
		t.Errorf("unknown: %+v, want none", r)
	}
	f.Default = &Rule{Purpose: consent.Analytics}
	if r, ok := f.Lookup("unknown"); !ok || r.Purpose != consent.Analytics {
		t.Errorf("unknown: %+v, want the default", r)
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	f := site(t)
	for _, name := range []string{"sid", "__Host-plain_x", "_ga_123", "unknown"} {
		if n := testing.AllocsPerRun(100, func() { f.Lookup(name) }); n != 0 {
			t.Errorf("Lookup(%q) allocates %v times", name, n)
		}
	}
}

func TestParseSameSite(t *testing.T) {
	for in, want := range map[string]SameSite{"lax": Lax, "STRICT": Strict, "None": None} {
		if got, ok := ParseSameSite(in); got != want || !ok {
			t.Errorf("ParseSameSite(%q) = %v, %v", in, got, ok)
		}
	}
	if got := Unset.String(); got != "" {
		t.Errorf("Unset is written %q", got)
	}
	for _, in := range []string{"", "laxx", " lax", "default"} {
		if got, ok := ParseSameSite(in); got != Unset || ok {
			t.Errorf("ParseSameSite(%q) = %v, %v", in, got, ok)
		}
	}
}

func TestActionString(t *testing.T) {
	for a, want := range map[Action]string{Kept: "pass", Dropped: "drop", Narrowed: "cap", 9: "drop"} {
		if a.String() != want {
			t.Errorf("Action(%d) = %q, want %q", a, a, want)
		}
	}
}
