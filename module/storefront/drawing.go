package storefront

import (
	"image"
	"image/color"
	"math"
)

// A picture is drawn from shapes that are given by their signed distance: how far
// a point lies outside of a shape, negative inside. Coordinates and sizes are in
// hundredths of the picture's side, from its top left corner.

// distance is the signed distance of a point from a shape.
type distance func(x, y float64) float64

// ellipse is an ellipse around a centre, with half-axes a and b. Its distance is a
// first-order estimate, which is good near the edge and needs no more.
func ellipse(cx, cy, a, b float64) distance {
	return func(x, y float64) float64 {
		x, y = (x-cx)/a, (y-cy)/b
		level, slope := math.Hypot(x, y), math.Hypot(x/a, y/b)
		if slope == 0 {
			return -min(a, b)
		}
		return level * (level - 1) / slope
	}
}

// box is a rectangle around a centre, w wide and h high, with corners of radius r.
func box(cx, cy, w, h, r float64) distance {
	return func(x, y float64) float64 {
		dx, dy := math.Abs(x-cx)-w/2+r, math.Abs(y-cy)-h/2+r
		return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - r
	}
}

// taper is a box whose width goes from top to bottom.
func taper(cx, cy, top, bottom, h, r float64) distance {
	return func(x, y float64) float64 {
		t := min(max((y-cy)/h+0.5, 0), 1)
		return box(cx, cy, top+(bottom-top)*t, h, r)(x, y)
	}
}

// bar is a straight stroke with round ends, w wide.
func bar(x1, y1, x2, y2, w float64) distance {
	return func(x, y float64) float64 {
		px, py, dx, dy := x-x1, y-y1, x2-x1, y2-y1
		t := min(max((px*dx+py*dy)/(dx*dx+dy*dy), 0), 1)
		return math.Hypot(px-dx*t, py-dy*t) - w/2
	}
}

// ring is the outline of a shape, w wide.
func ring(d distance, w float64) distance {
	return func(x, y float64) float64 { return math.Abs(d(x, y)) - w/2 }
}

// above keeps what of a shape lies above a height, below what lies below it.
func above(d distance, h float64) distance {
	return func(x, y float64) float64 { return max(d(x, y), y-h) }
}

func below(d distance, h float64) distance {
	return func(x, y float64) float64 { return max(d(x, y), h-y) }
}

// paint is a shape and its colour, as 0xRRGGBB.
type paint struct {
	shape  distance
	colour uint32
}

// rgb is a colour with components from 0 to 255.
type rgb [3]float64

func toRGB(c uint32) rgb {
	return rgb{float64(c >> 16), float64(c >> 8 & 0xff), float64(c & 0xff)}
}

func (c rgb) blend(d rgb, t float64) rgb {
	for i := range c {
		c[i] += (d[i] - c[i]) * t
	}
	return c
}

// shade makes a colour lighter or darker by a factor.
func (c rgb) shade(f float64) rgb {
	for i := range c {
		c[i] = min(c[i]*f, 255)
	}
	return c
}

// draw paints the shapes one over the other on a lit ground. The picture is side
// pixels wide and high.
func draw(ground uint32, paints []paint, side int) *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	scale := 100 / float64(side)
	at := func(p int) float64 { return (float64(p) + 0.5) * scale }
	for py := range side {
		for px := range side {
			x, y := at(px), at(py)
			c := toRGB(ground).shade(1.05 - 0.0016*math.Hypot(x-38, y-30))
			if y > 76 { // the table that the product stands on
				c = c.shade(0.965)
			}
			c = c.shade(1 - 0.28*max(1-math.Hypot((x-50)/42, (y-82)/7), 0)) // its shadow
			picture.SetRGBA(px, py, c.rgba())
		}
	}
	for _, p := range paints {
		for py := range side {
			for px := 0; px < side; px++ {
				x, y := at(px), at(py)
				d := p.shape(x, y)
				if d > scale {
					px += int(d / 2 / scale) // nothing of the shape is that near
					continue
				}
				lit := toRGB(p.colour).shade(1.10 - 0.0032*x - 0.0008*y)
				under := picture.RGBAAt(px, py)
				c := rgb{float64(under.R), float64(under.G), float64(under.B)}
				picture.SetRGBA(px, py, c.blend(lit, cover(d, scale)).rgba())
			}
		}
	}
	return picture
}

func (c rgb) rgba() color.RGBA {
	return color.RGBA{uint8(c[0] + 0.5), uint8(c[1] + 0.5), uint8(c[2] + 0.5), 255}
}

// cover is how much of a point a shape covers when its edge is soft by that much.
func cover(d, soft float64) float64 { return min(max(0.5-d/soft, 0), 1) }
