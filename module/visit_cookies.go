package module

import (
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/visit"
)

// The visit cookie is a constant, so its field is too.
var visitFields = [2]string{
	ownCookie(visitCookie, "1", visit.VisitLifetime, false),
	ownCookie(hostPrefix+visitCookie, "1", visit.VisitLifetime, true),
}

func (x *exchange) hasVisit() bool {
	for value := range cookieValues(x.brought, x.ownName(visitCookie)) {
		if value == "1" {
			return true
		}
	}
	return false
}

func (x *exchange) setVisit() { x.setCookie(visitFields[b2i(x.origin.Secure)]) }

// dates reads the content of the dates cookie; "" when there is none that is
// genuine, or two that differ.
func (x *exchange) dates() string {
	found := ""
	for value := range cookieValues(x.brought, x.ownName(datesCookie)) {
		content, err := x.gateway.app.vault.dates.Check(x.boundTo(datesCookie), value, x.today)
		if err != nil || found != "" && content != found {
			x.site.failure(failCookie)
			return ""
		}
		found = content
	}
	return found
}

// setDates sets the dates cookie. The end of its life is told to the minute, so that
// all with one content are given the same field.
func (x *exchange) setDates(content []byte, life time.Duration) {
	field, err := x.gateway.app.vault.written.of(datesField{
		site: x.origin.Host, secure: x.origin.Secure,
		day: x.today, life: min(life, choiceLife).Truncate(time.Minute),
	}, content, x)
	if err != nil {
		x.site.failure(failKey)
		return
	}
	x.setCookie(field)
}

// datesFields remembers the Set-Cookie fields of the dates cookie that were written
// last, so that most beacons need neither write nor mint one. Its memory is fixed,
// and it takes no lock.
type datesFields struct {
	seed  maphash.Seed
	slots [1024]atomic.Pointer[datesField]
}

type datesField struct {
	site    string
	secure  bool
	day     consent.Day
	life    time.Duration
	content string
	field   string
}

// of returns the field for a content under the circumstances of want.
func (d *datesFields) of(want datesField, content []byte, x *exchange) (string, error) {
	slot := &d.slots[maphash.Bytes(d.seed, content)%uint64(len(d.slots))]
	if found := slot.Load(); found != nil && found.content == string(content) && found.site == want.site &&
		found.secure == want.secure && found.day == want.day && found.life == want.life {
		return found.field, nil
	}
	value, err := x.gateway.app.vault.dates.Value(x.boundTo(datesCookie), string(content), want.day)
	if err != nil {
		return "", err
	}
	made := want
	made.content = string(content)
	made.field = ownCookie(x.ownName(datesCookie), value, want.life, want.secure)
	slot.Store(&made)
	return made.field, nil
}
