package signal

import (
	"iter"
	"math/bits"
)

// Vendors is a set of vendor ids, as ranges in the order in which the string
// lists them.
type Vendors []VendorRange

// VendorRange holds the ids First to Last, both included.
type VendorRange struct{ First, Last uint16 }

// Has reports whether the set holds that id.
func (v Vendors) Has(id int) bool {
	for _, r := range v {
		if int(r.First) <= id && id <= int(r.Last) {
			return true
		}
	}
	return false
}

// All yields the ids in the order of the ranges.
func (v Vendors) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, r := range v {
			for id := int(r.First); id <= int(r.Last); id++ {
				if !yield(id) {
					return
				}
			}
		}
	}
}

// maxVendor is the highest id of a vendor that can be written.
const maxVendor = 1<<16 - 1

// vendors reads a set of vendors of TCF: the highest id, then a bit field or
// ranges.
func (r *reader) vendors() Vendors {
	highest := r.int(16)
	switch {
	case r.bool():
		return r.ranges(highest)
	case r.brief:
		r.skip(highest)
		return nil
	case !r.has(highest):
		return nil
	}
	var v Vendors
	for base := 1; base <= highest; base += 64 {
		v = v.add(base, uint64(r.ids(min(64, highest-base+1))))
	}
	return v
}

// add appends the ids of a bit field, bit 0 being base, as ranges.
func (v Vendors) add(base int, field uint64) Vendors {
	for at := base; field != 0; {
		gap := bits.TrailingZeros64(field)
		field >>= gap
		run := bits.TrailingZeros64(^field)
		field >>= run
		first, last := at+gap, at+gap+run-1
		if n := len(v); n > 0 && int(v[n-1].Last) == first-1 {
			v[n-1].Last = uint16(last)
		} else {
			v = append(v, VendorRange{uint16(first), uint16(last)})
		}
		at = last + 1
	}
	return v
}

// ranges reads a number of ranges of ids. One that is empty, or not within 1 and
// highest, fails.
func (r *reader) ranges(highest int) (v Vendors) {
	for range r.int(12) {
		several := r.bool()
		first := r.int(16)
		last := first
		if several {
			last = r.int(16)
		}
		if first == 0 || last < first || last > highest {
			r.bad = true
		}
		if r.bad {
			return nil
		}
		if !r.brief {
			v = append(v, VendorRange{uint16(first), uint16(last)})
		}
	}
	return v
}
