package module

import (
	"net/http"
	"slices"
	"testing"
)

func TestDictionaries(t *testing.T) {
	for _, valid := range []string{
		"camera=()", "camera=(self), fullscreen=*", `geolocation=(self "https://map.example"),usb=()`, " a=1;b=?0;c=\"x\\\"\\\\\"\t,\t*b-_.*;  d ", "a", "a;b=c/d:e",
		`a=(1 "b" c;d=1 );e=f`, "a=-12", "a=123456789012345", "a=1, a=()", `e="https://r.example/x,y"`,
	} {
		if !isDictionary(valid) {
			t.Errorf("%q is said to be none", valid)
		}
		h := http.Header{"A": {valid}}
		if addMembers(h, "A", "x=()"); !slices.Equal(h["A"], []string{valid, "x=()"}) || !isDictionary(valid+", x=()") {
			t.Errorf("with more it is %q", h["A"])
		}
	}
	for _, broken := range []string{
		"", "  ", ",", "camera=()," /* and a space */, "camera 'self'; usb 'none'", "camera=(self", "camera=self)", "Camera=()", "a=()b=()", "a=", "a=(1\"b\")", "a=(\tb)", `a="x`, `a="\x"`,
		"a=\"\u00fc\"", "a=?2", "a=--1", "a=1234567890123456", "a=();", "a=();B", "a=(b);c=", "a;;b", "a b", "'a'=()", "a=:YQ==:",
	} {
		if isDictionary(broken) || isDictionary(broken+", x=()") {
			t.Errorf("%q is said to be one", broken)
		}
		h := http.Header{"A": {"b=()", broken}}
		if addMembers(h, "A", "x=()"); !slices.Equal(h["A"], []string{"x=()"}) {
			t.Errorf("with %q it is %q", broken, h["A"])
		}
	}
	h := http.Header{}
	if addMembers(h, "A", "x=()"); !slices.Equal(h["A"], []string{"x=()"}) {
		t.Errorf("alone it is %q", h["A"])
	}
}
