package body

import (
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

func TestReceives(t *testing.T) {
	for _, test := range []struct {
		receives []string
		in, want string
	}{
		{[]string{"order.total", "order.currency"}, `{"order":{"total":5,"currency":"EUR","note":"x"},"user":{"id":1}}`, `{"order":{"total":5,"currency":"EUR"}}`},
		{[]string{"order.total"}, `{"user":{"order":{"total":1}},"order":{"id":1,"total":5,"total":6},"a":[1]}`, `{"order":{"total":5,"total":6}}`},
		{[]string{"order.total"}, `[{"order":{"total":5}},{"a":1},2,"x",[{"order":{"x":1}}]]`, `[{"order":{"total":5}},{},[{"order":{}}]]`},
		{[]string{"order.items.price"}, `{"order":{"items":[{"price":1,"sku":"a"},{"sku":"b"},3]}}`, `{"order":{"items":[{"price":1},{}]}}`},
		{[]string{"order.items.price"}, `{"order":{"items":{"price":1,"sku":"a"}}}`, `{"order":{"items":{"price":1}}}`},
		{[]string{"order"}, `{"order":{"total":5,"items":[{"a":[1,{"b":2}]}]},"Order":1,"orders":1}`, `{"order":{"total":5,"items":[{"a":[1,{"b":2}]}]}}`},
		{[]string{"order.total"}, `{"order":5}`, `{}`},
		{[]string{"order.total"}, `{"order":[5,{"total":1}]}`, `{"order":[{"total":1}]}`},
		{[]string{"order.total"}, `{"\u006frder":{"t\u006ftal":5,"x":1}}`, `{"\u006frder":{"t\u006ftal":5}}`},
		{[]string{"order.total"}, `{"order.total":5,"order":{"total.x":1}}`, `{"order.total":5,"order":{"total.x":1}}`},
		{[]string{"items.*.sku"}, `{"items":[{"sku":1,"x":2}],"b":{"sku":3}}`, `{"items":[{"sku":1}]}`},
		{[]string{"items.*.sku"}, `{"items":{"a":{"sku":1,"x":2},"sku":3}}`, `{"items":{"a":{"sku":1}}}`},
		{[]string{"items.*.sku", "items.special.price"}, `{"items":{"special":{"sku":1,"price":2,"x":3},"a":{"price":4}}}`, `{"items":{"special":{"sku":1,"price":2},"a":{}}}`},
		{[]string{"*"}, `{"a":{"b":1},"c":2}`, `{"a":{"b":1},"c":2}`},
		{[]string{"a.*"}, `{"a":[1,[2]],"b":[3]}`, `{"a":[1,[2]]}`},
		{nil, `{"a":1,"b":{}}`, `{}`},
		{nil, `[1,{"a":2}]`, `[]`},
		{[]string{"a"}, `"secret"`, `null`},
		{[]string{"a"}, `[]`, `[]`},

		// What was declared is still judged.
		{[]string{"*"}, `{"imei":1,"a":"` + imei + `","lat":39.9042,"c":"{\"imei\":1}"}`, `{"lat":39.9,"c":"{}"}`},
		{[]string{"*"}, `{"a":"ann@shop.example","b":"Ann <a.b+c@mail.shop.example>","c":"+49 171 2345678","d":"13812345678","e":13812345678,"f":["x@y.zz",1]}`, `{"f":[1]}`},
		{[]string{"email", "phone.number", "a"}, `{"email":"ann@shop.example","phone":{"number":"+49 171 2345678"},"a":"ann@shop.example"}`, `{"email":"ann@shop.example","phone":{"number":"+49 171 2345678"}}`},
		{[]string{"*"}, `{"a":"@shop","b":"a@b","c":"2024-10-24","d":"1999.99","e":1700000000000,"f":"1.2.3","g":"12345678"}`, `{"a":"@shop","b":"a@b","c":"2024-10-24","d":"1999.99","e":1700000000000,"f":"1.2.3","g":"12345678"}`},
	} {
		check(t, "application/json", test.in, test.want, partner(t, test.receives...))
	}
}

func TestReceivesForm(t *testing.T) {
	list := []string{"order.total", "order.items.price", "order.tags", "note"}
	for _, test := range []struct{ in, want string }{
		{"order.total=5&user=1&order.id=2", "order.total=5"},
		{"user=1&order[total]=5&order%5Btotal%5D=6&%6Frder.total=7&order[id]=1", "order[total]=5&order%5Btotal%5D=6&%6Frder.total=7"},
		{"order[items][0][price]=1&order[items][][price]=2&order[items][0][sku]=3&order.items.price=4&order[items][x][price]=5", "order[items][0][price]=1&order[items][][price]=2&order.items.price=4"},
		{"order[tags][]=a&order[tags][b]=c&order[tags=d&order]total=e&order[tags]x=f", "order[tags][]=a&order[tags][b]=c"},
		{"note=a;user=b;c&note;x=1", "note=a&note"},
		{"note=ann@shop.example&note=13812345678&note=+49171", "note=+49171"},
		{"note=ann%40shop.example&note=%2B49+171+2345678&note=hi+there", "note=hi+there"},
		{"order=1&Note=1&=1&&", ""},
		{"", ""},
	} {
		check(t, urlencoded, test.in, test.want, partner(t, list...))
		check(t, "text/plain", test.in, test.want, partner(t, list...))
		if got := partner(t, list...).Receives.Query(test.in); got != test.want {
			t.Errorf("query %q: got %q, want %q", test.in, got, test.want)
		}
	}
	check(t, "text/plain", `{"note":1,"x":2}`, `{"note":1}`, partner(t, list...))
	check(t, "text/plain", "note=1\nx=2\r\nnote=3", "note=1\r\nnote=3", partner(t, list...))
	check(t, urlencoded, "note=1&gclid=2", "note=1", partner(t, "*"))
	check(t, urlencoded, `note={"imei":1}`, "note=%7B%7D", partner(t, "*"))
}

// TestReceivesWithConsent wants the list to hold whatever the visitor agreed to.
func TestReceivesWithConsent(t *testing.T) {
	o := partner(t, "a", "imei")
	o.Granted = consent.Of(consent.Device, consent.Advertising, consent.Location)
	check(t, "application/json", `{"imei":1,"a":2,"b":3}`, `{"imei":1,"a":2}`, o)
	o.Identifiers = nil
	check(t, urlencoded, "imei=1&a=2&b=3", "imei=1&a=2", o)
}

func TestWithheld(t *testing.T) {
	for contentType, in := range map[string]string{
		"application/json": `{"a":1,"b":2,"c":{"d":1,"e":[2]},"f":[1,2]}`,
		urlencoded:         "a=1&b=2&c=ann@shop.example&d=3",
	} {
		o := partner(t, "a", "c.x")
		count := 0
		o.Withheld = func() { count++ }
		if _, err := filter(contentType, in, o); err != nil {
			t.Fatal(err)
		}
		if want := map[string]int{"application/json": 4, urlencoded: 3}[contentType]; count != want {
			t.Errorf("%s: %d withheld, want %d", contentType, count, want)
		}
	}
}

// TestReceivesNothingLong wants what is too long to be searched for addresses to
// stay in the house.
func TestReceivesNothingLong(t *testing.T) {
	long := strings.Repeat("x", maxHeld+1) + "ann@shop.example"
	for _, test := range []struct{ contentType, in, want string }{
		{"application/json", `{"a":"` + long + `","b":["` + long + `",1]}`, `{"b":[1]}`},
		{urlencoded, "a=" + long + "&b=1&c=" + long, "b=1"},
	} {
		if got, err := filter(test.contentType, test.in, partner(t, "*")); got != test.want || err != nil {
			t.Errorf("%s: %.100q, %v", test.contentType, got, err)
		}
	}
}

func TestNewAllowlist(t *testing.T) {
	for _, path := range []string{"", ".", "a.", ".a", "a..b"} {
		if _, err := NewAllowlist("x", path); err == nil {
			t.Errorf("%q was accepted", path)
		}
	}
}
