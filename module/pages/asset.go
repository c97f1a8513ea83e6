package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/tdewolff/minify/v2"
	cssmin "github.com/tdewolff/minify/v2/css"
	jsmin "github.com/tdewolff/minify/v2/js"
)

// Asset is a file that pages refer to. Its bytes must not be changed.
type Asset struct {
	Bytes []byte
	Type  string // the media type, for Content-Type
	ETag  string // a strong entity tag (RFC 9110 section 8.8.3), quotes included
}

// Guard is what the script refuses in the browser when no consent covers it. It
// is the second line: the gateway has taken such things out of the page already.
//
// Hosts and Cookies are part of the script, so they should be few: what the site
// itself declares. Catalogues belong into MoreHosts and MoreCookies, which the
// script fetches only when something depends on them ([Pages.Guard]). Where both
// know a host, the site's own declaration counts.
type Guard struct {
	// Hosts are the hosts of partners, by the purposes that they need (one, or
	// several separated by spaces; "" is never granted): "acme.example" covers
	// the host and those below it, "*.acme.example" only those below it.
	Hosts map[string][]string `json:"hosts,omitempty"`

	// Cookies are the names that scripts may set, by purpose: exact, or a
	// prefix that ends in an asterisk. In the browser's storage they are what is
	// refused without their purpose. Default: cookies are not guarded.
	Cookies map[string][]string `json:"cookies,omitempty"`

	// MoreHosts and MoreCookies are the same for what catalogues know.
	MoreHosts   map[string][]string `json:"-"`
	MoreCookies map[string][]string `json:"-"`

	// Report lets hosts pass that are declared nowhere. Default: they are refused.
	Report bool `json:"report,omitempty"`
}

// TCF is what the answers to __tcfapi (IAB Transparency and Consent Framework,
// version 2.3) say of the site itself.
type TCF struct {
	CMP     int    `json:"cmp"`     // the registered id of the consent platform; 0 when there is none
	Version int    `json:"version"` // of the consent platform
	Vendors int    `json:"vendors"` // version of the global vendor list
	Country string `json:"country"` // of the publisher, ISO 3166-1 alpha-2; "AA" when unknown
}

// Client returns the script: banner, beacon, guard and window.consent.
func (p *Pages) Client() Asset { return p.script }

// More returns the second script, at PREFIX/more.js: it sends a choice, shows the
// preference page as a dialog, brings to life what was held back, and sees marked
// goals reached. The first loads it where that is needed, with its digest
// ([Asset.Integrity]) as the query.
func (p *Pages) More() Asset { return p.more }

// Guard returns the catalogues' hosts and cookies by purpose, as JSON at
// PREFIX/guard.json: {"hosts":{"analytics":["stats.example"]},"cookies":{...}}.
func (p *Pages) Guard() Asset { return p.guard }

// Style returns the style sheet of the pages and the banner.
func (p *Pages) Style() Asset { return p.style }

//go:embed assets
var assets embed.FS

// newScript puts the script together: the parts that the site uses, and its
// data. It knows the digest of the second script, which it loads itself.
func newScript(c *Config, more Asset) (Asset, error) {
	parts := []string{"decision", "banner"}
	if c.Guard != nil {
		parts = append(parts, "guard", "guard_storage", "guard_html", "guard_device")
	}
	parts = append(parts, "visit", "goal", "google")
	if c.Guard != nil {
		parts = append(parts, "standin")
	}
	if c.TCF != nil || c.GPP {
		parts = append(parts, "framework")
	}
	if c.TCF != nil {
		parts = append(parts, "tcf")
	}
	if c.GPP {
		parts = append(parts, "gpp")
	}
	type guard struct {
		*Guard
		More bool `json:"more,omitempty"` // there is more in guard.json
	}
	data := struct {
		Prefix string `json:"prefix"`
		More   string `json:"more"` // the digest
		Guard  *guard `json:"guard,omitempty"`
		TCF    *TCF   `json:"tcf,omitempty"`
	}{Prefix: c.Prefix, More: more.Integrity(), TCF: c.TCF}
	if c.Guard != nil {
		data.Guard = &guard{c.Guard, len(c.Guard.MoreHosts)+len(c.Guard.MoreCookies) > 0}
	}
	site, err := json.Marshal(data)
	if err != nil {
		return Asset{}, err
	}
	return joinScript("const site="+string(site)+";\n", append(parts, "start"))
}

// newMore puts together what the script loads only where it is needed.
func newMore() (Asset, error) {
	return joinScript("", []string{"more", "dialog", "revive", "restyle", "placeholder", "connection", "goals"})
}

// joinScript makes one script of several sources, apart from the page's own.
func joinScript(first string, parts []string) (Asset, error) {
	var b bytes.Buffer
	b.WriteString("(()=>{\"use strict\";")
	b.WriteString(first)
	for _, part := range parts {
		source, err := assets.ReadFile("assets/script/" + part + ".js")
		if err != nil {
			return Asset{}, err
		}
		b.Write(source)
	}
	b.WriteString("})();\n")
	script, err := minified(&jsmin.Minifier{Version: 2022}, b.Bytes())
	if err != nil {
		return Asset{}, fmt.Errorf("the script: %w", err)
	}
	return newAsset(script, "text/javascript; charset=utf-8"), nil
}

// newGuard writes what the script fetches when it needs it.
func newGuard(g *Guard) (Asset, error) {
	var known struct {
		Hosts   map[string][]string `json:"hosts,omitempty"`
		Cookies map[string][]string `json:"cookies,omitempty"`
	}
	if g != nil {
		known.Hosts, known.Cookies = g.MoreHosts, g.MoreCookies
	}
	data, err := json.Marshal(known)
	if err != nil {
		return Asset{}, err
	}
	return newAsset(data, "application/json"), nil
}

// newStyle appends the operator's style to the built-in one.
func newStyle(override fs.FS) (Asset, error) {
	source, err := assets.ReadFile("assets/style.css")
	if err != nil {
		return Asset{}, err
	}
	style, err := minified(&cssmin.Minifier{}, source)
	if err != nil {
		return Asset{}, fmt.Errorf("the style: %w", err)
	}
	if override != nil {
		own, err := fs.ReadFile(override, "style.css")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Asset{}, fmt.Errorf("reading the style: %w", err)
		}
		style = append(append(style, '\n'), own...)
	}
	return newAsset(style, "text/css; charset=utf-8"), nil
}

// Integrity is the digest by which a page can ask for exactly these bytes
// (Subresource Integrity), and a Content-Security-Policy can allow them.
func (a Asset) Integrity() string {
	sum := sha256.Sum256(a.Bytes)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func newAsset(data []byte, mediaType string) Asset {
	sum := sha256.Sum256(data)
	return Asset{data, mediaType, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

// minified makes a script or a style sheet smaller, without a change of meaning.
func minified(m minify.Minifier, source []byte) ([]byte, error) {
	var b bytes.Buffer
	err := m.Minify(minify.New(), &b, bytes.NewReader(source), nil)
	return b.Bytes(), err
}
