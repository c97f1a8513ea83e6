package module

import (
	"errors"
	"net/netip"
	"os"

	"github.com/oschwald/geoip2-golang/v2"
	"github.com/oschwald/maxminddb-golang/v2"

	"github.com/fairwaygate/fairway/filters/consent"
)

// countries finds the country of an address in a database file. The file is
// read whole, so that a reload never pulls a mapping away from a look-up. The
// zero value knows no country.
type countries struct {
	geoip *geoip2.Reader    // MaxMind's form: country.iso_code
	flat  *maxminddb.Reader // a record with a top-level country_code
}

// openCountries reads a database in MaxMind's file format.
func openCountries(file string) (countries, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return countries{}, err
	}
	geoip, err := geoip2.OpenBytes(data)
	if err == nil {
		_, err = geoip.Country(netip.IPv6Unspecified())
	}
	if err == nil {
		return countries{geoip: geoip}, nil
	}
	flat, err := maxminddb.OpenBytes(data)
	if err != nil {
		return countries{}, err
	}
	if flat.Metadata.NodeCount == 0 {
		return countries{}, errors.New("the database is empty")
	}
	return countries{flat: flat}, nil
}

// of returns the country of an address; the zero value when it is not known.
func (c countries) of(addr netip.Addr) (consent.Country, error) {
	addr = addr.Unmap().WithZone("")
	var code string
	switch {
	case !addr.IsValid():
		return consent.Country{}, nil
	case c.geoip != nil:
		record, err := c.geoip.Country(addr)
		if err != nil {
			return consent.Country{}, err
		}
		code = record.Country.ISOCode
	case c.flat != nil:
		if err := c.flat.Lookup(addr).DecodePath(&code, "country_code"); err != nil {
			return consent.Country{}, err
		}
	}
	if code == "" {
		return consent.Country{}, nil
	}
	return consent.ParseCountry(code)
}
