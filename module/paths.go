package module

import (
	"errors"
	"net/url"
	"path"
	"strings"
)

// pathPattern matches paths of a site: one path, or with an asterisk at its end
// all that begin so. "/collect/*" also matches "/collect".
type pathPattern struct {
	text   string
	prefix bool
}

func newPathPattern(text string) pathPattern {
	begin, prefix := strings.CutSuffix(text, "*")
	return pathPattern{begin, prefix}
}

var errPattern = errors.New("expected a path that begins with / and has an asterisk at most at its end")

func checkPathPattern(text string) error {
	if !strings.HasPrefix(text, "/") || strings.Contains(strings.TrimSuffix(text, "*"), "*") {
		return errPattern
	}
	return nil
}

func (p pathPattern) match(path string) bool {
	if !p.prefix {
		return path == p.text
	}
	return strings.HasPrefix(path, p.text) || path+"/" == p.text
}

// canonicalPath returns the one form of a path that decisions are made on:
// decoded, without empty and dot segments, path parameters and backslashes. A
// slash at the end stays.
func canonicalPath(u *url.URL) string {
	p := u.Path
	if plainPath(p) {
		return p
	}
	p = strings.ReplaceAll(p, `\`, "/")
	segments := strings.Split(p, "/")
	for i, segment := range segments {
		segments[i], _, _ = strings.Cut(segment, ";")
	}
	return cleanPath(strings.Join(segments, "/"))
}

// cleanPath resolves empty and dot segments. A slash at the end stays.
func cleanPath(p string) string {
	clean := path.Clean("/" + p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}

// isCanonical reports whether a request names its path in that one form and
// encodes nothing that a server might read otherwise. An exemption asks for it.
func isCanonical(u *url.URL) bool { return u.RawPath == "" && plainPath(u.Path) }

func plainPath(p string) bool {
	if !strings.HasPrefix(p, "/") {
		return false
	}
	last := byte(0)
	for i := range len(p) {
		switch c := p[i]; c {
		case ';', '\\', '%':
			return false
		case '/':
			if last == '/' {
				return false
			}
		case '.':
			if last == '/' { // a dot segment, if nothing else is in it
				segment, _, _ := strings.Cut(p[i:], "/")
				if segment == "." || segment == ".." {
					return false
				}
			}
		}
		last = p[i]
	}
	return true
}
