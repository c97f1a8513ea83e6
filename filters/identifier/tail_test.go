package identifier

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/location"
)

// listedNames are all built-in names of fields, and those of an operator.
func listedNames() (names []string) {
	for _, r := range fieldRows {
		names = append(names, strings.Fields(r.names)...)
	}
	for name := range location.Names() {
		names = append(names, name)
	}
	for name := range operatorNames {
		names = append(names, name)
	}
	return names
}

var operatorNames = map[string]Kind{"x": ClickID, "Loyalty-Card": DeviceID, "tag7": Serial}

// The glance at a name's end never misses a name that a walk would find, however it
// is written and whatever stands before it.
func TestTailsMissNothing(t *testing.T) {
	extra, err := NewNames(operatorNames)
	if err != nil {
		t.Fatal(err)
	}
	f := &Filter{Extra: extra}
	random := rand.New(rand.NewPCG(1, 2))
	for _, listed := range listedNames() {
		for range 30 {
			name := decorated(random, listed)
			want, ok := extra.find(name)
			if !ok {
				if want, _ = fields.find(name); want.need == uuidForm && namesThing(name) {
					want = entry{}
				}
			}
			if got, _ := f.lookUp(name); got != want {
				t.Fatalf("%q means %+v, a walk finds %+v", name, got, want)
			}
		}
	}
}

// decorated writes a name as programs might: some letters in upper case or as
// percent escapes, separators between, a number or digest after, a word before.
func decorated(random *rand.Rand, name string) string {
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	var b strings.Builder
	b.WriteString(pick("", "", "user", "user_", "x[", "%5B", "a%4", "%"))
	for i := range len(name) {
		switch random.IntN(12) {
		case 0:
			b.WriteString(strings.ToUpper(name[i : i+1]))
		case 1:
			fmt.Fprintf(&b, "%%%02X", name[i])
		case 2:
			b.WriteString(pick("_", "-", ".", "[", "%5F", "é", "%") + name[i:i+1])
		default:
			b.WriteByte(name[i])
		}
	}
	return b.String() + pick("", "", "", "", "2", "[0]", "_md5", "Sha1", "_hash", "]", "%5D", "s", "%6")
}

// A name with its path is decided on as the name alone is, and then the whole.
func TestJudgePath(t *testing.T) {
	f := &Filter{Location: location.Default, Combined: true}
	names := append(listedNames(), "id", "order", "no", "user", "value", "sku", "total")
	values := []string{imei, "350000000000006", "201912345678903", "39.9042,116.4074", "39.9042", "39.9", uuid,
		"00:11:22:aa:bb:cc", "8986012345678901234", "iPhone14,2", "1"}
	random := rand.New(rand.NewPCG(3, 4))
	for range 30_000 {
		holder := decorated(random, names[random.IntN(len(names))]) + "."
		name := decorated(random, names[random.IntN(len(names))])
		if random.IntN(2) == 0 { // one name, of which the holder has a part
			whole := names[random.IntN(len(names))]
			cut := random.IntN(len(whole))
			holder, name = whole[:cut]+".", whole[cut:]
		}
		if e, _ := f.lookUp(name); e.need == uuidForm || namesGoods(holder) {
			continue // what holds it may say that it is a thing's
		}
		value := values[random.IntN(len(values))]
		want := f.Judge(name, value, nothing)
		if want.Action == Pass {
			want = f.Judge(holder+name, value, nothing)
		}
		got := f.JudgePath(holder+name, len(holder), value, nothing)
		if got.Action != want.Action || got.Text != want.Text || got.Action != Pass && got.Kind != want.Kind {
			t.Fatalf("%q %q %q: %+v, not %+v", holder, name, value, got, want)
		}
	}
}
