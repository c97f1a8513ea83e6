package module

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/fairwaygate/fairway/filters/consent"
)

// countryFile writes a database with these records by network.
func countryFile(t testing.TB, kind string, records map[string]mmdbtype.Map) string {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for network, record := range records {
		_, prefix, err := net.ParseCIDR(network)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(prefix, record); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := tree.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "places.mmdb")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func called(name string) mmdbtype.Map {
	return mmdbtype.Map{"en": mmdbtype.String(name)}
}

func part(code string) mmdbtype.Map {
	return mmdbtype.Map{"geoname_id": mmdbtype.Uint32(5332921), "iso_code": mmdbtype.String(code), "names": called(code)}
}

// CityDatabase writes a database as GeoIP2 City is.
func CityDatabase(t testing.TB) string {
	record := func(country string, parts ...string) mmdbtype.Map {
		m := mmdbtype.Map{
			"city":               mmdbtype.Map{"names": called("A town")},
			"country":            part(country),
			"registered_country": part("DE"),
			"location":           mmdbtype.Map{"latitude": mmdbtype.Float64(1), "longitude": mmdbtype.Float64(2)},
		}
		if parts != nil {
			var list mmdbtype.Slice
			for _, code := range parts {
				list = append(list, part(code))
			}
			m["subdivisions"] = list
		}
		return m
	}
	return countryFile(t, "GeoLite2-City", map[string]mmdbtype.Map{
		"8.8.8.0/24":     record("US", "CA"),
		"9.9.9.0/24":     record("US"),
		"4.4.4.0/24":     record("US", "TX", "US"),
		"2.125.160.0/24": record("GB", "ENG", "OXF"),
		"1.1.1.0/24":     record("AU", "WA"),
		"5.5.5.0/24":     {"city": mmdbtype.Map{"names": called("Nowhere")}},
		"6.6.6.0/24":     {"country": mmdbtype.Map{"iso_code": mmdbtype.String("Atlantis")}},
		"7.7.7.0/24":     {"country": mmdbtype.String("US")},
		"2001:db8::/32":  record("US", "CA"),
	})
}

func TestPlaces(t *testing.T) {
	flat := countryFile(t, "ip-to-country", map[string]mmdbtype.Map{"8.8.8.0/24": {"country_code": mmdbtype.String("US")}})
	for name, test := range map[string]struct {
		file, addr, country, state string
		fails                      bool
	}{
		"a state":                    {CityDatabase(t), "8.8.8.8", "US", "US-CA", false},
		"a state, in IPv6":           {CityDatabase(t), "2001:db8::1", "US", "US-CA", false},
		"a state, mapped":            {CityDatabase(t), "::ffff:8.8.8.8", "US", "US-CA", false},
		"no state":                   {CityDatabase(t), "9.9.9.9", "US", "", false},
		"the largest part":           {CityDatabase(t), "4.4.4.4", "US", "US-TX", false},
		"parts of another country":   {CityDatabase(t), "2.125.160.1", "GB", "", false},
		"parts that look like those": {CityDatabase(t), "1.1.1.1", "AU", "", false},
		"no country":                 {CityDatabase(t), "5.5.5.5", "", "", false},
		"no record":                  {CityDatabase(t), "10.0.0.1", "", "", false},
		"no code":                    {CityDatabase(t), "6.6.6.6", "", "", true},
		"another form":               {CityDatabase(t), "7.7.7.7", "", "", true},
		"a country_code":             {flat, "8.8.8.8", "US", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := openCountries(test.file)
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.of(netip.MustParseAddr(test.addr))
			if p.country.String() != test.country || p.state.String() != test.state || (err != nil) != test.fails {
				t.Errorf("%s is in %q and %q, %v", test.addr, p.country, p.state, err)
			}
		})
	}
}

func TestPlaceAllocates(t *testing.T) {
	c, err := openCountries(CityDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddr("8.8.8.8")
	if n := testing.AllocsPerRun(100, func() {
		if p, err := c.of(addr); err != nil || p.state != (consent.State{'C', 'A'}) {
			t.Fatal(p, err)
		}
	}); n >= 1 {
		t.Errorf("a look-up takes %v allocations", n)
	}
}

func BenchmarkPlace(b *testing.B) {
	c, err := openCountries(CityDatabase(b))
	if err != nil {
		b.Fatal(err)
	}
	addr := netip.MustParseAddr("8.8.8.8")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.of(addr); err != nil {
			b.Fatal(err)
		}
	}
}
