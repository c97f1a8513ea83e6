package module

import (
	"net/netip"
	"testing"

	"github.com/oschwald/geoip2-golang/v2"

	"github.com/fairwaygate/fairway/filters/consent"
)

// TestAgreesWithGeoIP2 compares our reading of a database with that of MaxMind's
// format's own library.
func TestAgreesWithGeoIP2(t *testing.T) {
	file := CityDatabase(t)
	reference, err := geoip2.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reference.Close() })
	ours, err := openCountries(file)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, text := range []string{
		"1.0.0.1", "2.2.2.2", "8.8.8.8", "114.114.114.114", "192.0.2.1", "198.51.100.7", "203.0.113.9", "10.1.2.3", "127.0.0.1",
		"2001:db8::1", "2600::1", "::ffff:8.8.8.8", "::1",
	} {
		addr := netip.MustParseAddr(text)
		city, err := reference.City(addr.Unmap())
		if err != nil {
			t.Fatal(err)
		}
		at, err := ours.of(addr)
		if err != nil {
			t.Fatal(err)
		}
		if at.country.String() != city.Country.ISOCode {
			t.Errorf("%s is in %q, and the reference says %q", text, at.country, city.Country.ISOCode)
		}
		if at.country != (consent.Country{}) {
			found++
		}
	}
	if found == 0 {
		t.Error("no address of the list is in the database")
	}
}
