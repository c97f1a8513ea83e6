package page

import (
	"encoding/base64"
	"slices"
)

// appendBase64 appends what is taken out of a document: standard Base64 (RFC 4648, section 4).
func appendBase64(dst, src []byte) []byte {
	if !wide || len(src) == 0 {
		return base64.StdEncoding.AppendEncode(dst, src)
	}
	n := base64.StdEncoding.EncodedLen(len(src))
	dst = slices.Grow(dst, n+blockSize)[:len(dst)+n]
	encodeBlocks(&dst[len(dst)-n], &src[0], len(src), &base64Tables)
	const padding = "=="
	copy(dst[len(dst)-(n/4*3-len(src)):], padding)
	return dst
}

// base64Table is what encodeBlocks looks up: where each digit's bits are among 48 bytes, and the
// digits.
type base64Table struct{ spread, alphabet [blockSize]byte }

var base64Tables = func() (t base64Table) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	copy(t.alphabet[:], letters)
	for i := range blockSize {
		t.spread[i] = byte(i/4*3 + [4]int{1, 0, 2, 1}[i%4])
	}
	return t
}()
