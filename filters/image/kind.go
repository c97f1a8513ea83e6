package image

// Kind is what was taken out of an upload. Its String is a metric's label.
type Kind uint8

// The kinds. All but Place, Serial, Owner, MakerNote and Model stay only when
// both location and device are granted.
const (
	Place     Kind = iota // coordinates, and names of places
	Serial                // serial numbers and other identifiers of a device or a picture
	Owner                 // owner, artist, photographer, copyright
	MakerNote             // what a maker keeps of its own
	Model                 // make and model of camera and lens, software
	Text                  // titles, comments, file names
	Preview               // a thumbnail or preview, which may show what was cropped
	XMP                   // a packet of XMP (ISO 16684-1)
	IPTC                  // a block of IPTC-IIM, or of Photoshop resources around it
	Trailer               // bytes behind the end of the picture
	Other                 // whatever has no known meaning

	harmless // stays
)

var kindNames = [...]string{
	"place", "serial", "owner", "maker_note", "model", "text", "preview", "xmp", "iptc", "trailer", "other",
}

// String returns the kind as a metric's label, such as "place".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "other"
}

// policy is what [Options] come to.
type policy struct {
	place, device, model bool

	maxHeld int
	found   func(Kind)
}

// keeps reports whether what is of that kind stays.
func (p *policy) keeps(k Kind) bool {
	switch k {
	case harmless:
		return true
	case Place:
		return p.place
	case Serial, Owner, MakerNote:
		return p.device
	case Model:
		return p.model
	}
	return false
}

// took notes that something of that kind was taken out.
func (p *policy) took(k Kind) {
	if p.found != nil {
		p.found(k)
	}
}
