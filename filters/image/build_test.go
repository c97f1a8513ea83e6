package image

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	stdimage "image"
	"image/color"
	stdgif "image/gif"
	stdjpeg "image/jpeg"
	stdpng "image/png"
	"strings"
	"testing"
)

// picture is a small one with enough noise that its coded form has every sort of
// byte.
func picture(width, height int) *stdimage.Paletted {
	palette := make(color.Palette, 64)
	for i := range palette {
		palette[i] = color.RGBA{uint8(i * 4), uint8(255 - i*3), uint8(i * i), 255}
	}
	m := stdimage.NewPaletted(stdimage.Rect(0, 0, width, height), palette)
	seed := uint32(7)
	for i := range m.Pix {
		seed = seed*1664525 + 1013904223
		m.Pix[i] = uint8(seed>>24) % 64
	}
	return m
}

func jpegFile(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, picture(64, 48), &stdjpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngFile(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := stdpng.Encode(&b, picture(64, 48)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifFile(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	g := &stdgif.GIF{Image: []*stdimage.Paletted{picture(32, 24), picture(32, 24)}, Delay: []int{5, 5}}
	if err := stdgif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// riffChunk is a chunk of RIFF with its padding.
func riffChunk(name, data string) string {
	s := name + string(binary.LittleEndian.AppendUint32(nil, uint32(len(data)))) + data
	if len(data)%2 == 1 {
		s += "\x00"
	}
	return s
}

func riff(chunks ...string) []byte {
	s := "WEBP" + strings.Join(chunks, "")
	return []byte("RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s)
}

// vp8l is the coded form of one white pixel.
const vp8l = "\x2f\x00\x00\x00\x00\x07\xd0\xff\xfe\xf7\xbf\xff\x81\x88\x88\x08\x88\x88\xe8\x7f\x00"

func vp8x(flags byte) string {
	return riffChunk("VP8X", string([]byte{flags, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
}

// atom is a box.
func atom(name string, contents ...string) string {
	s := strings.Join(contents, "")
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(s)))) + name + s
}

// u32 and u16 write numbers.
func u32(values ...uint32) string {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return string(b)
}

func u16(values ...uint16) string {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return string(b)
}

// coded stands for coded pictures: bytes of every value.
func codedBytes(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 31)
	}
	return string(b)
}

// item is an item of a file of pictures.
type item struct {
	kind, mime string
	data       string
	inIndex    bool
	halves     bool // lies in two pieces
}

// heifFile is a file of pictures in which the index stands before or behind the
// data.
func heifFile(brand string, indexFirst bool, items ...item) []byte {
	ftyp := atom("ftyp", brand, u32(0), "mif1", brand)
	mdat := ""
	for _, it := range items {
		if !it.inIndex {
			mdat += it.data
		}
	}
	if indexFirst {
		start := len(ftyp) + len(heifIndex(0, items)) + 8
		return []byte(ftyp + heifIndex(start, items) + atom("mdat", mdat))
	}
	return []byte(ftyp + atom("mdat", mdat) + heifIndex(len(ftyp)+8, items))
}

// heifIndex is the index of items whose data begin at start, one after another.
func heifIndex(start int, items []item) string {
	infos, idat := "", ""
	for i, it := range items {
		infos += atom("infe", u32(2<<24), u16(uint16(i+1), 0), it.kind, "\x00", it.mime)
		if it.inIndex {
			idat += it.data
		}
	}
	places, inFile, inIndex := "", start, 0
	for i, it := range items {
		method, at := 0, &inFile
		if it.inIndex {
			method, at = 1, &inIndex
		}
		sizes := []int{len(it.data)}
		if it.halves {
			sizes = []int{len(it.data) / 2, len(it.data) - len(it.data)/2}
		}
		places += u16(uint16(i+1), uint16(method), 0, uint16(len(sizes)))
		for _, n := range sizes {
			places += u32(uint32(*at), uint32(n))
			*at += n
		}
	}
	return atom("meta", u32(0),
		atom("hdlr", u32(0, 0), "pict", u32(0, 0, 0), "\x00"),
		atom("pitm", u32(0), u16(1)),
		atom("iloc", u32(1<<24), u16(0x4400, uint16(len(items))), places),
		atom("iinf", u32(0), u16(uint16(len(items))), infos),
		atom("iprp",
			atom("ipco", atom("ispe", u32(0, 64, 48)), atom("irot", "\x01"), atom("colr", "nclx", u16(1, 13, 6), "\x80")),
			atom("ipma", u32(0, 1), u16(1), "\x03\x81\x82\x03")),
		atom("idat", idat))
}

// animationFile is a sequence of pictures. The index of its track has one item of
// metadata more than the file's.
func animationFile(items ...item) []byte {
	ftyp := atom("ftyp", "avis", u32(0), "avif", "avis", "msf1", "mif1")
	before := func(start int) string {
		return ftyp + heifIndex(start, items[:len(items)-1]) +
			atom("moov", movieHeader(), trackOf("pict", videoEntry, uint32(start), uint32(len(items[0].data)), heifIndex(start, items)))
	}
	b := before(len(before(0)) + 8)
	data := ""
	for _, it := range items {
		data += it.data
	}
	return []byte(b + atom("mdat", data))
}

// trackOf is a track of one sample.
func trackOf(handlerName string, entry string, offset, size uint32, more ...string) string {
	return atom("trak", append([]string{
		atom("tkhd", u32(7, 0, 0, 1, 0, 1000, 0, 0, 0, 0x0100), matrix, u32(64<<16, 48<<16)),
		atom("mdia",
			atom("mdhd", u32(0, 0, 0, 1000, 1000, 0x55c40000)),
			atom("hdlr", u32(0, 0), handlerName, u32(0, 0, 0), "Handler\x00"),
			atom("minf",
				atom("vmhd", u32(1, 0, 0)),
				atom("dinf", atom("dref", u32(0, 1), atom("url ", u32(1)))),
				atom("stbl",
					atom("stsd", u32(0, 1), entry),
					atom("stts", u32(0, 1, 1, 1000)),
					atom("stsc", u32(0, 1, 1, 1, 1)),
					atom("stsz", u32(0, 0, 1, size)),
					atom("stco", u32(0, 1, offset))))),
	},
		more...)...)
}

var matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

var videoEntry = atom("mp4v", u32(0), u16(0, 1), u32(0, 0, 0, 0), u16(64, 48), u32(0x480000, 0x480000, 0), u16(1), strings.Repeat("\x00", 32), u16(24, 0xffff))

// filmFile is a film of one sample with more boxes in moov.
func filmFile(brand string, indexFirst bool, more ...string) []byte {
	ftyp := atom("ftyp", brand, u32(0), brand)
	sample := codedBytes(3000)
	moov := func(offset int) string {
		return atom("moov", append([]string{
			atom("mvhd", u32(0, 0, 0, 1000, 1000, 0x10000, 0x01000000, 0, 0), matrix, u32(0, 0, 0, 0, 0, 0, 2)),
			trackOf("vide", videoEntry, uint32(offset), uint32(len(sample))),
		},
			more...)...)
	}
	if indexFirst {
		return []byte(ftyp + moov(len(ftyp)+len(moov(0))+8) + atom("mdat", sample))
	}
	return []byte(ftyp + atom("mdat", sample) + moov(len(ftyp)+8))
}

// tiffPicture is a TIFF file of one uncompressed strip, made by hand.
func tiffPicture(order binary.AppendByteOrder, more ...entry) []byte {
	strip := codedBytes(64 * 48)
	return buildTIFF(order, append([]entry{
		{tag: 256, kind: 4, value: long(order, 64)},
		{tag: 257, kind: 4, value: long(order, 48)},
		{tag: 258, kind: 3, value: short(order, 8)},
		{tag: 259, kind: 3, value: short(order, 1)},
		{tag: 262, kind: 3, value: short(order, 1)},
		{tag: 273, kind: 4, value: strip, pointer: true},
		{tag: 277, kind: 3, value: short(order, 1)},
		{tag: 278, kind: 4, value: long(order, 48)},
		{tag: 279, kind: 4, value: long(order, uint32(len(strip)))},
	}, more...), nil)
}

// entry is an entry of a directory. With pointer its value is the offset of the
// given bytes; with sub, that of a directory.
type entry struct {
	tag, kind uint16
	value     string
	pointer   bool
	sub       []entry
}

func long(order binary.AppendByteOrder, values ...uint32) string {
	var b []byte
	for _, v := range values {
		b = order.AppendUint32(b, v)
	}
	return string(b)
}

func short(order binary.AppendByteOrder, values ...uint16) string {
	var b []byte
	for _, v := range values {
		b = order.AppendUint16(b, v)
	}
	return string(b)
}

// buildTIFF writes a structure with one or two directories.
func buildTIFF(order binary.AppendByteOrder, first, second []entry) []byte {
	mark := "MM"
	if order.String() == "LittleEndian" {
		mark = "II"
	}
	b := []byte(mark + short(order, 42) + long(order, 8))
	put := order.(binary.ByteOrder)
	link := func(entries []entry) (at, end int) {
		at = len(b)
		b = append(b, short(order, uint16(len(entries)))...)
		b = append(b, make([]byte, 12*len(entries)+4)...)
		return at, len(b) - 4
	}
	var fill func(at int, entries []entry)
	fill = func(at int, entries []entry) {
		for i, e := range entries {
			field := at + 2 + 12*i
			n := len(e.value) / int(typeSizes[e.kind])
			switch {
			case e.sub != nil:
				n = 1
				sub, _ := link(e.sub)
				put.PutUint32(b[field+8:], uint32(sub))
				fill(sub, e.sub)
			case e.pointer:
				n = 1
				put.PutUint32(b[field+8:], uint32(len(b)))
				b = append(b, e.value...)
			case len(e.value) <= 4:
				copy(b[field+8:], e.value)
			default:
				put.PutUint32(b[field+8:], uint32(len(b)))
				b = append(b, e.value...)
			}
			put.PutUint16(b[field:], e.tag)
			put.PutUint16(b[field+2:], e.kind)
			put.PutUint32(b[field+4:], uint32(n))
			if len(b)%2 == 1 {
				b = append(b, 0)
			}
		}
	}
	at, end := link(first)
	fill(at, first)
	if second != nil {
		next, _ := link(second)
		put.PutUint32(b[end:], uint32(next))
		fill(next, second)
	}
	return b
}

// Values that must not come out begin so.
const canary = "CANARY"

// exifBlock is what a camera writes: places, identities, a preview, and bytes to
// which nothing points. What stays begins with "stays".
func exifBlock(order binary.AppendByteOrder) string {
	b := buildTIFF(order, []entry{
		{tag: 0x010f, kind: 2, value: canary + "make\x00"},
		{tag: 0x0110, kind: 2, value: canary + "model\x00"},
		{tag: 0x0112, kind: 3, value: short(order, 6)},
		{tag: 0x011a, kind: 5, value: long(order, 72, 1)},
		{tag: 0x0132, kind: 2, value: "stays 2026:01:02\x00"},
		{tag: 0x013b, kind: 2, value: canary + "artist\x00"},
		{tag: 0x8298, kind: 2, value: canary + "copyright\x00"},
		{tag: 0x8769, kind: 4, sub: []entry{
			{tag: 0x829a, kind: 5, value: long(order, 1, 125)},
			{tag: 0x9003, kind: 2, value: "stays 2026:01:03\x00"},
			{tag: 0x927c, kind: 7, value: canary + "maker note"},
			{tag: 0x9286, kind: 7, value: "ASCII\x00\x00\x00" + canary},
			{tag: 0xa005, kind: 4, sub: []entry{{tag: 1, kind: 2, value: "R98\x00"}}},
			{tag: 0xa420, kind: 2, value: canary + "unique\x00"},
			{tag: 0xa430, kind: 2, value: canary + "owner\x00"},
			{tag: 0xa431, kind: 2, value: canary + "serial\x00"},
			{tag: 0xfde8, kind: 2, value: canary + "unheard of\x00"},
		}},
		{tag: 0x8825, kind: 4, sub: []entry{
			{tag: 0, kind: 1, value: "\x02\x03\x00\x00"},
			{tag: 1, kind: 2, value: "N\x00"},
			{tag: 2, kind: 5, value: long(order, 52, 1, 30, 1, 58, 1)},
			{tag: 28, kind: 7, value: "ASCII\x00\x00\x00" + canary + "area"},
		}},
		{tag: 0x9c9d, kind: 1, value: canary + "author\x00"},
	}, []entry{
		{tag: 0x0201, kind: 4, value: canary + "preview", pointer: true},
		{tag: 0x0202, kind: 4, value: long(order, 13)},
	})
	return string(b) + canary + "behind"
}

// xmpPacket tells places and identities in all forms of RDF.
const xmpPacket = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="CANARYtoolkit"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="uuid:CANARYabout" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 exif:GPSLatitude="CANARYplace" xmlns:aux='http://ns.adobe.com/exif/1.0/aux/' aux:SerialNumber='CANARYserial>' photoshop:City = "CANARYcity"/>
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
<dc:creator><rdf:Seq><rdf:li>CANARYcreator</rdf:li></rdf:Seq></dc:creator>
<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li rdf:parseType="Resource"><Iptc4xmpExt:City>CANARYshown</Iptc4xmpExt:City></rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>
<dc:title>CANARYtitle</dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>`

// segment is a segment of JPEG.
func segment(marker byte, data string) string {
	return string([]byte{0xff, marker}) + u16(uint16(2+len(data))) + data
}

func dataSet(record, number byte, value string) string {
	return string([]byte{0x1c, record, number}) + u16(uint16(len(value))) + value
}

func resource(id uint16, data string) string {
	s := "8BIM" + u16(id) + "\x00\x00" + u32(uint32(len(data))) + data
	if len(data)%2 == 1 {
		s += "\x00"
	}
	return s
}

// withSegments puts segments behind the first marker of a JPEG.
func withSegments(b []byte, segments ...string) []byte {
	return []byte(string(b[:2]) + strings.Join(segments, "") + string(b[2:]))
}

// pngChunk is a chunk of PNG.
func pngChunk(name, data string) string {
	return u32(uint32(len(data))) + name + data + u32(crc32.ChecksumIEEE([]byte(name+data)))
}

// withChunks puts chunks behind IHDR.
func withChunks(b []byte, chunks ...string) []byte {
	const head = 8 + 25
	return []byte(string(b[:head]) + strings.Join(chunks, "") + string(b[head:]))
}

// withExtensions puts extensions behind the header of a GIF.
func withExtensions(b []byte, extensions ...string) []byte {
	head := 13 + colours(b[10])
	return []byte(string(b[:head]) + strings.Join(extensions, "") + string(b[head:]))
}

// xmpExtension is XMP in a GIF: text that is no sub-blocks, and a trailer in which
// a reader of sub-blocks ends up wherever it comes from.
func xmpExtension(packet string) string {
	s := "\x21\xff\x0bXMP DataXMP" + packet + "\x01"
	for i := 255; i >= 0; i-- {
		s += string([]byte{byte(i)})
	}
	return s + "\x00"
}

// exifItemData is Exif as items of HEIF hold it.
func exifItemData(block string) string { return u32(6) + exifHeader + block }

// quickTimeKeys is metadata by keys.
func quickTimeKeys(pairs ...[2]string) string {
	names, items := "", ""
	for i, p := range pairs {
		names += atom("mdta", p[0])
		items += atom(u32(uint32(i+1)), atom("data", u32(1, 0), p[1]))
	}
	return atom("meta", atom("hdlr", u32(0, 0), "mdta", u32(0, 0, 0), "\x00"),
		atom("keys", u32(0, uint32(len(pairs))), names), atom("ilst", items))
}

// samples are files with places and identities, one or more a format.
func samplesOf(t testing.TB) map[string][]byte {
	t.Helper()
	little, big := exifBlock(binary.LittleEndian), exifBlock(binary.BigEndian)
	icc := segment(0xe2, "ICC_PROFILE\x00\x01\x01stays"+strings.Repeat("profile", 20))
	second := string(withSegments(jpegFile(t), segment(0xe1, exifHeader+little)))
	film := []string{
		atom("udta",
			atom("\xa9xyz", u16(20, 0x15c7), canary+"+52.5162+013.3777/"),
			atom("loci", u32(0), u16(0x15c7), canary+"\x00", u32(0, 0, 0)),
			atom("\xa9mod", u16(9, 0x15c7), canary+"mod"),
			atom("\xa9enc", u16(9, 0x15c7), canary+"enc"),
			atom("slno", u32(0), canary),
			atom("LOOP", u32(0)),
			atom("meta", u32(0), atom("hdlr", u32(0, 0), "mdir", "appl", u32(0, 0), "\x00"),
				atom("ilst", atom("\xa9ART", atom("data", u32(1, 0), canary)), atom("trkn", atom("data", u32(0, 0), "stays")))),
			"\x00\x00\x00\x00"),
		quickTimeKeys([2]string{"com.apple.quicktime.location.ISO6709", canary}, [2]string{"com.apple.quicktime.creationdate", "stays"},
			[2]string{"com.apple.quicktime.model", canary}, [2]string{"com.example." + canary, canary}),
		atom("uuid", xmpUserType, xmpPacket),
		atom("free", canary),
		atom("abcd", canary),
	}
	return map[string][]byte{
		"jpeg": append(withSegments(jpegFile(t), segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"), segment(0xe0, "JFXX\x00\x10"+canary),
			segment(0xe1, exifHeader+little), segment(0xe1, exifHeader+canary), segment(0xe1, xmpHeader+xmpPacket),
			segment(0xe1, "http://ns.adobe.com/xmp/extension/\x00"+canary), icc, segment(0xe2, "MPF\x00"+canary),
			segment(0xed, photoshopHeader+resource(0x040c, canary)+resource(0x0404, dataSet(2, 0, "\x00\x04")+dataSet(2, 90, canary+"city")+dataSet(2, 80, canary+"line"))),
			segment(0xec, "Ducky"+canary), segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x00"), segment(0xfe, canary)), second...),
		"png": append(withChunks(pngFile(t), pngChunk("gAMA", u32(45455)), pngChunk("eXIf", big), pngChunk("tEXt", "Comment\x00"+canary),
			pngChunk("zTXt", "Raw profile type exif\x00\x00"+canary), pngChunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmpPacket),
			pngChunk("caBX", canary), pngChunk("tIME", "\x07\xea\x01\x02\x03\x04\x05")), canary...),
		"webp": append(riff(vp8x(0x0c), riffChunk("VP8L", vp8l), riffChunk("EXIF", little), riffChunk("XMP ", xmpPacket+strings.Repeat(" ", 1-len(xmpPacket)%2)), riffChunk("C2PA", canary)), canary...),
		"webp/animated": riff(vp8x(0x0e), riffChunk("ANIM", "\x00\x00\x00\x00\x00\x00"),
			riffChunk("ANMF", strings.Repeat("\x00", 16)+riffChunk("VP8L", vp8l)+riffChunk("abcd", canary)), riffChunk("EXIF", exifHeader+big)),
		"gif": append(withExtensions(gifFile(t), "\x21\xfe\x06"+canary+"\x00", xmpExtension(xmpPacket), "\x21\xff\x0bMGK8BIM0000\x06"+canary+"\x00"), canary...),
		"heic": heifFile("heic", true, item{kind: "hvc1", data: codedBytes(500)}, item{kind: "Exif", data: exifItemData(big)},
			item{kind: "mime", mime: "application/rdf+xml\x00", data: xmpPacket}, item{kind: "mime", mime: "text/plain\x00", data: canary}, item{kind: "hvc1", data: codedBytes(300)}),
		"heic/behind": heifFile("heic", false, item{kind: "hvc1", data: codedBytes(500)}, item{kind: "Exif", data: exifItemData(big)},
			item{kind: "mime", mime: "application/rdf+xml\x00", data: xmpPacket}),
		"avif": heifFile("avif", true, item{kind: "av01", data: codedBytes(500)}, item{kind: "Exif", data: u32(0) + little, inIndex: true},
			item{kind: "mime", mime: "application/rdf+xml\x00", data: xmpPacket, inIndex: true}),
		"avif/animated": animationFile(item{kind: "av01", data: codedBytes(500)}, item{kind: "Exif", data: u32(0) + little},
			item{kind: "mime", mime: "application/rdf+xml\x00", data: xmpPacket}),
		"tiff/little":   fileOf(binary.LittleEndian),
		"tiff/big":      fileOf(binary.BigEndian),
		"mp4":           filmFile("mp42", true, film...),
		"mov":           append(filmFile("qt  ", false, film...), atom("uuid", xmpUserType, xmpPacket)...),
		"mp4/timed":     timedTracks["gopro"].film(true, false),
		"mp4/fragments": timedTracks["gopro"].fragments(),
		"mp4/text":      timedTracks["text"].film(true, false),
		"mp4/behind":    timedTracks["gopro"].film(false, false),
		"mp4/dashboard": dashboard(false, 200),
		"jxl": []byte("\x00\x00\x00\x0cJXL \r\n\x87\n" + atom("ftyp", "jxl ", u32(0), "jxl ") + atom("Exif", u32(0), little) +
			atom("xml ", xmpPacket) + atom("brob", "Exif"+canary) + atom("jxlc", codedBytes(400))),
		"jp2": []byte("\x00\x00\x00\x0cjP  \r\n\x87\n" + atom("ftyp", "jp2 ", u32(0), "jp2 ") + atom("jp2h", atom("ihdr", codedBytes(14)), atom("xml ", canary)) +
			atom("uuid", xmpUserType, xmpPacket) + atom("uuid", "JpgTiffExif->JP2"+little) + atom("jp2c", codedBytes(400))),
	}
}

// fileOf is a TIFF file with the data of a camera.
func fileOf(order binary.AppendByteOrder) []byte {
	return append(tiffPicture(order,
		entry{tag: 0x010f, kind: 2, value: canary + "make\x00"},
		entry{tag: 274, kind: 3, value: short(order, 6)},
		entry{tag: 700, kind: 1, value: xmpPacket},
		entry{tag: 33723, kind: 7, value: dataSet(2, 90, canary)},
		entry{tag: 34675, kind: 7, value: "stays" + codedBytes(60)},
		entry{tag: 0x8769, kind: 4, sub: []entry{{tag: 0x9003, kind: 2, value: "stays 2026:01:03\x00"}, {tag: 0xa431, kind: 2, value: canary + "serial\x00"}}},
		entry{tag: 0x8825, kind: 4, sub: []entry{{tag: 28, kind: 7, value: canary + "area"}}},
	), canary...)
}
