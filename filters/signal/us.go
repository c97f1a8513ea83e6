package signal

// US is a section of GPP for the United States: usnat (7) or a state's (8 to 27).
type US struct {
	ID      int
	Name    string // the prefix of the client-side API: "usca"
	Version int    // of the section or, in 24 to 27, of the MSPA agreement

	// GPC is what the GPC subsection says, if GPCIncluded: whether Global
	// Privacy Control was on.
	GPC, GPCIncluded bool

	layout    *layout
	values    [maxValues]byte // of all fields in turn
	sensitive bool            // the subsection of sensitive data is there
}

// OptedOut reports whether the visitor opted out of sale, sharing or targeted
// advertising, or the GPC subsection says that Global Privacy Control was on.
func (u *US) OptedOut() bool {
	if u.GPC {
		return true
	}
	at := 0
	for _, f := range u.fields() {
		if f.optOut && u.values[at] == 1 {
			return true
		}
		at += f.values
	}
	return false
}

// Field returns the values of the field of that name, spelled as in the
// section's specification: one, or as many as an N-Bitfield has. It is nil if
// the section has no such field. Every value is 0, 1 or 2; of an opt-out, 0
// means that it does not apply, 1 that the visitor opted out, 2 that not.
func (u *US) Field(name string) []byte {
	at := 0
	for _, f := range u.fields() {
		if f.name == name {
			return u.values[at : at+f.values]
		}
		at += f.values
	}
	if u.sensitive && name == sensitiveData.name {
		return u.values[at : at+sensitiveConsents]
	}
	return nil
}

// fields are those of the core; a zero US has none.
func (u *US) fields() []field {
	if u.layout == nil {
		return nil
	}
	return u.layout.core
}

// DecodeUS reads the section of that id. [ErrSection] means that none of the
// United States has it.
//
// The specifications of Maryland, Indiana, Kentucky and Rhode Island (24 to 27)
// begin the section with a header of its own, which the reference implementation
// does not write. Both forms are read.
func DecodeUS(id int, s string) (US, error) {
	if id < 0 || id >= len(layouts) || layouts[id].core == nil {
		return US{}, ErrSection
	}
	if err := checkLength(s); err != nil {
		return US{}, err
	}
	u := US{ID: id, Name: layouts[id].name, layout: &layouts[id]}
	p := split(s, ".")
	r := newReader(p.next(), true)
	u.Version = r.int(6)
	if u.layout.version == anyVersion && u.Version == id {
		// A header: the id, the version and the list of subsections, which
		// tells nothing that the subsections don't.
		if r.int(6) != 1 && !r.bad {
			return US{}, ErrVersion
		}
		if r.bad || !p.more {
			return US{}, ErrMalformed
		}
		r = newReader(p.next(), true)
		u.Version = r.int(6)
	}
	if id == idUSNational && u.Version == usNational1.version {
		u.layout = &usNational1
	}
	if !r.bad && u.layout.version != anyVersion && u.layout.version != u.Version {
		return US{}, ErrVersion
	}
	size := u.layout.size()
	r.values(u.values[:size])
	if p.more && !r.bad {
		r = newReader(p.next(), true)
		u.readSecond(&r, u.values[size:])
	}
	if r.bad || p.more {
		return US{}, ErrMalformed
	}
	return u, nil
}

// readSecond reads the subsection after the core.
func (u *US) readSecond(r *reader, values []byte) {
	if u.layout.sensitive {
		u.sensitive = true
		r.values(values[:sensitiveConsents])
		return
	}
	u.GPCIncluded = true
	kind := r.int(2)
	u.GPC = r.bool()
	r.bad = r.bad || kind != gpcSubsection
}

// gpcSubsection is the type of that subsection.
const gpcSubsection = 1

// values reads values of two bits each. The value 3 has no meaning and fails.
func (r *reader) values(values []byte) {
	for i := range values {
		values[i] = byte(r.int(2))
		r.bad = r.bad || values[i] == 3
	}
}
