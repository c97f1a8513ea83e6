package identifier_test

import (
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/identifier"
)

func TestServerTiming(t *testing.T) {
	for in, want := range map[string]string{
		`db;dur=53, app;dur=47.2`:                              `db;dur=53, app;dur=47.2`,
		`db;dur=53,  app ; dur=47.2`:                           `db;dur=53,  app ; dur=47.2`,
		`cache;desc="HIT";dur=0.1`:                             `cache;dur=0.1`,
		`traceparent;desc="00-4bf92f3577b34da6a3ce929d-00-01"`: `traceparent`,
		`ak_p; desc="1700000000_398237811_42;x, y";dur=1`:      `ak_p;dur=1`,
		`intid;desc=4f1e2a, total;dur=12.3456`:                 `intid, total;dur=12.3`,
		`u4711081532;dur=1, db`:                                `db`,
		`4bf92f3577b34da6a3ce929d0e0e4736`:                     ``,
		`db;dur=17000000004711`:                                `db`,
		`db;dur=1;dur=2`:                                       `db;dur=1`,
		`db;dur="7"`:                                           `db;dur=7`,
		`a b;dur=1`:                                            ``,
		`;dur=1`:                                               ``,
		`db;desc="a\", id;dur=4711"`:                           `db`,
		`cfL4;desc="?proto=QUIC&cid=81d4fae"`:                  `cfL4`,
		``:                                                     ``,
	} {
		got, changed := identifier.ServerTiming(in)
		if got != want || changed != (in != want) {
			t.Errorf("%s\n got %q, %v\nwant %q", in, got, changed, want)
		}
		if again, changed := identifier.ServerTiming(got); changed {
			t.Errorf("%s: filtered again it is %q", got, again)
		}
	}
}

func FuzzServerTiming(f *testing.F) {
	f.Add(`db;dur=53, cache;desc="HIT \" x"`)
	f.Fuzz(func(t *testing.T, in string) {
		got, _ := identifier.ServerTiming(in)
		if strings.Contains(got, "desc") && !strings.Contains(in, "desc") || len(got) > 2*len(in) {
			t.Fatalf("%q became %q", in, got)
		}
		if again, changed := identifier.ServerTiming(got); changed {
			t.Fatalf("%q\n once %q\ntwice %q", in, got, again)
		}
	})
}
