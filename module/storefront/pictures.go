package storefront

import (
	"bytes"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"sync"
)

// pictureSide is the width and height of product pictures, in pixels.
const pictureSide = 480

// drawings are the product pictures: a ground and what stands on it.
var drawings = map[string]struct {
	ground uint32
	paints []paint
}{
	"mug": {0xdfe8df, []paint{
		{ring(ellipse(68, 53, 11, 13), 5), 0x8fb8a4},
		{taper(48, 55.5, 42, 35, 49, 3.5), 0xa9cdbb},
		{ellipse(48, 31, 21, 4.5), 0xc6e0d3},
		{ellipse(48, 32, 18.5, 3.4), 0x7a5536},
		{bar(35, 42, 36, 70, 2.4), 0xcfe6da},
	}},
	"lamp": {0xece2d2, []paint{
		{bar(50, 60, 50, 80, 2.6), 0x8a6a45},
		{box(50, 81, 30, 4, 2), 0x7a5c3a},
		{ellipse(50, 42, 27, 24), 0xfff2cf},
		{ring(ellipse(50, 42, 27, 8), 0.6), 0xe2cfa4},
		{ring(ellipse(50, 42, 27, 16), 0.6), 0xe2cfa4},
		{ring(ellipse(50, 42, 27, 24), 0.8), 0xd9c190},
		{box(50, 18.5, 16, 3, 1.2), 0x8a6a45},
		{box(50, 65.5, 16, 3, 1.2), 0x8a6a45},
	}},
	"notebook": {0xdde2ea, []paint{
		{box(53, 53, 46, 58, 2), 0xf4efe4},
		{box(51, 51.5, 46, 58, 2), 0xe9e2d2},
		{box(49, 50, 46, 58, 2), 0x2f4a6d},
		{box(30.5, 50, 0.8, 58, 0.2), 0xc8473d},
		{bar(26, 27, 30.5, 27, 0.8), 0xc8473d},
		{bar(26, 38, 30.5, 38, 0.8), 0xc8473d},
		{bar(26, 50, 30.5, 50, 0.8), 0xc8473d},
		{bar(26, 62, 30.5, 62, 0.8), 0xc8473d},
		{bar(26, 73, 30.5, 73, 0.8), 0xc8473d},
		{box(60, 39, 13, 26, 0.8), 0xf1e6cf},
		{bar(60, 31, 60, 46, 1.4), 0x3b3a38},
		{bar(56.5, 36, 63.5, 36, 1.2), 0x3b3a38},
		{bar(57, 42, 63, 42, 1.2), 0x3b3a38},
	}},
	"teapot": {0xeadfd6, []paint{
		{ring(ellipse(77, 53, 10, 12), 4.5), 0x7d3f2c},
		{bar(14, 41, 32, 58, 6.5), 0x7d3f2c},
		{ellipse(51, 57, 28, 22), 0x964d36},
		{ellipse(51, 37.5, 15, 5), 0x7d3f2c},
		{ellipse(51, 36, 13, 3.8), 0xa25a42},
		{ellipse(51, 30.5, 4.2, 4.2), 0x964d36},
		{box(51, 78, 27, 4, 1.6), 0x7d3f2c},
		{ellipse(40, 48, 5, 8), 0xa9634b},
	}},
	"headphones": {0xe3ddd6, []paint{
		{above(ring(ellipse(50, 50, 30, 32), 5), 54), 0x3d3a37},
		{above(ring(ellipse(50, 50, 27, 29), 1.6), 50), 0x5c5751},
		{box(25, 61, 10, 30, 5), 0x474340},
		{box(75, 61, 10, 30, 5), 0x474340},
		{box(19, 61, 11, 26, 5), 0x7a4f30},
		{box(81, 61, 11, 26, 5), 0x7a4f30},
		{bar(17, 52, 17, 70, 1), 0x98683f},
		{bar(83, 52, 83, 70, 1), 0x98683f},
	}},
	"vase": {0xdce4ec, []paint{
		{bar(51, 24, 66, 8, 1.3), 0x5d4433},
		{bar(58, 16, 57, 7, 1), 0x5d4433},
		{ellipse(66, 9, 2.8, 2.8), 0xd97b86}, {ellipse(57, 8, 2.4, 2.4), 0xe59aa3}, {ellipse(61, 15, 2.2, 2.2), 0xd97b86},
		{taper(50, 59, 46, 22, 46, 9), 0x2d55a0},
		{ellipse(50, 44, 24, 15), 0x3460ad},
		{box(50, 27, 9, 10, 2), 0x2d55a0},
		{ellipse(50, 22.5, 7, 2), 0x3f6dbc},
		{ellipse(50, 22.7, 5, 1.2), 0x1a3468},
		{ellipse(40, 45, 4, 8), 0x5a83c8},
	}},
	"bowl": {0xe8e4da, []paint{
		{below(ellipse(56, 42, 24, 22), 42), 0xdcd3c0},
		{ellipse(56, 42, 24, 5), 0xefe8d9},
		{box(56, 64.5, 15, 4, 1), 0xd0c6b1},
		{below(ellipse(44, 54, 27, 24), 54), 0xf6f1e6},
		{ellipse(44, 54, 27, 6), 0xfffcf4},
		{ellipse(44, 54.8, 23.5, 4.2), 0xe4dcca},
		{box(44, 79, 17, 4.4, 1.4), 0xe6dfcf},
		{below(ring(ellipse(44, 58, 26, 8), 1.1), 61), 0x3d6aa8},
	}},
	"umbrella": {0xe6e3dc, []paint{
		{bar(50, 20, 50, 82, 1.8), 0x8a6a45},
		{bar(50, 15, 50, 24, 2.6), 0x5d4433},
		{above(ellipse(50, 52, 40, 34), 52), 0xc23b2b},
		{above(ring(ellipse(50, 52, 24, 34), 0.5), 52), 0xa12c1f},
		{above(ring(ellipse(50, 52, 9, 34), 0.5), 52), 0xa12c1f},
		{above(ellipse(50, 52, 40, 5), 52), 0xa12c1f},
		{ring(ellipse(36, 38, 4, 4), 0.7), 0xeab46a},
		{ring(ellipse(62, 33, 3, 3), 0.7), 0xeab46a},
	}},
	"candle": {0xe9dfcd, []paint{
		{ellipse(50, 25, 3.2, 7.5), 0xf5a83c},
		{ellipse(50, 27, 1.8, 4.4), 0xfff0b8},
		{bar(50, 32, 50, 38, 0.9), 0x3d3a37},
		{box(50, 61, 42, 44, 4), 0xdba452},
		{ellipse(50, 40, 21, 4), 0xf0cd8c},
		{box(50, 63, 26, 20, 1.2), 0xfaf4e6},
		{bar(43, 59, 57, 59, 1), 0x8a6a45}, {bar(45, 63, 55, 63, 0.7), 0xb79a72}, {bar(45, 66, 55, 66, 0.7), 0xb79a72},
	}},
	"tin": {0xdde6da, []paint{
		{box(50, 55, 38, 50, 3), 0x4c7a4e},
		{box(50, 29, 40, 13, 2.4), 0x3c6440},
		{ellipse(50, 23, 19.5, 3), 0x5c8a5e},
		{box(50, 57, 20, 32, 1), 0xf3ecd8},
		{bar(50, 46, 50, 67, 1.2), 0x35533a},
		{ellipse(46, 52, 4, 1.8), 0x6f9d5f}, {ellipse(54, 56, 4, 1.8), 0x6f9d5f}, {ellipse(46, 60, 4, 1.8), 0x6f9d5f},
	}},
	"clock": {0xe4e0dc, []paint{
		{ellipse(50, 48, 33, 33), 0x8a6a45},
		{ellipse(50, 48, 30, 30), 0xfbf7ee},
		{bar(50, 21, 50, 25, 1.6), 0x3d3a37}, {bar(50, 71, 50, 75, 1.6), 0x3d3a37},
		{bar(23, 48, 27, 48, 1.6), 0x3d3a37}, {bar(73, 48, 77, 48, 1.6), 0x3d3a37},
		{bar(50, 48, 37, 38, 2.6), 0x3d3a37},
		{bar(50, 48, 66, 32, 1.8), 0x3d3a37},
		{bar(47, 55, 58, 28, 0.8), 0xc8473d},
		{ellipse(50, 48, 2.2, 2.2), 0xc8473d},
	}},
	"speaker": {0xe5e4d4, []paint{
		{box(50, 51, 44, 58, 9), 0xcfae72},
		{box(50, 51, 38, 52, 7), 0xddc08a},
		{ellipse(50, 60, 15, 15), 0x4a4541},
		{ellipse(50, 60, 11, 11), 0x5e5852},
		{ellipse(50, 60, 4, 4), 0x3a3633},
		{ellipse(50, 35, 6.5, 6.5), 0x4a4541},
		{ellipse(50, 35, 2.6, 2.6), 0x6b645d},
	}},
}

// pictures holds each product's picture, drawn when it is first asked for.
var pictures = func() map[string]func() encoded {
	all := make(map[string]func() encoded)
	for id, d := range drawings {
		all[id] = sync.OnceValue(func() encoded {
			var e encoded
			picture := draw(d.ground, d.paints, pictureSide)
			var b bytes.Buffer
			jpeg.Encode(&b, picture, &jpeg.Options{Quality: 88}) // a buffer takes all
			e.jpeg = bytes.Clone(b.Bytes())
			b.Reset()
			png.Encode(&b, picture)
			e.png = b.Bytes()
			return e
		})
	}
	return all
}()

// encoded is a picture in both formats that it is served in.
type encoded struct{ jpeg, png []byte }

// productImage serves /images/mug.jpg and /images/mug.png.
func productImage(w http.ResponseWriter, r *http.Request) {
	id, format, _ := strings.Cut(r.PathValue("file"), ".")
	picture, ok := pictures[id]
	if !ok || format != "jpg" && format != "png" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	if format == "png" {
		serveBytes(w, r, "image/png", picture().png, etag(picture().png))
		return
	}
	serveBytes(w, r, "image/jpeg", picture().jpeg, etag(picture().jpeg))
}
