package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"runtime"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

func TestJPEG(t *testing.T) {
	const soi, sos, eoi = "\xff\xd8", "\xff\xda\x00\x02", "\xff\xd9"
	table := segment(0xdb, "\x00stays")
	tests := []struct {
		name, in, out string
		err           error
	}{
		{"a stuffed byte and restarts belong to the picture", soi + sos + "a\xff\x00b\xff\xd0c\xff\xd7" + eoi, soi + sos + "a\xff\x00b\xff\xd0c\xff\xd7" + eoi, nil},
		{"fill bytes stay", soi + "\xff\xff" + table + sos + "x\xff" + eoi, soi + "\xff\xff" + table + sos + "x\xff" + eoi, nil},
		{"comments between scans go", soi + sos + "x" + segment(0xfe, canary) + table + sos + "y" + eoi, soi + sos + "x" + table + sos + "y" + eoi, nil},
		{"what stands between segments goes", soi + canary + table + "\x00\xff\x00" + canary + sos + "x" + eoi, soi + table + sos + "x" + eoi, nil},
		{"what follows the end goes", soi + sos + "x" + eoi + soi + segment(0xe1, exifHeader+canary), soi + sos + "x" + eoi, nil},
		{"no end", soi + table + sos + "xyz", soi + table + sos + "xyz", nil},
		{"every application segment goes", soi + segment(0xe0, "AVI1") + segment(0xe3, "Meta") + segment(0xe4, "") + segment(0xeb, "JP") + segment(0xef, "Q") + sos + eoi, soi + sos + eoi, nil},
		{"an unreadable block of Exif goes", soi + segment(0xe1, exifHeader+"II*\x00\xff\xff\xff\xff") + sos + eoi, soi + sos + eoi, nil},
		{"an empty block of Exif stays", soi + segment(0xe1, exifHeader+emptyExif) + sos + eoi, soi + segment(0xe1, exifHeader+emptyExif) + sos + eoi, nil},
		{"a thumbnail in JFIF goes", soi + segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x02"+canary) + sos + eoi, soi + segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00") + sos + eoi, nil},
		{"a short JFIF stays", soi + segment(0xe0, "JFIF\x00\x01\x01") + sos + eoi, soi + segment(0xe0, "JFIF\x00\x01\x01") + sos + eoi, nil},
		{"a colour transform stays", soi + segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x02") + sos + eoi, soi + segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x02") + sos + eoi, nil},
		{"a length below its own", soi + "\xff\xe1\x00\x01" + sos, "", ErrMalformed},
		{"a reserved marker", soi + "\xff\x02\x00\x04ab" + sos, "", ErrMalformed},
		{"a second beginning", soi + soi + sos, "", ErrMalformed},
		{"cut in a segment", soi + "\xff\xe1\x00\x20Exif\x00\x00", "", ErrMalformed},
		{"cut in a length", soi + "\xff\xdb\x00", "", ErrMalformed},
	}
	for _, test := range tests {
		out, err := filter([]byte(test.in), nil)
		if !errors.Is(err, test.err) || err == nil && string(out) != test.out {
			t.Errorf("%s: %q, %v", test.name, out, err)
		}
	}
}

func TestExifKeepsOrientationAndNoGaps(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		b := []byte(exifBlock(order))
		p := policy{}
		left := p.scrubExif(b)
		want := order.AppendUint16(nil, 0x0112)
		want = order.AppendUint16(want, 3)
		want = order.AppendUint32(want, 1)
		want = append(want, short(order, 6)...)
		if !bytes.Contains(b[:left], want) {
			t.Errorf("%v: the orientation went", order)
		}
		if left >= len(exifBlock(order)) {
			t.Errorf("%v: nothing was cut off", order)
		}
	}
}

func TestExifThatCannotBeRead(t *testing.T) {
	order := binary.BigEndian
	header := "MM\x00*" + long(order, 8)
	tests := map[string]string{
		"empty":          "",
		"no byte order":  "XX\x00*" + long(order, 8) + "\x00\x00",
		"no version":     "MM\x00\x2b" + long(order, 8) + "\x00\x00",
		"no directory":   "MM\x00*" + long(order, 5000),
		"cut":            header + short(order, 3) + strings.Repeat("\x00", 12),
		"in its header":  "MM\x00*" + long(order, 2),
		"in itself":      header + short(order, 2) + short(order, 0x0112, 3) + long(order, 1, 6<<16) + short(order, 0x8769, 4) + long(order, 1, 8, 0),
		"without an end": header + short(order, 2000),
	}
	for name, block := range tests {
		p := policy{}
		if left := p.scrubExif([]byte(block)); left != 0 {
			t.Errorf("%s: %d bytes are left", name, left)
		}
	}
}

// TestExifSharedBytes lets an entry that stays point to bytes of one that goes.
func TestExifSharedBytes(t *testing.T) {
	order := binary.LittleEndian
	b := buildTIFF(order, []entry{{tag: 0x0132, kind: 2, value: canary + "shared\x00"}, {tag: 0x013b, kind: 2, value: canary + "shared\x00"}}, nil)
	copy(b[10+12+8:], b[10+8:10+12])
	p := policy{}
	if left := p.scrubExif(b); bytes.Contains(b[:left], []byte(canary)) {
		t.Errorf("%q", b[:left])
	}
}

// chunksOf reads the chunks of a PNG and checks their sums.
func chunksOf(t *testing.T, b []byte) (names []string) {
	t.Helper()
	for at := 8; at < len(b); {
		n := int(binary.BigEndian.Uint32(b[at:]))
		names = append(names, string(b[at+4:at+8]))
		if crc32.ChecksumIEEE(b[at+4:at+8+n]) != binary.BigEndian.Uint32(b[at+8+n:]) {
			t.Errorf("checksum of %s", b[at+4:at+8])
		}
		at += 12 + n
	}
	return names
}

func TestPNG(t *testing.T) {
	out := mustFilter(t, samplesOf(t)["png"], nil)
	if names := strings.Join(chunksOf(t, out), " "); names != "IHDR gAMA eXIf tIME PLTE IDAT IEND" {
		t.Errorf("%s", names)
	}
	some := mustFilter(t, samplesOf(t)["png"], grant(consent.Location))
	if names := strings.Join(chunksOf(t, some), " "); names != "IHDR gAMA eXIf iTXt tIME PLTE IDAT IEND" {
		t.Errorf("%s", names)
	}
	texts := withChunks(pngFile(t), pngChunk("tEXt", "Software\x00stays"), pngChunk("tEXt", "Author\x00"+canary), pngChunk("tEXt", "Creation Time\x00stays"))
	out = mustFilter(t, texts, &Options{Anonymous: true})
	if bytes.Contains(out, []byte(canary)) || bytes.Count(out, []byte("stays")) != 2 {
		t.Errorf("%q", out)
	}
	base := pngFile(t)
	tests := []struct {
		name string
		in   []byte
		want error
	}{
		{"an unknown chunk that readers must know", withChunks(base, pngChunk("ABCD", "")), ErrMalformed},
		{"a name of no letters", withChunks(base, pngChunk("a1cd", "")), ErrMalformed},
		{"a length over the limit", withChunks(base, "\x80\x00\x00\x00tEXt"), ErrMalformed},
		{"cut in the header of a chunk", base[:8+25+3], ErrMalformed},
		{"cut in Exif", withChunks(base[:8+25], "\x00\x00\x00\x20eXIfMM"), ErrMalformed},
		{"cut in text", withChunks(base[:8+25], "\x00\x00\x00\x20tEXtAu"), nil},
		{"Exif that claims to be huge", withChunks(base, "\x7f\xff\xff\xfceXIf"), nil},
	}
	for _, test := range tests {
		if _, err := filter(test.in, nil); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestWebPKeepsItsLengths(t *testing.T) {
	for _, name := range []string{"webp", "webp/animated"} {
		b := samplesOf(t)[name]
		out := mustFilter(t, b, nil)
		if n := 8 + binary.LittleEndian.Uint32(out[4:]); int(n) != len(out) || !bytes.Equal(out[:30], b[:30]) {
			t.Errorf("%s: says %d bytes and has %d", name, n, len(out))
		}
		if !bytes.Contains(out, []byte(emptyXMP)) && name == "webp" {
			t.Error("XMP is no packet any more")
		}
	}
	huge := riff(vp8x(0x0c), riffChunk("VP8L", vp8l), riffChunk("EXIF", exifBlock(binary.BigEndian)+codedBytes(100<<10)), riffChunk("XMP ", xmpPacket+strings.Repeat(" ", 100<<10)))
	for _, o := range []*Options{{MaxHeld: 1}, {MaxHeld: 1, Granted: consent.Of(consent.Device)}} {
		out := mustFilter(t, huge, o)
		if bytes.Contains(out, []byte(canary)) || len(out) != len(huge) || !bytes.Contains(out, []byte(emptyExif)) {
			t.Error("metadata too large to be held")
		}
	}
	base := riffChunk("VP8L", vp8l)
	tests := []struct {
		name string
		in   []byte
		want error
	}{
		{"a chunk past the end", []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(4+len(base)+8))) + "WEBP" + base + "EXIF\xff\xff\x00\x00"), ErrMalformed},
		{"a chunk past its frame", riff(riffChunk("ANMF", strings.Repeat("\x00", 16)+"VP8L\xff\x00\x00\x00"), base), ErrMalformed},
		{"a short frame", riff(riffChunk("ANMF", "short")), ErrMalformed},
		{"an odd last chunk without padding", []byte("RIFF\x0d\x00\x00\x00WEBPEXIF\x01\x00\x00\x00x"), nil},
	}
	for _, test := range tests {
		if _, err := filter(test.in, nil); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestGIF(t *testing.T) {
	out := mustFilter(t, samplesOf(t)["gif"], nil)
	if !bytes.Equal(out, gifFile(t)) {
		t.Error("more than metadata went")
	}
	if !bytes.Contains(out, []byte("NETSCAPE2.0")) {
		t.Error("the loop went")
	}
	// What is between blocks ends the file, for browsers too.
	whole := gifFile(t)
	if out := mustFilter(t, append(whole[:len(whole)-1:len(whole)-1], "\x00\x21\xfe\x06"+canary+"\x00\x3b"...), nil); !bytes.Equal(out, whole) {
		t.Errorf("bytes between blocks: %d bytes for %d", len(out), len(whole))
	}
	for name, in := range map[string][]byte{
		"cut in a screen":     []byte("GIF89a\x01"),
		"cut in an extension": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00\x21\xfe"),
		"cut in a comment":    []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00\x21\xfe\x02ab"),
	} {
		if _, err := filter(in, nil); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOffsetsStay compares files whose parts are found by offsets: nothing but
// metadata changes, and nothing moves.
func TestOffsetsStay(t *testing.T) {
	for _, name := range []string{"heic", "heic/behind", "avif", "tiff/little", "tiff/big", "mp4", "mov", "jxl", "jp2"} {
		b := samplesOf(t)[name]
		out := mustFilter(t, b, nil)
		if len(out) != len(b) {
			t.Errorf("%s: %d bytes became %d", name, len(b), len(out))
			continue
		}
		coded := []byte(codedBytes(300))
		if at := bytes.Index(b, coded); at < 0 || bytes.Index(out, coded) != at {
			t.Errorf("%s: the picture moved", name)
		}
	}
}

func TestHEIF(t *testing.T) {
	picture := item{kind: "hvc1", data: codedBytes(100)}
	whole := heifFile("heic", true, picture, item{kind: "Exif", data: canary})
	table := bytes.Index(whole, []byte("iloc")) - 4
	tests := []struct {
		name string
		in   []byte
		o    *Options
		want error
	}{
		{"an item of unknown sort", heifFile("heic", true, picture, item{kind: "abcd", data: canary}), nil, ErrUnsupported},
		{"Exif that is none", heifFile("heic", true, picture, item{kind: "Exif", data: canary}), nil, nil},
		{"Exif in the index that is none", heifFile("heic", true, picture, item{kind: "Exif", data: canary, inIndex: true}), nil, nil},
		{"Exif past the end", whole[:len(whole)-2], nil, ErrMalformed},
		{"a large picture before its index", heifFile("heic", false, item{kind: "hvc1", data: codedBytes(100 << 10)}), &Options{MaxHeld: 1}, ErrTooLarge},
		{"a large picture behind its index", heifFile("heic", true, item{kind: "hvc1", data: codedBytes(100 << 10)}, item{kind: "Exif", data: canary}), &Options{MaxHeld: 1}, nil},
		{"large Exif behind its index", heifFile("heic", true, picture, item{kind: "Exif", data: canary + codedBytes(100<<10)}), &Options{MaxHeld: 1}, nil},
		{"a film's brand with the index behind", []byte(strings.ReplaceAll(strings.ReplaceAll(string(heifFile("mp42", false, picture, item{kind: "Exif", data: canary})), "mif1", "mp41"), "heic", "mp42")), nil, ErrUnsupported},
		{"Exif in two pieces", heifFile("heic", true, picture, item{kind: "Exif", data: exifItemData(exifBlock(binary.BigEndian)), halves: true}), nil, nil},
		{"no index", []byte(atom("ftyp", "heic", u32(0)) + atom("mdat", canary)), nil, ErrMalformed},
		{"two indexes", append(heifFile("heic", true, picture), heifFile("heic", true, picture)[24:]...), nil, ErrMalformed},
		{"a cut table", append(bytes.Clone(whole[:table]), atom("iloc", u32(1<<24), u16(0x4400, 9))...), nil, ErrMalformed},
	}
	for _, test := range tests {
		out, err := filter(test.in, test.o)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil && (bytes.Contains(out, []byte(canary)) || len(out) != len(test.in)) {
			t.Errorf("%s: %d bytes became %d", test.name, len(test.in), len(out))
		}
	}
}

func TestFilms(t *testing.T) {
	keyed := func(name string) string {
		return atom("mebx", u32(0, 1), atom("keys", atom("\x00\x00\x00\x01", atom("keyd", "mdta"+name))))
	}
	timed := func(handler, entry string) string { return trackOf(handler, entry, 100, 10) }
	tests := []struct {
		name string
		o    *Options
		more string
		want error
	}{
		{"a track of a camera's measurements", nil, timed("meta", atom("gpmd", u32(0, 1))), ErrUnsupported},
		{"another", grant(consent.Location), timed("camm", atom("camm", u32(0, 1))), ErrUnsupported},
		{"a track of a phone without places", nil, timed("meta", keyed("com.apple.quicktime.video-orientation")), nil},
		{"a track of a phone with places", nil, timed("meta", keyed("com.apple.quicktime.location.ISO6709")), ErrUnsupported},
		{"the same, granted", grant(consent.Location), timed("meta", keyed("com.apple.quicktime.location.ISO6709")), nil},
		{"sound", nil, timed("soun", atom("mp4a", u32(0, 1))), nil},
		{"a table of places that have passed", nil, atom("gps ", u32(1, 1, 100, 10)), ErrUnsupported},
		{"a cut table of places", nil, atom("gps ", u32(1)), ErrMalformed},
		{"a compressed index", nil, atom("cmov", canary), ErrUnsupported},
		{"a box past what encloses it", nil, "\x00\x00\xff\xffudta", ErrMalformed},
		{"a box below its own header", nil, atom("udta", "\x00\x00\x00\x07\xa9xyz", canary), ErrMalformed},
		{"items of pictures in a film", nil, atom("meta", u32(0), atom("hdlr", u32(0, 0), "mdta", u32(0, 0, 0)), atom("iloc", u32(0))), ErrUnsupported},
		{"keys past their end", nil, atom("meta", atom("hdlr", u32(0, 0), "mdta", u32(0, 0, 0)), atom("keys", u32(0, 1, 500), "mdta")), ErrMalformed},
		{"a list without keys", nil, atom("meta", atom("hdlr", u32(0, 0), "mdta", u32(0, 0, 0)), atom("ilst", atom(u32(1), atom("data", canary)))), nil},
		{"a wide header", nil, u32(1) + "udta" + u32(0, 16+8+uint32(len(atom("loci", canary)))-8) + atom("loci", canary), nil},
		{"metadata of a track", nil, timed("vide", videoEntry) + atom("trak", atom("udta", atom("name", canary)), atom("meta", u32(0), atom("hdlr", u32(0, 0, 0, 0, 0, 0)), atom("xml ", canary))), nil},
	}
	for _, test := range tests {
		b := filmFile("mp42", true, test.more)
		out, err := filter(b, test.o)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil && (bytes.Contains(out, []byte(canary)) || len(out) != len(b)) {
			t.Errorf("%s: %d bytes became %d: %q", test.name, len(b), len(out), out)
		}
	}
}

func TestFilmsInPieces(t *testing.T) {
	base := filmFile("mp42", true)
	piece := func(more ...string) string {
		return atom("moof", append([]string{atom("mfhd", u32(0, 1)), atom("traf", atom("tfhd", u32(0, 1)), atom("trun", u32(0, 1)))}, more...)...) + atom("mdat", "stays")
	}
	b := append(base, piece()+piece(atom("udta", atom("\xa9xyz", canary)))...)
	if out := mustFilter(t, b, nil); bytes.Count(out, []byte("stays")) != 2 || bytes.Contains(out, []byte(canary)) {
		t.Error("pieces of a film")
	}
	for name, tail := range map[string]string{
		"to the end":    "\x00\x00\x00\x00mdat" + codedBytes(100),
		"a wide size":   u32(1) + "mdat" + u32(0, 16+100) + codedBytes(100),
		"in free space": atom("free", strings.Repeat("\x00", 50)),
	} {
		b := append(filmFile("qt  ", false), tail...)
		if out := mustFilter(t, b, nil); !bytes.Equal(out, b) {
			t.Errorf("%s: changed", name)
		}
	}
	b = append(filmFile("mp42", true), "\x00\x00\x00\x02"+canary...)
	if out := mustFilter(t, b, nil); !bytes.Equal(out, filmFile("mp42", true)) {
		t.Error("a trailer that is no box stays")
	}
}

func TestTIFF(t *testing.T) {
	order := binary.LittleEndian
	preview := string(withSegments(jpegFile(t), segment(0xe1, exifHeader+exifBlock(order)), segment(0xe2, "ICC_PROFILE\x00\x01\x01stays")))
	with := tiffPicture(order,
		entry{tag: 330, kind: 4, sub: []entry{
			{tag: 256, kind: 3, value: short(order, 64)},
			{tag: 513, kind: 4, value: preview, pointer: true},
			{tag: 514, kind: 4, value: long(order, uint32(len(preview)))},
			{tag: 0xc634, kind: 7, value: canary + "private"},
		}})
	out := mustFilter(t, with, nil)
	if bytes.Contains(out, []byte(canary)) || !bytes.Contains(out, []byte("stays")) || len(out) != len(with) {
		t.Error("a preview in a file")
	}
	loop := tiffPicture(order)
	copy(loop[10+9*12:], long(order, 8))
	tests := []struct {
		name string
		in   []byte
		want error
	}{
		{"directories in a circle", loop, ErrMalformed},
		{"no directory", []byte("II*\x00\xff\xff\xff\x00"), ErrMalformed},
		{"strips without sizes", buildTIFF(order, []entry{{tag: 273, kind: 4, value: canary, pointer: true}}, nil), ErrMalformed},
		{"tables without sizes", tiffPicture(order, entry{tag: 519, kind: 4, value: canary, pointer: true}), ErrMalformed},
		{"a broken preview", tiffPicture(order, entry{tag: 513, kind: 4, value: "\xff\xd8\xff\xe1\xff\xff" + canary, pointer: true}, entry{tag: 514, kind: 4, value: long(order, 12)}), ErrMalformed},
		{"too large", append(tiffPicture(order), make([]byte, DefaultMaxHeld)...), ErrTooLarge},
	}
	for _, test := range tests {
		if _, err := filter(test.in, nil); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestBigTIFF(t *testing.T) {
	order := binary.BigEndian
	var b []byte
	add := func(parts ...uint64) {
		for _, p := range parts {
			b = order.AppendUint64(b, p)
		}
	}
	put := func(tag, kind uint16, n, value uint64) {
		b = order.AppendUint16(order.AppendUint16(b, tag), kind)
		add(n, value)
	}
	b = append(b, "MM\x00\x2b\x00\x08\x00\x00"...)
	add(16, 5)
	const data = 24 + 5*20 + 8
	put(256, 4, 1, 64<<32)
	put(273, 16, 1, data)
	put(279, 16, 1, 5)
	put(0x013b, 2, 13, data+5)
	put(0x0112, 3, 1, 6<<48)
	add(0)
	b = append(b, "stays"+canary+"artist\x00"...)
	out := mustFilter(t, b, nil)
	if bytes.Contains(out, []byte(canary)) || !bytes.Contains(out, []byte("stays")) || len(out) != len(b) || order.Uint64(out[16:]) != 4 {
		t.Errorf("%q", out)
	}
}

// TestAnnouncedSizesTakeNoMemory sends little of what is said to be much.
func TestAnnouncedSizesTakeNoMemory(t *testing.T) {
	uploads := [][]byte{
		withChunks(pngFile(t)[:33], "\x00\x70\x00\x00eXIf"),
		[]byte(atom("ftyp", "heic", u32(0)) + u32(7<<20) + "meta" + u32(0, 33) + "hdlr" + u32(0, 0) + "pict"),
		[]byte(atom("ftyp", "heic", u32(0)) + u32(7<<20) + "mdat"),
		[]byte("RIFF\xff\xff\xff\xffWEBPEXIF\x00\x00\x70\x00"),
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, b := range uploads {
		filter(b, nil)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("%d bytes", took)
	}
}

// TestNamesInFiles wants the texts of raw files' tags gone, which stand among those
// that a decoder needs.
func TestNamesInFiles(t *testing.T) {
	order := binary.LittleEndian
	for _, tag := range []uint16{0x010d, 0x0151, 0xc68b, 0xc6d2, 0xc6d3, 0xc6fe, 0xc789, 0xc7a1} {
		if out := mustFilter(t, tiffPicture(order, entry{tag: tag, kind: 2, value: canary + "\x00"}), nil); bytes.Contains(out, []byte(canary)) {
			t.Errorf("tag %#x stays", tag)
		}
	}
}
