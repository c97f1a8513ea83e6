package release

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/fairwaygate/fairway/filters/visit"
)

// A publication is stored in a compact form of a few kilobytes, so that years of
// them are read in milliseconds: a version, then strings and tables as their
// lengths and contents, numbers as varints of package encoding/binary. It names all
// labels and values, so it can be read whatever is declared later.
const version = 1

var errCodec = errors.New("release: not a publication")

// limits of what is decoded, far above what a plan can hold.
const (
	maxTables = 1 << 10
	maxCells  = 1 << 20
)

// MarshalBinary encodes the publication. See [Publication.UnmarshalBinary].
func (pub *Publication) MarshalBinary() ([]byte, error) { return pub.AppendBinary(nil) }

// AppendBinary appends the encoded publication.
func (pub *Publication) AppendBinary(b []byte) ([]byte, error) {
	for i := range pub.Tables {
		if pub.Tables[i].Draws > 1 {
			return nil, errors.New("release: joined publications are not stored")
		}
	}
	b = append(b, version)
	b = appendString(b, pub.Epoch.String())
	b = appendString(b, pub.Privacy.String())
	b = binary.AppendUvarint(b, uint64(len(pub.Tables)))
	for i := range pub.Tables {
		b = pub.Tables[i].append(b)
	}
	return b, nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func (t *Table) append(b []byte) []byte {
	f := t.Family
	b = appendString(appendString(b, f.Name), string(f.Unit))
	b = binary.AppendUvarint(b, uint64(len(f.Dims)))
	for _, d := range f.Dims {
		b = appendString(b, d.Name)
		if d == visit.SeenDim() {
			b = append(b, 0) // thousands of values that every plan shares
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(d.Values)))
		for _, v := range d.Values {
			b = appendString(b, v)
		}
	}
	for _, n := range []int64{f.Bound, t.Epsilon, t.Rest, t.Total, t.Step, t.Small} {
		b = binary.AppendVarint(b, n)
	}
	if t.Hidden == nil {
		b = append(b, 0)
	} else {
		b = append(b, 1)
		for i := 0; i < len(t.Hidden); i += 8 {
			bits := byte(0)
			for j, h := range t.Hidden[i:min(i+8, len(t.Hidden))] {
				if h {
					bits |= 1 << j
				}
			}
			b = append(b, bits)
		}
	}
	for _, n := range t.Cells {
		b = binary.AppendVarint(b, n)
	}
	return b
}

// UnmarshalBinary decodes what [Publication.AppendBinary] encoded. The families of
// its tables can be read and name their cells, but belong to no plan.
func (pub *Publication) UnmarshalBinary(data []byte) error {
	r := &reader{s: string(data)}
	if r.byte() != version {
		return errCodec
	}
	epoch, err := visit.ParseEpoch(r.string())
	if err != nil {
		return fmt.Errorf("%w: %w", errCodec, err)
	}
	p := Publication{Epoch: epoch}
	switch privacy := r.string(); privacy {
	case "raw":
		p.Privacy = Privacy{raw: true}
	default:
		if err := p.Privacy.UnmarshalText([]byte(privacy)); err != nil {
			return fmt.Errorf("%w: %w", errCodec, err)
		}
	}
	spent := int64(0)
	for range r.length(maxTables) {
		t := r.table()
		spent += t.Epsilon
		p.Tables = append(p.Tables, t)
	}
	if r.bad || r.s != "" {
		return errCodec
	}
	p.Spent = float64(spent) / micro
	*pub = p
	return nil
}

// reader takes values off the front of s. After the first that isn't there it is
// bad, and everything is empty.
type reader struct {
	s   string
	bad bool
}

func (r *reader) fail() { r.s, r.bad = "", true }

func (r *reader) byte() byte {
	if r.s == "" {
		r.fail()
		return 0
	}
	b := r.s[0]
	r.s = r.s[1:]
	return b
}

func (r *reader) uvarint() (n uint64) {
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	r.fail()
	return 0
}

func (r *reader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// length reads a number of items, each of which takes a byte at least.
func (r *reader) length(limit int) int {
	n := r.uvarint()
	if n > uint64(min(limit, len(r.s))) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) string() string {
	n := r.length(1 << 10)
	s := r.s[:n]
	r.s = r.s[n:]
	return s
}

func (r *reader) table() (t Table) {
	f := &visit.Family{Name: r.string(), Unit: visit.Unit(r.string())}
	cells := 1
	for range r.length(8) {
		d := r.dim()
		f.Dims = append(f.Dims, d)
		if cells *= len(d.Values); cells > maxCells {
			r.fail()
		}
	}
	for _, n := range []*int64{&f.Bound, &t.Epsilon, &t.Rest, &t.Total, &t.Step, &t.Small} {
		*n = r.varint()
	}
	if r.bad || f.Bound < 1 || t.Epsilon < 0 || t.Step < 0 || t.Small < 0 || len(r.s) < cells {
		r.fail()
		return Table{Family: f}
	}
	t.Family, t.Cells = f, make([]int64, cells)
	if r.byte() == 1 {
		t.Hidden = make([]bool, cells)
		bits := byte(0)
		for i := range t.Hidden {
			if i%8 == 0 {
				bits = r.byte()
			}
			t.Hidden[i] = bits>>(i%8)&1 == 1
		}
	}
	for i := range t.Cells {
		t.Cells[i] = r.varint()
	}
	return t
}

func (r *reader) dim() *visit.Dim {
	name := r.string()
	n := r.length(maxCells)
	if n == 0 && name == visit.SeenDim().Name {
		return visit.SeenDim()
	}
	d := &visit.Dim{Name: name, Values: make([]string, 0, n)}
	for range n {
		d.Values = append(d.Values, r.string())
	}
	return d
}
