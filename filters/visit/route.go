package visit

// RouteOf returns the declared route of a path, or [Other].
func (p *Plan) RouteOf(path string) string {
	return p.route.Values[p.placeOf("", canonicalPath(path))]
}

// CanonicalPath brings a path into the form that declared paths are compared with:
// no query, percent-encoding undone once, no empty or dot segments, lower case.
// What isn't an absolute path gives "".
func CanonicalPath(path string) string { return canonicalPath(path) }
