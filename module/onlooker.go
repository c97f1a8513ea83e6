package module

import (
	"github.com/fairwaygate/fairway/filters/body"
	"github.com/fairwaygate/fairway/filters/cookie"
	"github.com/fairwaygate/fairway/filters/identifier"
	"github.com/fairwaygate/fairway/filters/image"
	"github.com/fairwaygate/fairway/filters/page"
)

// onlooker is told what the gateway finds in an exchange, with the names that no
// metric may hold. A running gateway has none: it is there for one recorded
// exchange that is explained.
type onlooker interface {
	// begins is called once it is decided what the exchange may be used for.
	begins(x *exchange)
	// cookie is called for each cookie, toStorefront or toBrowser.
	cookie(direction int, f cookie.Finding)
	identifier(f identifier.Finding)
	// field is called for what was found in a body. The name in it is valid during
	// the call only.
	field(f body.Finding)
	// media is called for what was taken out of an uploaded picture or video; field
	// is "" where it is the whole body.
	media(field string, k image.Kind)
	// reference is called for each third party to which the response refers.
	reference(f page.Finding)
	// refuses is called where the gateway answers in the place of a party.
	refuses(p *party)
}

func (x *exchange) foundRequestCookie(f cookie.Finding) {
	x.site.cookie(toStorefront, &f, x.rules.Vocabulary)
	if w := x.gateway.app.onlooker; w != nil {
		w.cookie(toStorefront, f)
	}
	x.refuseCookie(f)
}

func (x *exchange) foundResponseCookie(f cookie.Finding) {
	x.site.cookie(toBrowser, &f, x.rules.Vocabulary)
	if w := x.gateway.app.onlooker; w != nil {
		w.cookie(toBrowser, f)
	}
}

func (x *exchange) foundIdentifier(f identifier.Finding) {
	x.site.identifier(f)
	if w := x.gateway.app.onlooker; w != nil {
		w.identifier(f)
	}
}

func (x *exchange) foundInBody(f body.Finding) {
	x.site.bodyIdentifier(f)
	if w := x.gateway.app.onlooker; w != nil {
		w.field(f)
	}
}

func (x *exchange) foundInMedia(field string, k image.Kind) {
	x.site.media(k.String())
	if w := x.gateway.app.onlooker; w != nil {
		w.media(field, k)
	}
}

func (x *exchange) foundOnPage(f page.Finding) {
	if f.Verdict.Partner == firstParty {
		return
	}
	x.site.beacon(f.Element, f.Verdict.Block, f.Verdict.Partner)
	if w := x.gateway.app.onlooker; w != nil {
		w.reference(f)
	}
}
