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
	p = strings.Join(segments, "/")
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
	return strings.HasPrefix(p, "/") && !strings.ContainsAny(p, `;\%`) && !strings.Contains(p, "//") &&
		!strings.Contains(p, "/./") && !strings.Contains(p, "/../") &&
		!strings.HasSuffix(p, "/.") && !strings.HasSuffix(p, "/..")
}
