package body

import (
	"strings"
	"sync"
	"unsafe"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/location"
)

// judge asks the filters about fields, in one place of a body.
type judge struct {
	*subject
	place Place
	inURL func(identifier.Finding)
}

// subject is what all judges of one body go by.
type subject struct {
	o      *Options
	ids    *identifier.Filter // nil when every identifier may pass
	judges [places]judge

	inflated int // bytes of gzip within values
}

var subjects = sync.Pool{New: func() any {
	s := new(subject)
	for p := range s.judges {
		j := &s.judges[p]
		j.subject, j.place = s, Place(p)
		j.inURL = j.relay
	}
	return s
}}

// newJudge returns a judge whose memory release gives back.
func newJudge(o *Options) *judge {
	s := subjects.Get().(*subject)
	s.o = o
	if o.Identifiers != nil && o.Granted&everything != everything {
		s.ids = o.Identifiers
	}
	return s.in(InJSON)
}

// release gives the memory back. No judge of the body must be used any more.
func (s *subject) release() {
	s.o, s.ids, s.inflated = nil, nil, 0
	subjects.Put(s)
}

// everything is what must be granted for no identifier to be looked for.
var everything = func() (s consent.Set) {
	for _, k := range identifier.Kinds() {
		s = s.With(k.Purpose())
	}
	return s
}()

// in returns the judge of a place.
func (s *subject) in(p Place) *judge { return &s.judges[p] }

// silent returns a judge that reports nothing.
func (j *judge) silent() *judge {
	o := *j.o
	o.Found, o.Withheld = nil, nil
	return &judge{subject: &subject{o: &o, ids: j.ids}, place: j.place}
}

// probe returns the filter for names that hold containers or several values.
func (s *subject) probe() *identifier.Filter {
	probe := *s.ids
	probe.Location = location.Default
	return &probe
}

func (s *subject) partner() bool { return s.o.Receives != nil }

// active reports whether any field can be taken out.
func (s *subject) active() bool { return s.ids != nil || s.partner() }

// names are the names under which a value stands, and what they mean.
type names struct {
	whole   string // with those of all that hold it: "user.device.id"
	leaf    int    // where its own begins in it, with that of what holds it if it says nothing alone
	holder  string // the name of what holds it, if its own says nothing alone
	said    string // what the member before it names, as in {"name": "imei", "value": "1"}
	element bool   // it is one of an array's
	meaning identifier.Meaning
}

// short returns the name that the leaf begins.
func (n *names) short() string { return n.whole[n.leaf:] }

// harmless reports whether nothing is to be judged of a value under the names.
func (n *names) harmless(text string) bool {
	return !n.meaning.Says() && n.holder == "" && n.said == "" && !identifier.Opens(text)
}

// look finds out what the names mean.
func (j *judge) look(n *names) {
	if j.ids != nil {
		n.meaning = j.ids.Look(n.whole, n.leaf)
	}
}

// named returns the names of a field that stands by itself.
func (j *judge) named(name string) *names {
	n := &names{whole: name}
	j.look(n)
	return n
}

// field decides on a scalar. Its verdict may share text's memory.
func (j *judge) field(n *names, text string) (v identifier.Verdict) {
	if j.ids == nil || n.harmless(text) {
		return v
	}
	v = j.ids.JudgeMeaning(n.meaning, n.short(), text, j.o.Granted)
	if n.element && v.Kind == identifier.Place && v.Action == identifier.Drop {
		if v = j.element(n.short(), text); v.Action == identifier.Pass {
			v = j.element(n.whole, text)
		}
	}
	if v.Action == identifier.Pass && n.holder != "" {
		v = j.ids.Judge(n.holder, text, j.o.Granted)
	}
	if v.Action == identifier.Pass && n.said != "" {
		v = j.beside(j.ids, n.said, text)
	}
	if v.Action == identifier.Pass && identifier.IsURL(text) {
		if edited, changed := j.ids.URL(text, j.o.Granted, j.inURL); changed {
			return identifier.Verdict{Action: identifier.Reduce, Text: edited}
		}
	}
	if v.Action == identifier.Pass && n.meaning.SaysQuery() && identifier.IsQuery(text) {
		if edited, changed := j.ids.Query(text, j.o.Granted, j.inURL); changed {
			return identifier.Verdict{Action: identifier.Reduce, Text: edited}
		}
	}
	return v
}

// beside decides on a value by what the member beside it says. Data of a device does
// not count: products are described so, too.
func (j *judge) beside(f *identifier.Filter, said, text string) identifier.Verdict {
	v := f.Judge(said, text, j.o.Granted)
	if v.Kind == identifier.DeviceData {
		return identifier.Verdict{}
	}
	return v
}

// element decides on one of an array's scalars by one name. A number is half a
// place where the name says that the array holds places, and no reason to drop it.
func (j *judge) element(name, text string) identifier.Verdict {
	const pair = "1.23456,1.23456"
	v := j.ids.Judge(name, text, j.o.Granted)
	if v.Kind == identifier.Place && v.Action == identifier.Drop &&
		j.probe().Judge(name, pair, j.o.Granted).Action == identifier.Coarsen {
		return j.ids.Judge("longitude", text, j.o.Granted)
	}
	return v
}

// container decides on an object or array by its name: one that is called like
// an identifier goes as a whole. The members of one that is called like a place
// are judged each.
func (j *judge) container(n *names, array bool) identifier.Verdict {
	if j.ids == nil || !n.meaning.SaysOfAll() && n.said == "" {
		return identifier.Verdict{}
	}
	const harmless = "0,0" // no identifier by its form; a place that is coarse already
	probe := j.probe()
	v := probe.JudgeMeaning(n.meaning, n.short(), harmless, j.o.Granted)
	if v.Action == identifier.Hash && array {
		v = probe.Judge(n.whole, harmless, j.o.Granted)
	}
	if v.Action == identifier.Pass && n.said != "" {
		v = j.beside(probe, n.said, harmless)
	}
	if v.Action == identifier.Drop || v.Action == identifier.Hash && !array {
		v.Action = identifier.Drop
		return v
	}
	return identifier.Verdict{}
}

// report tells of a verdict that was carried out. Those inside URLs were told.
func (j *judge) report(name string, v identifier.Verdict) {
	if v.Action != identifier.Pass && v.Action != identifier.Reduce && j.o.Found != nil {
		j.o.Found(Finding{Name: name, Kind: v.Kind, Place: j.place, Action: v.Action})
	}
}

// relay passes on what package identifier found.
func (j *judge) relay(f identifier.Finding) {
	if j.o.Found != nil {
		j.o.Found(Finding{Name: f.Name, Kind: f.Kind, Place: j.place, Action: f.Action})
	}
}

func (j *judge) withheld() {
	if j.o.Withheld != nil {
		j.o.Withheld()
	}
}

// saysNothing reports whether a name says nothing without that of what holds it.
func saysNothing(name string) bool {
	if len(name) == 0 {
		return false
	}
	like := ""
	switch name[0] | 0x20 {
	case 'i':
		like = "id"
	case 'c':
		like = "code"
	case 'r':
		like = "raw"
	case 't':
		like = "text"
	case 'd':
		like = "data"
	case 'n':
		switch len(name) {
		case 2:
			like = "no"
		case 3:
			like = "num"
		default:
			like = "number"
		}
	case 'v':
		like = "value"[:min(len(name), 5)]
		if len(name) == 2 || len(name) == 4 {
			return false
		}
	}
	return len(name) == len(like) && strings.EqualFold(name, like)
}

// namesSibling reports whether a member of that name may say what the member beside
// it holds, as where fields are lists of pairs and in JSON Patch (RFC 6902).
func namesSibling(name string) bool {
	switch len(name) {
	case 1:
		return name[0]|0x20 == 'k'
	case 3:
		return strings.EqualFold(name, "key")
	case 4:
		return strings.EqualFold(name, "name") || strings.EqualFold(name, "type") || strings.EqualFold(name, "path")
	case 5:
		return strings.EqualFold(name, "field") || strings.EqualFold(name, "param")
	}
	return false
}

// view returns bytes as text without copying them. It holds as long as the bytes
// are not changed: the filters keep nothing of what they are given.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) } //nolint:gosec // the comment above says why

// bytesOf returns text as bytes without copying it. They must not be written to.
func bytesOf(text string) []byte { return unsafe.Slice(unsafe.StringData(text), len(text)) } //nolint:gosec // the comment above says why
