package module

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/module/pages"
)

// noticeViews are the notices that the gateway's own pages show: all of them,
// seen or not.
func (a *App) noticeViews(today consent.Day) []pages.Notice {
	return noticeViews(a.notices.shown(today))
}

func noticeViews(notices []storedNotice) []pages.Notice {
	var views []pages.Notice
	for _, n := range notices {
		views = append(views, pages.Notice{ID: n.ID, Kind: n.Kind, Title: n.Title, Text: n.Text, Until: n.Until, Link: n.Link})
	}
	return views
}

// unseen returns the notices that the visitor has not seen yet.
func (x *exchange) unseen() []storedNotice {
	notices := x.gateway.app.notices.shown(x.today)
	if len(notices) == 0 {
		return nil
	}
	seen := x.seenNotices()
	return slices.DeleteFunc(notices, func(n storedNotice) bool { return slices.Contains(seen, n.ID) })
}

// seenNotices reads the cookie that remembers what was seen: ids of notices, and
// nothing of the visitor.
func (x *exchange) seenNotices() (ids []string) {
	for value := range cookieValues(x.r.Header["Cookie"], x.ownName(noticesCookie)) {
		if len(value) > noticesCookieMax {
			continue
		}
		ids = append(ids, strings.Split(value, ".")...)
	}
	return ids
}

// noticesCookieMax is more than any value of that cookie is long.
const noticesCookieMax = 1024

// sawNotice remembers that the visitor has seen a notice. The cookie lists the
// seen ones in the order of the notices, so that all who saw the same hold the
// same.
func (o *own) sawNotice(x *exchange) error {
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, bodyMax)
	if err := x.r.ParseForm(); err != nil {
		return x.problem(http.StatusBadRequest, pages.Unreadable)
	}
	today := x.today
	seen := append(x.seenNotices(), x.r.PostForm.Get("id"))
	var ids []string
	life := time.Duration(0)
	for _, n := range o.gateway.app.notices.shown(today) {
		if !slices.Contains(seen, n.ID) {
			continue
		}
		ids = append(ids, n.ID)
		keep := choiceLife
		if n.Until != "" {
			keep = min(keep, time.Duration(dayOf(n.Until)-today+1)*day)
		}
		life = max(life, keep)
	}
	if ids != nil {
		slices.Sort(ids)
		x.setOwn(noticesCookie, strings.Join(ids, "."), life)
	}
	x.redirect(or(localPath(x.r.PostForm.Get("return")), x.rules.prefix+"/"))
	return nil
}
