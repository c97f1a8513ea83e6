package module

import (
	"errors"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"

	"github.com/oschwald/maxminddb-golang/v2"
	"github.com/oschwald/maxminddb-golang/v2/mmdbdata"

	"github.com/fairwaygate/fairway/filters/consent"
)

// place is where an address is, as far as a database knows it. The zero value is
// unknown.
type place struct {
	country consent.Country
	state   consent.State // of the United States
}

// countries finds the place of an address in a database file of MaxMind's
// format. The file is read whole, so that a reload never pulls a mapping away
// from a look-up. The zero value knows no place.
//
// It reads records as GeoIP2 Country and City have them (country.iso_code,
// subdivisions[0].iso_code) and those with a country_code at the top.
type countries struct {
	reader *maxminddb.Reader
	always place // where every address is, in place of a database
}

// openCountries reads a database.
func openCountries(file string) (countries, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return countries{}, err
	}
	reader, err := maxminddb.OpenBytes(data)
	if err != nil {
		return countries{}, err
	}
	if reader.Metadata.NodeCount == 0 {
		return countries{}, errors.New("the database is empty")
	}
	return countries{reader: reader}, nil
}

// of returns the place of an address; the zero value when it is not known.
func (c countries) of(addr netip.Addr) (place, error) {
	if c.always != (place{}) {
		return c.always, nil
	}
	addr = addr.Unmap().WithZone("")
	if !addr.IsValid() || c.reader == nil {
		return place{}, nil
	}
	record := placeRecords.Get().(*placeRecord)
	defer placeRecords.Put(record)
	*record = placeRecord{}
	if err := c.reader.Lookup(addr).Decode(record); err != nil {
		return place{}, err
	}
	return record.place()
}

// placeRecord takes the codes out of a record without an allocation.
type placeRecord struct {
	nested, flat string // codes of the country
	part         string // of its largest part
}

var placeRecords = sync.Pool{New: func() any { return new(placeRecord) }}

func (r *placeRecord) place() (p place, err error) {
	code := or(r.nested, r.flat)
	if code == "" {
		return place{}, nil
	}
	if p.country, err = consent.ParseCountry(code); err != nil {
		return place{}, err
	}
	if code == "US" && len(r.part) == 2 {
		// What isn't one of the states has no regime of its own.
		p.state = consent.State{r.part[0], r.part[1]}
	}
	return p, nil
}

// UnmarshalMaxMindDBCursor implements [mmdbdata.CursorUnmarshaler].
func (r *placeRecord) UnmarshalMaxMindDBCursor(at mmdbdata.Cursor) (mmdbdata.Cursor, error) {
	return readMap(at, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		switch string(key) {
		case "country":
			return readCode(value, &r.nested)
		case "country_code":
			return readString(value, &r.flat)
		case "subdivisions":
			return readFirst(value, &r.part)
		}
		return value.Skip()
	})
}

// readMap gives each entry of a map to read, which returns where the next one
// begins.
func readMap(at mmdbdata.Cursor, read func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error)) (next mmdbdata.Cursor, err error) {
	entries, err := at.Map()
	if err != nil {
		return mmdbdata.Cursor{}, err
	}
	for {
		key, value, more := entries.Next(next)
		if !more {
			break
		}
		if next, err = read(key, value); err != nil {
			return mmdbdata.Cursor{}, err
		}
	}
	if err := entries.Err(); err != nil {
		return mmdbdata.Cursor{}, err
	}
	return entries.End()
}

// readCode reads the iso_code of a map.
func readCode(at mmdbdata.Cursor, to *string) (mmdbdata.Cursor, error) {
	return readMap(at, func(key []byte, value mmdbdata.Cursor) (mmdbdata.Cursor, error) {
		if string(key) == "iso_code" {
			return readString(value, to)
		}
		return value.Skip()
	})
}

// readFirst reads the iso_code of a list's first map.
func readFirst(at mmdbdata.Cursor, to *string) (next mmdbdata.Cursor, err error) {
	items, err := at.Slice()
	if err != nil {
		return mmdbdata.Cursor{}, err
	}
	for {
		i, value, more := items.Next(next)
		if !more {
			break
		}
		if i == 0 {
			next, err = readCode(value, to)
		} else {
			next, err = value.Skip()
		}
		if err != nil {
			return mmdbdata.Cursor{}, err
		}
	}
	if err := items.Err(); err != nil {
		return mmdbdata.Cursor{}, err
	}
	return items.End()
}

func readString(at mmdbdata.Cursor, to *string) (next mmdbdata.Cursor, err error) {
	*to, next, err = at.ReadString()
	return next, err
}

// lastCountries is the last database that could be read from a file. It outlives
// reloads.
type lastCountries struct{ atomic.Pointer[countries] }

// Destruct implements [caddy.Destructor].
func (*lastCountries) Destruct() error { return nil }
