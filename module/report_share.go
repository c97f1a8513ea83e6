package module

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fairwaygate/fairway/module/dashboard"
)

// shareAge bounds how long a cache may serve a shared report without asking
// whether there is a newer one.
const shareAge = time.Hour

// shares keeps what is served of shared reports. There are few forms and ranges,
// and each is made once an epoch, however often it is asked for.
type shares struct {
	mu    sync.Mutex
	sites map[string]*sharedSite
}

// sharedSite is the answers that were made from one reading of a site.
type sharedSite struct {
	site  *dashboard.Site
	day   string // today, while nothing is published
	forms map[sharedForm]*sharedAnswer
}

type sharedForm struct{ name, days string }

type sharedAnswer struct {
	body []byte
	etag string
}

// answer returns a form of a shared report over some days.
func (s *shares) answer(name string, form sharedForm, site *dashboard.Site, now time.Time) (*sharedAnswer, error) {
	today := ""
	if _, ok := site.Last(); !ok {
		today = now.UTC().Format(time.DateOnly)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.sites[name]
	if kept == nil || kept.site != site || kept.day != today {
		kept = &sharedSite{site, today, make(map[sharedForm]*sharedAnswer)}
		if s.sites == nil {
			s.sites = make(map[string]*sharedSite)
		}
		s.sites[name] = kept
	}
	if a := kept.forms[form]; a != nil {
		return a, nil
	}
	report, err := dashboard.NewShare(form.days, site, now)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := forms[form.name](&body, report); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body.Bytes())
	a := &sharedAnswer{body.Bytes(), `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
	kept.forms[form] = a
	return a, nil
}

// share serves one form of a shared report. Caches may keep it until the next epoch
// is published (RFC 9111), and no longer than an hour.
func (h *Reporter) share(w http.ResponseWriter, r *http.Request, name, contentType string) error {
	days, err := dashboard.ShareQuery(r.URL.Query())
	if err != nil {
		return err
	}
	now := h.app.clock.Now()
	f := h.figures(r)
	site, err := h.app.publisher.site(r.Context(), f, now)
	if err != nil {
		return err
	}
	a, err := h.shares.answer(f.site, sharedForm{name, days}, site, now)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(shareFor(f, now)/time.Second)))
	header.Set("Etag", a.etag)
	if matches(sentTags(r), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	header.Set("Content-Type", contentType)
	return sendWhole(w, r, http.StatusOK, func(out io.Writer) error {
		_, err := out.Write(a.body)
		return err
	})
}

// shareFor is how long nothing newer will be published. The epoch that closes next
// is the one that an embargo ago was going on.
func shareFor(f *figures, now time.Time) time.Duration {
	calendar := f.plan.Calendar()
	next := f.plan.Closes(calendar.Epoch(now.Add(-f.plan.Embargo())))
	return min(max(next.Sub(now), flushEvery), shareAge)
}

// matches reports whether a field If-None-Match names an entity tag (RFC 9110
// section 13.1.2). Compressed forms of it are weak or have a suffix.
func matches(field, etag string) bool {
	if strings.TrimSpace(field) == "*" {
		return true
	}
	for tag := range strings.SplitSeq(field, ",") {
		if strings.TrimPrefix(strings.TrimSpace(tag), "W/") == etag {
			return true
		}
	}
	return false
}

// sentTags is the field If-None-Match as the client sent it: the gateway takes tags
// out that it doesn't know.
func sentTags(r *http.Request) string {
	if x := exchangeOf(r); x != nil {
		return strings.Join(x.etags.sent, ",")
	}
	return strings.Join(r.Header["If-None-Match"], ",")
}
