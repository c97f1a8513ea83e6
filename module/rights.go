package module

import (
	"net/http"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/filters/visit"
	"github.com/fairwaygate/fairway/module/pages"
)

// me is all that the gateway holds of a visitor, as programs read it. All of it
// is in the visitor's own browser; on the gateway's side there are only sums.
type me struct {
	Policy  string       `json:"policy"`
	Regime  string       `json:"regime"`
	Country string       `json:"country,omitempty"` // found anew for each request, and not kept
	Granted []string     `json:"granted"`
	Decided *string      `json:"decided"`
	By      string       `json:"by"` // the signal that made the decision
	Signals stateSignals `json:"signals"`
	Cookies pages.Me     `json:"cookies"`
	Stored  []string     `json:"stored"` // what else: nothing
}

func (o *own) me(x *exchange) error {
	v := o.view(x)
	v.Me = x.held()
	s := o.stateOf(x)
	data := me{
		Policy: s.Policy, Regime: s.Regime, Country: x.decision.Country.String(), Granted: s.Granted,
		Decided: s.Decided, By: x.decision.Mechanism.String(), Signals: s.Signals,
		Cookies: v.Me, Stored: []string{},
	}
	if x.r.URL.Query().Get("format") == "json" {
		x.w.Header().Set("Content-Disposition", `attachment; filename="me.json"`)
		return x.json(http.StatusOK, data)
	}
	return x.page(v, x.rules.pages.Me, data)
}

// held reads what the gateway has put into the visitor's browser.
func (x *exchange) held() pages.Me {
	var m pages.Me
	for _, name := range []string{choiceCookie, datesCookie, visitCookie} {
		cookie, found, genuine := x.ownName(name), false, false
		for value := range cookieValues(x.r.Header["Cookie"], cookie) {
			found = true
			switch name {
			case choiceCookie:
				choice, err := x.gateway.app.vault.choices.Check(x.boundTo(name), value, x.today)
				if genuine = err == nil; genuine {
					m.Choice = x.heldChoice(cookie, &choice)
				}
			case datesCookie:
				content, err := x.gateway.app.vault.dates.Check(x.boundTo(name), value, x.today)
				dates, unread := visit.ParseDates(content)
				if genuine = err == nil && unread == nil; genuine {
					m.Dates = heldDates(cookie, &dates)
				}
			case visitCookie:
				if genuine = value == "1"; genuine {
					m.Visit = &pages.HeldVisit{Cookie: cookie}
				}
			}
			if !genuine {
				break
			}
		}
		if found && !genuine {
			m.Unreadable = append(m.Unreadable, cookie)
		}
	}
	if seen := x.seenNotices(); len(seen) > 0 {
		m.Notices = &pages.HeldNotices{Cookie: x.ownName(noticesCookie), Seen: seen}
	}
	return m
}

func (x *exchange) heldChoice(cookie string, c *consent.Choice) *pages.HeldChoice {
	held := &pages.HeldChoice{Cookie: cookie, Day: c.Day.String(), GPC: c.GPC, Minor: c.Minor, Guardian: c.Guardian}
	if held.Earlier = c.Fingerprint != x.rules.Fingerprint; !held.Earlier {
		held.Purposes = x.rules.Vocabulary.Names(c.Granted.With(consent.Necessary))
	}
	return held
}

func heldDates(cookie string, d *visit.Dates) *pages.HeldDates {
	held := &pages.HeldDates{
		Cookie: cookie, First: d.First.String(), Last: d.Last.String(), Ends: d.Expires().String(),
		Visits: int(d.Used.Visits), Stays: int(d.Used.Stays), Goals: int(d.Used.Goals),
	}
	if d.Coarse {
		held.First = strings.TrimSuffix(d.First.String(), "-01") // only the month is known
	}
	for _, code := range d.Codes {
		if code.Name != "" {
			held.Campaigns = append(held.Campaigns, pages.HeldCampaign{Name: code.Name, Day: code.Day.String()})
		}
	}
	return held
}
