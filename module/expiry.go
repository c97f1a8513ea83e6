package module

import (
	"math/rand/v2"
	"net/http"

	"github.com/fairwaygate/fairway/filters/cookie"
)

const (
	// expiryMax bounds the bytes of a response's header that expire cookies, for
	// proxies in front of the gateway refuse a header of more than a few KiB. The
	// browser brings what it still holds with its next request.
	expiryMax = 2 << 10
	// deepMax is how many of them are kept for cookies of deep paths, which are rare.
	deepMax = 512
)

// expireRefused removes from the browser what the request should not have brought,
// as much of it as there is room for. An erasure removes all.
func (x *exchange) expireRefused(h http.Header) {
	if len(x.refused) == 0 || x.expired || x.erased {
		return
	}
	x.expired = true
	e := expiries{fields: h["Set-Cookie"], left: expiryMax - deepMax}
	// Of more than there is room for, each response takes others.
	first := rand.IntN(len(x.refused))
	root := x.origin
	root.Path = "/"
	var scratch []string
	for i := range x.refused {
		scratch = cookie.AppendExpiry(scratch[:0], x.refused[(first+i)%len(x.refused)], root)
		e.add(scratch)
	}
	e.left += deepMax
	for i := 0; i < len(x.refused) && e.left > 0 && x.origin.Path != "/"; i++ {
		name := x.refused[(first+i)%len(x.refused)]
		shallow := len(cookie.AppendExpiry(scratch[:0], name, root))
		scratch = cookie.AppendExpiry(scratch[:0], name, x.origin)
		deep := scratch[shallow:]
		rand.Shuffle(len(deep), func(i, j int) { deep[i], deep[j] = deep[j], deep[i] })
		for i := range deep {
			e.add(deep[i : i+1])
		}
	}
	h["Set-Cookie"] = e.fields
	makePrivate(h)
}

// expiries are Set-Cookie fields that expire cookies, and the bytes left for more.
type expiries struct {
	fields []string
	left   int
}

// add takes fields that belong together, if there is room for all of them.
func (e *expiries) add(fields []string) {
	size := 0
	for _, field := range fields {
		size += len("Set-Cookie: \r\n") + len(field)
	}
	if size > e.left {
		return
	}
	e.fields = append(e.fields, fields...)
	e.left -= size
}
