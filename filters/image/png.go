package image

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// png walks the chunks of a PNG file (W3C PNG, third edition, section 5).
type png struct{ begun, over bool }

const (
	pngSignature = 8
	pngAround    = 12 // length, type and checksum of a chunk
	pngMaxLength = 1<<31 - 1
)

func (c *png) next(r *reader) error {
	if c.over {
		if r.available() {
			r.policy.took(Trailer)
		}
		r.drop(rest)
		return nil
	}
	if !c.begun {
		c.begun = true
		r.pass(pngSignature)
		return nil
	}
	head := r.peek(8)
	if len(head) == 0 {
		return r.ended
	}
	if len(head) < 8 {
		return r.short()
	}
	length, name := int64(binary.BigEndian.Uint32(head)), string(head[4:8])
	if length > pngMaxLength || !isChunkName(name) {
		return r.malformed("PNG chunk")
	}
	n := length + pngAround
	switch kind := chunkKind(name); {
	case kind == harmless:
		c.over = name == "IEND"
		r.pass(n)
		return nil
	case name == "eXIf":
		return c.exif(r, n)
	case kind == Text:
		return c.text(r, n)
	case kind == Other && name[0]&0x20 == 0: // a critical chunk
		return r.malformed("PNG chunk")
	default:
		r.policy.took(kind)
		r.drop(n)
		return nil
	}
}

func isChunkName(name string) bool {
	for i := range len(name) {
		if c := name[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// chunkKind tells what a chunk holds: the registered ones that affect how the
// picture is shown, those of APNG, and Apple's.
func chunkKind(name string) Kind {
	switch name {
	case "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI",
		"bKGD", "hIST", "pHYs", "sPLT", "tIME", "oFFs", "sCAL", "pCAL", "sTER", "acTL", "fcTL", "fdAT", "CgBI", "iDOT":
		return harmless
	case "tEXt", "zTXt", "iTXt", "gIFx":
		return Text
	}
	return Other
}

// exif edits a chunk of Exif.
func (c *png) exif(r *reader, n int64) error {
	if n > int64(r.policy.maxHeld) {
		r.policy.took(Other)
		r.drop(n)
		return nil
	}
	b, err := r.hold(n)
	if err != nil {
		return err
	}
	left := r.policy.scrubExif(b[8 : n-4])
	if left == 0 {
		r.drop(n)
		return nil
	}
	r.replaced(b, chunk(b, left))
	return nil
}

// text judges a chunk of text by its keyword, and edits uncompressed XMP, which
// may hold what was granted.
func (c *png) text(r *reader, n int64) error {
	// Neither compressed nor with a language or a translated keyword.
	const xmp = "XML:com.adobe.xmp\x00\x00\x00\x00\x00"
	head := r.peek(int(min(n, 8+pngKeyword)))
	if r.broken() {
		return r.ended
	}
	keyword, _, _ := strings.Cut(string(head[8:]), "\x00")
	kind := textKind(keyword)
	switch {
	case r.policy.keeps(kind):
		r.pass(n)
		return nil
	case kind != XMP || !bytes.HasPrefix(head[8:], []byte(xmp)) || n > int64(r.policy.maxHeld):
		r.policy.took(kind)
		r.drop(n)
		return nil
	}
	b, err := r.hold(n)
	if err != nil {
		return err
	}
	if !r.policy.scrubXMP(b[8+len(xmp) : n-4]) {
		r.drop(n)
		return nil
	}
	r.replaced(b, chunk(b, int(n)-pngAround))
	return nil
}

// pngKeyword is the longest keyword of a text with the bytes that may follow it.
const pngKeyword = 79 + 5

// textKind knows the keywords that PNG predefines (section 11.3.3.1).
func textKind(keyword string) Kind {
	switch keyword {
	case "Software", "Source":
		return Model
	case "Author", "Copyright":
		return Owner
	case "Creation Time":
		return harmless
	case "XML:com.adobe.xmp":
		return XMP
	}
	return Text
}

// chunk writes length and checksum of the first n bytes of data of the chunk b
// and moves it to the end of b. It returns the length of the whole.
func chunk(b []byte, n int) int {
	if n == len(b)-pngAround && crc32.ChecksumIEEE(b[4:8+n]) == binary.BigEndian.Uint32(b[8+n:]) {
		return len(b)
	}
	binary.BigEndian.PutUint32(b, uint32(n))
	binary.BigEndian.PutUint32(b[8+n:], crc32.ChecksumIEEE(b[4:8+n]))
	n += pngAround
	copy(b[len(b)-n:], b[:n])
	return n
}
