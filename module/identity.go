package module

import (
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"sync"

	"github.com/fairwaygate/fairway/filters/consent"
)

// identity knows the cookies and headers that tell who a person is. Together
// with one of them, data about a device is personal.
type identity struct {
	headers []string
	cookies []string
}

// newIdentity takes names that may be of either.
func newIdentity(names []string) identity {
	var id identity
	for _, name := range names {
		id.headers = append(id.headers, http.CanonicalHeaderKey(name))
		id.cookies = append(id.cookies, name)
	}
	return id
}

// found reports whether a request carries one of the names.
func (id *identity) found(h http.Header) bool {
	for _, name := range id.headers {
		if len(h[name]) > 0 {
			return true
		}
	}
	return id.in(h["Cookie"])
}

// in reports whether one of the cookies is in Cookie fields.
func (id *identity) in(fields []string) bool {
	for _, name := range id.cookies {
		for value := range cookieValues(fields, name) {
			if value != "" {
				return true
			}
		}
	}
	return false
}

// peppers makes the key of each day from one that never leaves the vault, so
// that a hashed identifier can't be followed from one day to the next.
type peppers struct {
	key []byte

	mu    sync.Mutex
	day   consent.Day
	today []byte
}

func (p *peppers) of(day consent.Day) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.today == nil || p.day != day {
		mac := hmac.New(sha256.New, p.key)
		mac.Write([]byte(day.String()))
		p.day, p.today = day, mac.Sum(nil)
	}
	return p.today
}
