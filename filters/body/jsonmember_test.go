package body

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/identifier"
)

// TestMembers wants what is remembered of names to change nothing: past its limits,
// and when the next body is judged otherwise.
func TestMembers(t *testing.T) {
	object := func(name string, n int) (in, want string) {
		var all, kept []string
		for i := range n {
			member := fmt.Sprintf(`"%s%d":%d`, name, i, i)
			all = append(all, member, fmt.Sprintf(`"%s%d_imei":"x"`, name, i))
			kept = append(kept, member)
		}
		return "{" + strings.Join(all, ",") + "}", "{" + strings.Join(kept, ",") + "}"
	}
	var in, want []string
	add := func(i, w string) { in, want = append(in, i), append(want, w) }
	for _, o := range []struct {
		name string
		n    int
	}{{"a", 2}, {"b", maxBeside}, {"c", maxMembers}, {strings.Repeat("d", maxWritten), 2}, {strings.Repeat("e", 2*maxWhole), 2}} {
		i, w := object(o.name, o.n)
		add(i, w)
		add(`{"x":{"y":[`+i+`,[`+i+`]]},"imei":1}`, `{"x":{"y":[`+w+`,[`+w+`]]}}`)
	}
	deep := func(s string) string {
		return strings.Repeat(`{"device":[`, MaxDepth/2-1) + s + strings.Repeat(`]}`, MaxDepth/2-1)
	}
	add(deep(`"a",1,{"id":1}`), deep(`"a",1,{}`))
	add(`{"device":{"id":1},"order":{"id":2},"device":{"id":3,"n":4}}`, `{"device":{},"order":{"id":2},"device":{"n":4}}`)
	add(`[{"id":1,"a":2},{"a":3,"id":4},{"device":{"id":5}},[{"id":6}]]`, `[{"id":1,"a":2},{"a":3,"id":4},{"device":{}},[{"id":6}]]`)
	all, allWanted := "["+strings.Join(in, ",")+"]", "["+strings.Join(want, ",")+"]"

	names, err := identifier.NewNames(map[string]identifier.Kind{"b0": identifier.DeviceID})
	if err != nil {
		t.Fatal(err)
	}
	plain, other, few := shop(), shop(), partner(t, "x.y.a1")
	other.Identifiers.Extra = names
	for range 2 {
		for i := range in {
			check(t, "application/json", in[i], want[i], plain)
		}
		check(t, "application/json", all, allWanted, plain)
		check(t, "application/json", `{"b0":1,"a1":2}`, `{"a1":2}`, other)
		check(t, "application/json", `{"b0":1,"a1":2}`, `{"b0":1,"a1":2}`, plain)
		check(t, "application/json", `{"a1":1,"x":{"y":{"a1":2,"b0":3}}}`, `{"x":{"y":{"a1":2}}}`, few)
		check(t, "application/json", `{"a":"{\"id\":1}","device":"{\"id\":1}"}`, `{"a":"{\"id\":1}","device":"{}"}`, plain)
	}
}
