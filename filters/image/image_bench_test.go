package image

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

// large returns n bytes of a coded picture: noise, in which JPEG escapes 0xff.
func large(n int) string {
	noise := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 0, n+1)
	for len(b) < n {
		if b = append(b, byte(noise.Uint32())); b[len(b)-1] == 0xff {
			b = append(b, 0)
		}
	}
	return string(b)
}

func BenchmarkNewReader(b *testing.B) {
	const size = 4 << 20
	data := large(size)
	block := exifBlock(binary.LittleEndian)
	jpeg := jpegFile(b)
	scan := bytes.Index(jpeg, []byte("\xff\xda")) + 14
	gif := []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00\x2c" + strings.Repeat("\x00", 9) + "\x08" + strings.Repeat("\xff"+data[:255], size/256) + "\x00\x3b")
	chunks := []string{}
	for at := 0; at < size; at += 8 << 10 {
		chunks = append(chunks, pngChunk("IDAT", data[at:at+8<<10]))
	}
	files := []struct {
		format string
		b      []byte
	}{
		{"jpeg", withSegments([]byte(string(jpeg[:scan])+data+"\xff\xd9"), segment(0xe1, exifHeader+block), segment(0xe1, xmpHeader+xmpPacket))},
		{"png", withChunks([]byte("\x89PNG\r\n\x1a\n"+pngChunk("IHDR", codedBytes(13))+pngChunk("IEND", "")), append(chunks, pngChunk("eXIf", block))...)},
		{"webp", riff(vp8x(0x0c), riffChunk("VP8L", data), riffChunk("EXIF", block), riffChunk("XMP ", xmpPacket))},
		{"gif", gif},
		{"heic", heifFile("heic", true, item{kind: "hvc1", data: data}, item{kind: "Exif", data: exifItemData(block)})},
		{"tiff", tiffPicture(binary.LittleEndian, entry{tag: 34675, kind: 7, value: data}, entry{tag: 0x013b, kind: 2, value: canary})},
		{"mp4", append(filmFile("mp42", true, quickTimeKeys([2]string{"com.apple.quicktime.location.ISO6709", canary})), atom("mdat", data)...)},
		{"mp4/timed", timed{"meta", atom("gpmd", u32(0, 1)), strings.SplitAfterN(data, "\x00", 2000)}.film(true, false)},
		{"other", []byte(data)},
	}
	for _, file := range files {
		for _, c := range []struct {
			consent string
			granted consent.Set
		}{{"none", 0}, {"location", consent.Of(consent.Location)}} {
			b.Run(fmt.Sprintf("format=%s/size=4M/consent=%s", file.format, c.consent), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(file.b)))
				o := &Options{Granted: c.granted}
				source := bytes.NewReader(nil)
				buffer := make([]byte, 32<<10)
				for b.Loop() {
					source.Reset(file.b)
					if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, NewReader(struct{ io.Reader }{source}, "", o), buffer); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
