package release

import (
	"encoding/binary"
	"io"
	"math"
	"math/bits"
)

// laplace draws from the discrete Laplace distribution, which gives an integer x
// with a probability proportional to exp(-|x|*num/den). It works on integers and
// random bits alone, so that its output is exactly that distribution: no rounding
// of floating-point numbers can give a count away.
//
// The method is that of Canonne, Kamath and Steinke, "The Discrete Gaussian for
// Differential Privacy" (2020), algorithms 1 and 2.
type laplace struct {
	random io.Reader
	buf    [4096]byte
	left   []byte
	err    error // the first failure of random; all draws after it are void
}

// draw returns one number for an inverse scale of num/den, both positive and at
// most 2^53. When the source of randomness has failed, l.err is set and the number
// is void.
func (l *laplace) draw(num, den int64) int64 {
	s, t := uint64(num), uint64(den)
	for l.err == nil {
		u := l.below(t)
		if !l.expOf(u, t) {
			continue
		}
		v := uint64(0)
		for l.err == nil && l.expOf(1, 1) {
			v++
		}
		y := int64((u + t*v) / s)
		negative := l.below(2) == 1
		if negative && y == 0 {
			continue // else zero would be drawn twice as often
		}
		if negative {
			return -y
		}
		return y
	}
	return 0
}

// expOf is true with probability exp(-num/den), for num at most den.
func (l *laplace) expOf(num, den uint64) bool {
	k := uint64(1)
	for l.err == nil && l.below(den*k) < num {
		k++
	}
	return k%2 == 1
}

// below returns a uniform number below n.
func (l *laplace) below(n uint64) uint64 {
	mask := ^uint64(0) >> bits.LeadingZeros64(n-1)
	if n == 1 {
		return 0
	}
	for l.err == nil {
		if v := l.word() & mask; v < n {
			return v
		}
	}
	return 0
}

func (l *laplace) word() uint64 {
	if len(l.left) < 8 {
		if _, l.err = io.ReadFull(l.random, l.buf[:]); l.err != nil {
			return 0
		}
		l.left = l.buf[:]
	}
	v := binary.LittleEndian.Uint64(l.left)
	l.left = l.left[8:]
	return v
}

// deviation returns the standard deviation of the distribution.
func deviation(num, den int64) float64 {
	t := math.Exp(-float64(num) / float64(den))
	return math.Sqrt(2*t) / (1 - t)
}
