package image

import (
	"errors"
	"io"

	"github.com/fairwaygate/fairway/filters/consent"
)

// The reasons for which an upload is not passed on, or no further. Errors of this
// package wrap one of them.
var (
	// ErrMalformed is a file that breaks the rules of its format where metadata
	// could hide: 400 (Bad Request).
	ErrMalformed = errors.New("malformed image")

	// ErrTooLarge is a file of which more would have to be held than
	// [Options.MaxHeld]: 413 (Content Too Large).
	ErrTooLarge = errors.New("image beyond limits")

	// ErrUnsupported is a format, or a part of one, out of which places and
	// identities can't be taken: 415 (Unsupported Media Type).
	ErrUnsupported = errors.New("image can't be judged")
)

// DefaultMaxHeld is how many bytes a stream holds at most, unless
// [Options.MaxHeld] says otherwise.
const DefaultMaxHeld = 8 << 20

// Options says what is taken out of uploads. They are only read, so that one
// value may serve many uploads at once, as far as Found does. Nil takes out
// everything.
type Options struct {
	// Granted holds the purposes that the visitor agreed to. With location,
	// places stay in Exif, XMP, IPTC and films; with device, serial numbers,
	// owners and maker notes, although a maker may note places in those. What
	// has no known meaning, comments and previews stay only with both, with
	// which the upload passes unchanged.
	Granted consent.Set

	// Anonymous says that nothing identifies the person who uploads, so that the
	// make and model of the camera and its software may stay: alone, they are
	// not personal.
	Anonymous bool

	// MaxHeld bounds the bytes that are held back until they can be judged. Zero
	// means DefaultMaxHeld; less than a window of 65 KiB has no effect.
	MaxHeld int

	// Found is called for each item that is taken out; nil for none.
	Found func(Kind)
}

// NewReader returns what may be passed on of the upload r. The hint is the media
// type or the name of the file, as the client declares it ("" if it doesn't). It
// is never believed over the bytes, but an upload that claims to be of a format
// known here and isn't is refused with [ErrUnsupported].
//
// What is returned may be shorter than the upload, never longer. The first bytes
// pass as soon as they are judged. A read can end in one of the
// package's errors, after which nothing of the upload must be used. The reader
// must be used by one goroutine at a time.
func NewReader(r io.Reader, hint string, o *Options) io.Reader {
	if o == nil {
		o = &Options{}
	}
	p := policy{
		place:   o.Granted.Has(consent.Location),
		device:  o.Granted.Has(consent.Device),
		model:   o.Anonymous || o.Granted.Has(consent.Device),
		maxHeld: o.MaxHeld,
		found:   o.Found,
	}
	if p.place && p.device {
		return r
	}
	if p.maxHeld <= 0 {
		p.maxHeld = DefaultMaxHeld
	}
	p.maxHeld = max(p.maxHeld, windowSize)
	return &reader{src: r, policy: p, walker: sniffer(hint)}
}
