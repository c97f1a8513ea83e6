package scan

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/publicsuffix"

	"github.com/fairwaygate/fairway/filters/page"
)

const (
	bodyMax      = 16 << 20 // bytes that are read of a page
	redirectsMax = 10
	sheetsMax    = 20 // style sheets of the site's own that are read
)

// agent is how the crawler names itself.
const agent = "Mozilla/5.0 (compatible; fairway-scan)"

// Crawl fetches the site's pages one after the other, from the first on those to
// which it links, and reads what they set and to whom they refer. An error means
// that not even the first could be read.
func Crawl(ctx context.Context, o *Options) (*Site, error) {
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		return nil, err
	}
	c := &crawler{Options: o, findings: newFindings(o.Start), seen: make(map[string]bool)}
	c.client = Client()
	c.client.Jar = jar
	defer c.client.CloseIdleConnections()
	var given []*http.Cookie
	for _, pair := range o.Cookies {
		name, value, _ := strings.Cut(pair, "=")
		given = append(given, &http.Cookie{Name: name, Value: value, Path: "/", Secure: o.Start.Scheme == "https"}) //nolint:gosec // sent, and set in no browser
	}
	jar.SetCookies(o.Start, given)
	c.queue(o.Start)
	for len(c.pages) > 0 && len(c.visited) < o.Pages && ctx.Err() == nil {
		u := c.pages[0]
		c.pages = c.pages[1:]
		if err := c.look(ctx, u, true); err != nil {
			if len(c.visited) == 0 {
				return nil, err
			}
			c.note(fmt.Sprintf("%s could not be read: %v", u.Path, plain(err)))
		}
	}
	if len(c.visited) == 0 {
		return nil, fmt.Errorf("%s: expected a page of HTML", o.Start)
	}
	for i := 0; i < len(c.sheets) && i < sheetsMax && ctx.Err() == nil; i++ {
		if err := c.look(ctx, c.sheets[i], false); err != nil {
			c.note(fmt.Sprintf("%s could not be read: %v", c.sheets[i].Path, plain(err)))
		}
	}
	return c.site(), ctx.Err()
}

// plain takes the method and URL off an error of a client's.
func plain(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

type crawler struct {
	*Options
	*findings
	client *http.Client
	seen   map[string]bool
	pages  []*url.URL // to be looked at
	sheets []*url.URL
	asked  bool
}

// queue puts a page of the site on the list, once. Addresses with a query are left
// out: they are mostly the same page sorted another way, and some do things.
func (c *crawler) queue(u *url.URL) {
	first := len(c.seen) == 0
	if !first && (u.RawQuery != "" || !SameSite(u.Hostname(), c.Start.Hostname())) || u.Scheme != "http" && u.Scheme != "https" {
		return
	}
	whole := *u
	whole.Path, whole.Fragment = cmp.Or(u.Path, "/"), ""
	if key := whole.Host + whole.EscapedPath(); !c.seen[key] {
		c.seen[key] = true
		c.pages = append(c.pages, &whole)
	}
}

// look fetches the address of a page, or of a style sheet, and reads what came.
func (c *crawler) look(ctx context.Context, u *url.URL, isPage bool) error {
	for range redirectsMax {
		if c.asked && c.Pause > 0 {
			select {
			case <-time.After(c.Pause):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		c.asked = true
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return err
		}
		r.Header.Set("User-Agent", agent)
		r.Header.Set("Accept", "text/html,application/xhtml+xml,text/css;q=0.9,*/*;q=0.1")
		response, err := c.client.Do(r)
		if err != nil {
			return err
		}
		next, err := c.read(u, response, isPage)
		_ = response.Body.Close()
		if err != nil || next == nil {
			return err
		}
		if !SameSite(next.Hostname(), c.Start.Hostname()) {
			if len(c.visited) == 0 {
				return fmt.Errorf("%s leads to %s, which is another site", u, next.Host)
			}
			return nil // where a visitor goes by a link is no third party of the page
		}
		u = next
	}
	return fmt.Errorf("%s: more than %d redirects", u, redirectsMax)
}

// read reads a response. next is where a redirect leads.
func (c *crawler) read(u *url.URL, response *http.Response, isPage bool) (next *url.URL, err error) {
	media, parameters, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	isPage = isPage && (media == "text/html" || media == "application/xhtml+xml")
	if c.page = u.Path; isPage && response.StatusCode < 300 {
		c.visit(u.Path)
	}
	c.setCookies(response)
	switch {
	case response.StatusCode >= 300 && response.StatusCode < 400:
		return response.Location()
	case response.StatusCode >= 400:
		return nil, fmt.Errorf("%s: the answer is %s", u, response.Status)
	case !isPage && media != "text/css":
		return nil, nil
	}
	base, ok := page.NewBase(u.Scheme, u.Host)
	if !ok {
		return nil, fmt.Errorf("%s: expected an address with a host", u)
	}
	options := &page.Options{Base: base, Judge: c, Found: c.found, Observe: true}
	switch media {
	case "text/css":
		options.Format = page.CSS
	case "application/xhtml+xml":
		options.Format = page.XML
	}
	for _, link := range response.Header["Link"] {
		_, _ = page.LinkHeader(link, options)
	}
	if !page.Decodable(parameters["charset"]) {
		c.note(u.Path + " is in a character set that can't be read here")
		return nil, nil
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, bodyMax+1))
	if err != nil {
		return nil, err
	}
	if len(text) > bodyMax {
		text = text[:bodyMax]
		c.note(fmt.Sprintf("%s is longer than %d MiB; only so much was read", u.Path, bodyMax>>20))
	}
	w := page.NewRewriter(io.Discard, options)
	_, err = w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		c.note(u.Path + " is in a character set that can't be read here")
		return nil, nil //nolint:nilerr // it is noted
	}
	if isPage {
		c.links(u, text)
	}
	return nil, nil
}

// URL implements [page.Judge]: nothing is denied, and all is reported.
func (c *crawler) URL(*page.URL, page.Element) page.Verdict { return page.Verdict{} }

// Script implements [page.Judge]. Only what is denied is reported.
func (c *crawler) Script(text []byte) page.Verdict {
	partner := c.Options.Script(text)
	return page.Verdict{Block: partner != "", Partner: partner}
}

func (c *crawler) found(f page.Finding) {
	switch {
	case len(f.Host) > 0:
		c.refers(string(f.Host), f.Element.String())
	case f.Verdict.Partner != "":
		c.script(f.Verdict.Partner)
	}
}

// setCookies notes the cookies that a response sets and does not only delete.
func (c *crawler) setCookies(response *http.Response) {
	for _, set := range response.Cookies() {
		life := time.Duration(set.MaxAge) * time.Second
		if set.MaxAge == 0 && !set.Expires.IsZero() {
			life = time.Until(set.Expires)
		}
		if life < 0 || set.MaxAge < 0 {
			continue
		}
		c.cookie(Cookie{
			Name: set.Name, Life: life, Secure: set.Secure, HTTPOnly: set.HttpOnly, SameSite: sameSiteNames[set.SameSite],
		})
	}
}

var sameSiteNames = map[http.SameSite]string{
	http.SameSiteLaxMode: "lax", http.SameSiteStrictMode: "strict", http.SameSiteNoneMode: "none",
}

// links puts on the lists what a page links to within the site.
func (c *crawler) links(at *url.URL, text []byte) {
	z := html.NewTokenizer(bytes.NewReader(text))
	z.SetMaxBuf(1 << 20)
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		switch t := z.Token(); t.Data {
		case "base":
			if u, err := at.Parse(attribute(t, "href")); err == nil && attribute(t, "href") != "" {
				at = u
			}
		case "a", "area":
			if u, err := at.Parse(attribute(t, "href")); err == nil && attribute(t, "href") != "" && !leavesOut(t) {
				c.queue(u)
			}
		case "link":
			u, err := at.Parse(attribute(t, "href"))
			isSheet := slices.Contains(strings.Fields(strings.ToLower(attribute(t, "rel"))), "stylesheet")
			if err == nil && isSheet && SameSite(u.Hostname(), c.Start.Hostname()) && !c.seen["sheet "+u.String()] {
				c.seen["sheet "+u.String()] = true
				c.sheets = append(c.sheets, u)
			}
		}
	}
}

// leavesOut reports whether a link is not to be followed by programs.
func leavesOut(t html.Token) bool {
	rel := strings.Fields(strings.ToLower(attribute(t, "rel")))
	path := strings.ToLower(attribute(t, "href"))
	return slices.Contains(rel, "nofollow") || strings.Contains(path, "logout") || strings.Contains(path, "signout")
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}
