package visit

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// matcher finds the declared item that a path belongs to. Patterns are those of a
// path matcher in a Caddyfile: an exact path, or one with "*" at the end
// (/product/*), at the beginning (*.html), at both (*checkout*), or within, where
// it stands for a part between slashes (/*/cart). Case is ignored. The most
// specific pattern wins: an exact path, else the one with the most characters,
// else the one declared first.
type matcher struct {
	exact map[string][]int
	globs []glob
}

type glob struct {
	text   string // less its outer stars
	kind   globKind
	weight int // characters that are not stars
	target int
}

type globKind uint8

const (
	prefix globKind = iota
	suffix
	substring
	inner
)

func newMatcher() *matcher { return &matcher{exact: make(map[string][]int)} }

// add declares a pattern for a target.
func (m *matcher) add(pattern string, target int) error {
	p := strings.ToLower(pattern)
	if !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "*") {
		return fmt.Errorf("path %q: it must begin with / or *", pattern)
	}
	stars := strings.Count(p, "*")
	if stars == 0 {
		m.exact[p] = append(m.exact[p], target)
		return nil
	}
	g := glob{weight: len(p) - stars, target: target}
	before, after := strings.HasPrefix(p, "*"), len(p) > 1 && strings.HasSuffix(p, "*")
	text := strings.TrimSuffix(p, "*")
	if before && p != "*" {
		text = text[1:]
	}
	switch {
	case strings.Contains(text, "*"):
		if _, err := path.Match(p, "/"); err != nil {
			return fmt.Errorf("path %q: %w", pattern, err)
		}
		g.kind, g.text = inner, p
	case before && after:
		g.kind, g.text = substring, text
	case before && p != "*":
		g.kind, g.text = suffix, text
	default:
		g.kind, g.text = prefix, text
	}
	m.globs = append(m.globs, g)
	return nil
}

// compile puts the most specific patterns first.
func (m *matcher) compile() {
	slices.SortStableFunc(m.globs, func(a, b glob) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.target, b.target))
	})
}

func (g *glob) match(p string) bool {
	switch g.kind {
	case prefix:
		return strings.HasPrefix(p, g.text)
	case suffix:
		return strings.HasSuffix(p, g.text)
	case substring:
		return strings.Contains(p, g.text)
	}
	ok, _ := path.Match(g.text, p)
	return ok
}

// find returns the target of a canonical path, or -1.
func (m *matcher) find(p string) int {
	if t := m.exact[p]; t != nil {
		return t[0]
	}
	for i := range m.globs {
		if m.globs[i].match(p) {
			return m.globs[i].target
		}
	}
	return -1
}

// each calls f for every target of a canonical path, each once, until f is false.
func (m *matcher) each(p string, f func(target int) bool) {
	var done uint64 // there are at most 64 goals
	for _, t := range m.exact[p] {
		if done>>t&1 == 0 && !f(t) {
			return
		}
		done |= 1 << t
	}
	for i := range m.globs {
		if g := &m.globs[i]; done>>g.target&1 == 0 && g.match(p) {
			if !f(g.target) {
				return
			}
			done |= 1 << g.target
		}
	}
}

// maxPath is the longest path that is looked at.
const maxPath = 4096

// canonicalPath brings a path into the one form that patterns are compared with:
// no query or fragment, percent-encoding undone once, no empty or dot segments,
// lower case. What isn't an absolute path gives "". It allocates only for a path
// that needs a change.
func canonicalPath(p string) string {
	if len(p) == 0 || p[0] != '/' || len(p) > maxPath {
		return ""
	}
	if i := strings.IndexAny(p, "?#"); i >= 0 {
		p = p[:i]
	}
	if strings.IndexByte(p, '%') >= 0 {
		var err error
		if p, err = url.PathUnescape(p); err != nil {
			return ""
		}
	}
	if strings.Contains(p, "//") || strings.Contains(p, "/.") {
		slash := p[len(p)-1] == '/' || strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..")
		if p = path.Clean(p); slash && p != "/" {
			p += "/"
		}
	}
	return strings.ToLower(p)
}
