package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/fairwaygate/fairway/filters/consent"
)

// checkFilter holds for every upload: it never grows, arrives the same in any
// pieces, and is left alone a second time.
func checkFilter(t interface {
	Helper()
	Fatalf(string, ...any)
}, b []byte, o *Options,
) {
	t.Helper()
	out, err := filter(b, o)
	if len(out) > len(b) {
		t.Fatalf("%d bytes became %d", len(b), len(out))
	}
	slow, slowErr := io.ReadAll(NewReader(iotest.OneByteReader(bytes.NewReader(b)), "", o))
	if (err == nil) != (slowErr == nil) || err == nil && !bytes.Equal(out, slow) {
		t.Fatalf("byte by byte: %v, else %v, same bytes: %v", slowErr, err, bytes.Equal(out, slow))
	}
	if err != nil {
		for _, known := range []error{ErrMalformed, ErrTooLarge, ErrUnsupported} {
			if errors.Is(err, known) {
				return
			}
		}
		t.Fatalf("error of another family: %v", err)
	}
	again, err := filter(out, o)
	if err != nil || !bytes.Equal(again, out) {
		t.Fatalf("a second time: %v, same bytes: %v", err, bytes.Equal(again, out))
	}
}

// FuzzNewReader looks for uploads that break the filter.
func FuzzNewReader(f *testing.F) {
	for _, b := range samplesOf(f) {
		f.Add(b, uint64(0), false)
		f.Add(b, uint64(consent.Of(consent.Location)), false)
		f.Add(b, uint64(consent.Of(consent.Device)), true)
	}
	for _, b := range bases(f) {
		f.Add(b, uint64(0), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, granted uint64, anonymous bool) {
		checkFilter(t, b, &Options{Granted: consent.Set(granted), Anonymous: anonymous, MaxHeld: 1 << 20})
	})
}

// FuzzExif puts any bytes where cameras put Exif: nothing goes in that wasn't
// there, and with nothing granted no directory of places is left.
func FuzzExif(f *testing.F) {
	f.Add([]byte(exifBlock(binary.LittleEndian)))
	f.Add([]byte(exifBlock(binary.BigEndian)))
	f.Add([]byte(emptyExif))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 60000 {
			return
		}
		jpeg := withSegments([]byte("\xff\xd8\xff\xd9"), segment(0xe1, exifHeader+string(b)))
		checkFilter(t, jpeg, nil)
		block := bytes.Clone(b)
		p := policy{maxHeld: 1 << 20}
		left := p.scrubExif(block)
		if left == 0 {
			return
		}
		again := tiff{b: bytes.Clone(block[:left]), policy: &policy{found: func(k Kind) { t.Fatalf("%s is left", k) }}}
		if err := again.scrub(); err != nil || again.changed {
			t.Fatalf("what is left: %v, changed: %v", err, again.changed)
		}
	})
}
