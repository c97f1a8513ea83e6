package image

import (
	"fmt"
	"path"
	"strings"
)

// sniffer recognises the format. It is the hint that the client gave.
type sniffer string

// SniffLen is how many bytes of an upload tell its format.
const SniffLen = 16

// Sniff reports whether an upload that begins with b is of a format that is edited
// or refused here, and whether more bytes, up to [SniffLen], could still make it so.
func Sniff(b []byte) (known, more bool) {
	for i := range signatures {
		magic := signatures[i].magic
		if n := min(len(b), len(magic)); matches(b, magic[:n]) {
			if n == len(magic) {
				return true, false
			}
			more = true
		}
	}
	return false, more
}

// signatures are the first bytes of formats; a '?' stands for any byte. Those
// without a walker are known to carry places and serial numbers and can't be
// edited. The zero before words of English tells boxes from text.
var signatures = []struct {
	magic string
	name  string
	open  func() walker
}{
	{"\xff\xd8", "JPEG", func() walker { return &jpeg{} }},
	{"\x89PNG\r\n\x1a\n", "PNG", func() walker { return &png{} }},
	{"RIFF????WEBP", "WebP", func() walker { return &webp{} }},
	{"GIF87a", "GIF", func() walker { return &gif{} }},
	{"GIF89a", "GIF", func() walker { return &gif{} }},
	{"II*\x00", "TIFF", func() walker { return &tiffFile{} }},
	{"MM\x00*", "TIFF", func() walker { return &tiffFile{} }},
	{"II+\x00", "BigTIFF", func() walker { return &tiffFile{} }},
	{"MM\x00+", "BigTIFF", func() walker { return &tiffFile{} }},
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000", newBoxes},
	{"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL", newBoxes},
	{"\x00???ftypcrx ", "Canon raw", nil},
	{"\x00???ftyp", "ISO base media", newBoxes},
	{"\x00???styp", "ISO base media", newBoxes},
	{"\x00???moov", "QuickTime", newBoxes},
	{"????mdat", "QuickTime", newBoxes},
	{"\x00???wide", "QuickTime", newBoxes},
	{"\x00???free", "QuickTime", newBoxes},
	{"\x00???skip", "QuickTime", newBoxes},
	{"\x00???pnot", "QuickTime", newBoxes},
	{"\x00???PICT", "QuickTime", newBoxes},
	{"\x00???pict", "QuickTime", newBoxes},
	{"\x00???junk", "QuickTime", newBoxes},
	{"\x00???uuid", "ISO base media", newBoxes},
	{"\x00???moof", "ISO base media", newBoxes},
	{"\x00???sidx", "ISO base media", newBoxes},
	{"\x00???emsg", "ISO base media", newBoxes},
	{"\x8aMNG\r\n\x1a\n", "MNG", nil},
	{"\x8bJNG\r\n\x1a\n", "JNG", nil},
	{"8BPS\x00", "Photoshop", nil},
	{"IIU\x00", "Panasonic raw", nil},
	{"IIRO\x08\x00\x00\x00", "Olympus raw", nil},
	{"IIRS\x08\x00\x00\x00", "Olympus raw", nil},
	{"MMOR\x00\x00\x00\x08", "Olympus raw", nil},
	{"FUJIFILMCCD-RAW", "Fujifilm raw", nil},
	{"FOVb?\x00", "Sigma raw", nil},
	{"\x00MRM", "Minolta raw", nil},
	{"II????HEAPCCDR", "Canon raw", nil},
}

func matches(b []byte, magic string) bool {
	if len(b) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != b[i] {
			return false
		}
	}
	return true
}

func (hint sniffer) next(r *reader) error {
	b := r.peek(SniffLen)
	for i := range signatures {
		s := &signatures[i]
		if !matches(b, s.magic) {
			continue
		}
		if s.open == nil {
			return fmt.Errorf("%w: %s", ErrUnsupported, s.name)
		}
		r.walker = s.open()
		return nil
	}
	if len(b) > 0 && hint.known() {
		return fmt.Errorf("%w: declared as %s, but of another format", ErrUnsupported, hint.format())
	}
	r.walker = passer{}
	return nil
}

// passer lets everything pass.
type passer struct{}

func (passer) next(r *reader) error {
	r.pass(rest)
	return nil
}

// format returns the subtype of the media type, or the extension of the file.
func (hint sniffer) format() string {
	s, _, _ := strings.Cut(string(hint), ";")
	s = strings.ToLower(strings.TrimSpace(s))
	if extension := path.Ext(s); extension != "" {
		return extension[1:]
	}
	return path.Base(s)
}

// known reports whether the hint names a format that is edited here.
func (hint sniffer) known() bool {
	switch hint.format() {
	case "jpeg", "jpg", "jpe", "jfif", "pjpeg", "png", "apng", "webp", "gif", "tiff", "tif",
		"heic", "heif", "hif", "avif", "mp4", "m4v", "mov", "quicktime", "jp2":
		return true
	}
	return false
}
