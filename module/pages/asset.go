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
	"strings"
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
	// prefix that ends in an asterisk. Default: cookies are not guarded.
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

// Guard returns the catalogues' hosts and cookies by purpose, as JSON at
// PREFIX/guard.json: {"hosts":{"analytics":["stats.example"]},"cookies":{...}}.
func (p *Pages) Guard() Asset { return p.guard }

// Style returns the style sheet of the pages and the banner.
func (p *Pages) Style() Asset { return p.style }

//go:embed assets
var assets embed.FS

// newScript puts the script together: the parts that the site uses, and its data.
func newScript(c *Config) (Asset, error) {
	parts := []string{"decision", "banner", "revive", "placeholder"}
	if c.Guard != nil {
		parts = append(parts, "guard")
	}
	parts = append(parts, "visit", "google")
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
		Guard  *guard `json:"guard,omitempty"`
		TCF    *TCF   `json:"tcf,omitempty"`
	}{Prefix: c.Prefix, TCF: c.TCF}
	if c.Guard != nil {
		data.Guard = &guard{c.Guard, len(c.Guard.MoreHosts)+len(c.Guard.MoreCookies) > 0}
	}
	site, err := json.Marshal(data)
	if err != nil {
		return Asset{}, err
	}
	var b bytes.Buffer
	b.WriteString("(()=>{\"use strict\";const site=")
	b.Write(site)
	b.WriteString(";\n")
	for _, part := range append(parts, "start") {
		source, err := assets.ReadFile("assets/script/" + part + ".js")
		if err != nil {
			return Asset{}, err
		}
		b.WriteString(squeeze(string(source), tightScript))
	}
	b.WriteString("})();\n")
	return newAsset(b.Bytes(), "text/javascript; charset=utf-8"), nil
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
	style := squeeze(string(source), tightStyle)
	if override != nil {
		own, err := fs.ReadFile(override, "style.css")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Asset{}, fmt.Errorf("reading the style: %w", err)
		}
		style += string(own)
	}
	return newAsset([]byte(style), "text/css; charset=utf-8"), nil
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

// squeeze makes a source smaller: it drops indentation, empty lines, lines that
// are only a comment, and spaces and line ends beside punctuation outside of
// strings. The sources are written so that this changes no meaning: no string
// goes over a line's end, no comment shares a line with code, no regular
// expression holds a space or a quote, every statement ends in a semicolon or a
// block, and there is no unary plus.
func squeeze(source, tight string) string {
	var b strings.Builder
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") || strings.HasPrefix(line, "/*") && strings.HasSuffix(line, "*/") {
			continue
		}
		squeezeLine(&b, line, tight)
		if strings.IndexByte(tight, line[len(line)-1]) < 0 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// The punctuation beside which a space means nothing. After a colon it never
// does; before one it does in selectors.
const (
	tightScript = "{}()[];,:?=<>&|!*+"
	tightStyle  = "{};,"
)

func squeezeLine(b *strings.Builder, line, tight string) {
	var quote byte
	for i := range len(line) {
		c := line[i]
		switch {
		case quote != 0:
			if c == quote && line[i-1] != '\\' {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == ' ' && (strings.IndexByte(tight, line[i-1]) >= 0 || strings.IndexByte(tight, line[i+1]) >= 0 || line[i-1] == ':'):
			continue
		}
		b.WriteByte(c)
	}
}
