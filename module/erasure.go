package module

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/module/pages"
)

// What an erasure call asks a partner to erase.
const (
	scopeVisitor = "visitor" // what one browser left
	scopeAccount = "account" // all of an account, as the storefront says
)

// eraseWait is how long a visitor waits for the store. The calls are taken all
// the same when it is over.
const eraseWait = time.Second

// erasePage asks a visitor to confirm.
func (o *own) erasePage(x *exchange) error {
	v := o.view(x)
	for _, c := range o.gateway.app.clerk.callers {
		v.Erase.Partners = append(v.Erase.Partners, pages.Told{Partner: c.partner})
	}
	return x.page(v, x.rules.pages.Erase, nil)
}

// eraseAll erases what a visitor's browser holds, and has the partners told.
func (o *own) eraseAll(x *exchange) error {
	told, stored := x.erase(scopeVisitor)
	x.expireErased(x.w.Header())
	// The page that asked said so: what the storefront keeps in the browser
	// goes too (Clear Site Data, section 3.1). Cookies are expired one by one,
	// for "cookies" would take those of all sites under the domain, and the
	// refusal that this response may set.
	x.w.Header().Set("Clear-Site-Data", `"storage"`)
	if stored != nil {
		select {
		case <-stored:
		case <-time.After(eraseWait):
		case <-x.r.Context().Done():
		}
	}
	v := o.view(x)
	v.Erase = pages.Erase{Done: true, Partners: told}
	return x.page(v, x.rules.pages.Erase, struct {
		Erased   bool         `json:"erased"`
		Partners []pages.Told `json:"partners"`
	}{true, notNil(told)})
}

// erase withdraws everything, forgets the visitor, and has the partners told.
// The cookies that the request brought are expired by expireErased, when it is
// known which ones the response sets. The channel is closed when the calls to
// the partners are stored; it is nil when there are none.
func (x *exchange) erase(scope string) (told []pages.Told, stored <-chan struct{}) {
	mechanism := "erasure"
	if scope == scopeAccount {
		mechanism = "storefront"
	}
	minor := x.choice.Minor
	x.erased = true
	x.withdraw(mechanism)
	for _, name := range []string{datesCookie, visitCookie, noticesCookie} {
		x.setOwn(name, "", 0)
	}
	// The refusal goes too, unless without it something would be granted.
	in := x.input()
	if d := x.rules.Decide(&in); !minor && d.Granted == consent.Of(consent.Necessary) {
		x.setOwn(choiceCookie, "", 0)
		x.choice, x.decision = consent.Choice{}, d
	}
	return x.tellPartners(scope)
}

// tellPartners has every partner with an address for it told of an erasure. Each
// gets a token of its own, so that no two can compare.
func (x *exchange) tellPartners(scope string) (told []pages.Told, stored <-chan struct{}) {
	clerk := x.gateway.app.clerk
	if len(clerk.callers) == 0 {
		return nil, nil
	}
	calls := make([]Erasure, len(clerk.callers))
	for i, c := range clerk.callers {
		calls[i] = Erasure{
			Token: randomToken(), Partner: c.partner, Site: x.site.site, Scope: scope,
			Day: x.today.String(), Retry: x.now,
		}
	}
	// The storefront is trusted; a stranger could have partners called for ever.
	taken := scope == scopeAccount || clerk.desk.erasing.Allow(x.client, x.now)
	if taken {
		stored, taken = clerk.desk.add(calls)
	}
	if !taken {
		x.site.failure(failErasure)
	}
	for _, e := range calls {
		t := pages.Told{Partner: e.Partner}
		if taken {
			t.Token = e.Token
		}
		told = append(told, t)
	}
	return told, stored
}

// expireErased expires every cookie that the request brought, of an exchange in
// which the visitor was erased. What the storefront sets in the same response
// is new and stays.
func (x *exchange) expireErased(h http.Header) {
	if !x.erased {
		return
	}
	var skip []string
	for _, field := range h["Set-Cookie"] {
		name, _, _ := strings.Cut(field, "=")
		skip = append(skip, strings.TrimSpace(name))
	}
	fields, n := h["Set-Cookie"], 0
	for name := range cookieNames(x.r.Header["Cookie"]) {
		if n >= refusedMax {
			break
		}
		if x.isOwnName(name) || slices.Contains(skip, name) {
			continue
		}
		fields = cookie.AppendExpiry(fields, name, x.origin)
		skip = append(skip, name)
		n++
	}
	h["Set-Cookie"] = fields
	makePrivate(h)
}

// cookieNames iterates over the names in Cookie fields.
func cookieNames(fields []string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, field := range fields {
			for pair := range strings.SplitSeq(field, ";") {
				name, _, ok := strings.Cut(strings.Trim(pair, " \t"), "=")
				if ok && !yield(strings.TrimRight(name, " \t")) {
					return
				}
			}
		}
	}
}

// randomToken returns 128 random bits in 22 characters.
func randomToken() string {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}
