package pages

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"strings"
)

// Snippet is what a storefront page shows of a visitor. It holds no more than
// the class that a shared cache may tell apart: nothing in it is a person's.
type Snippet struct {
	Lang    Lang     // of the banner
	Granted []string // the names of the purposes in force
	Regime  string   // "opt-in" or "opt-out"
	Decided bool     // the visitor has decided, so there is no banner
	Changed bool     // the visitor had decided, on another policy
	Notices []Notice // that the visitor has not seen yet
	Nonce   string   // of the page's Content-Security-Policy, "" for none
	Digest  bool     // the page's policy allows scripts by their digests alone
	Strict  bool     // the page's policy allows no host beyond what is granted now
	Domain  string   // the site's registrable domain, whose hosts are all the site's own; "" for none
	Path    string   // the page's own path and query: where the form leads back to
}

// Head appends what belongs at the start of a page's head: the script, which
// has to run before the page's own, and the style sheet where a banner or a
// notice needs it.
func (p *Pages) Head(dst []byte, s *Snippet) []byte {
	dst = p.scriptTag(dst, s)
	if s.Decided && len(s.Notices) == 0 {
		return dst
	}
	dst = append(dst, `<link rel="stylesheet" href="`...)
	dst = append(dst, p.prefix...)
	dst = append(dst, `/style.css"`...)
	dst = appendAttribute(dst, "nonce", s.Nonce)
	return append(dst, '>')
}

// Body appends what belongs at the end of a page's body: notices, the banner for
// those who have not decided, and the beacon for those without JavaScript.
func (p *Pages) Body(dst []byte, s *Snippet) []byte {
	lang := p.languages.known(s.Lang)
	if len(s.Notices) > 0 {
		bar := p.notices[lang]
		dst = bar.append(dst, s.Notices, s.Path)
	}
	if !s.Decided {
		parts := p.banners[lang][index(s.Regime == "opt-out")][index(s.Changed)]
		dst = append(dst, parts[0]...)
		dst = append(dst, html.EscapeString(s.Path)...)
		dst = append(dst, parts[1]...)
	}
	path, _, _ := strings.Cut(s.Path, "?")
	dst = append(dst, `<noscript><img src="`...)
	dst = append(dst, p.prefix...)
	dst = append(dst, `/visit.gif?path=`...)
	dst = append(dst, url.QueryEscape(path)...)
	return append(dst, `" width="1" height="1" alt="" hidden></noscript>`...)
}

// scriptTag appends the script's tag. Its data is all that the script knows of
// the visitor when the page loads.
func (p *Pages) scriptTag(dst []byte, s *Snippet) []byte {
	dst = append(dst, `<script src="`...)
	dst = append(dst, p.prefix...)
	dst = append(dst, `/client.js" data-granted="`...)
	for i, name := range s.Granted {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, html.EscapeString(name)...)
	}
	dst = append(dst, '"')
	dst = appendAttribute(dst, "data-lang", string(p.languages.known(s.Lang)))
	dst = appendAttribute(dst, "data-regime", s.Regime)
	dst = appendAttribute(dst, "data-own", s.Domain)
	if s.Decided {
		dst = append(dst, ` data-decided`...)
	}
	if s.Strict {
		dst = append(dst, ` data-csp="1"`...)
	}
	dst = appendAttribute(dst, "nonce", s.Nonce)
	if s.Digest {
		dst = appendAttribute(dst, "integrity", p.script.Integrity())
	}
	return append(dst, `></script>`...)
}

// appendAttribute appends an attribute that has a value.
func appendAttribute(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, `="`...)
	dst = append(dst, html.EscapeString(value)...)
	return append(dst, '"')
}

// banner is the banner in one language, by whether the regime is opt-out and
// whether the policy has changed. Each is cut in two where the way back belongs,
// so that a page costs two copies and no template.
type banner [2][2][2][]byte

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p *Pages) newBanner(lang Lang) (b banner, err error) {
	const back = "way-back"
	for i, regime := range []string{"opt-in", "opt-out"} {
		for j, changes := range []*Changes{nil, new(Changes)} {
			var out bytes.Buffer
			data := &page{
				View:    &View{Regime: regime, Changes: changes, Return: back},
				Prefix:  p.prefix,
				current: lang,
			}
			if err := p.templates[lang].ExecuteTemplate(&out, "banner", data); err != nil {
				return b, fmt.Errorf("rendering the banner: %w", err)
			}
			b[i][j][0], b[i][j][1], _ = bytes.Cut(out.Bytes(), []byte(back))
		}
	}
	return b, nil
}
