package page

import "bytes"

// linkFetches reports whether a browser fetches, or connects to, the target of a
// link with that rel value.
func linkFetches(rel []byte) bool {
	for i := 0; ; {
		word, next, ok := nextWord(rel, i)
		if !ok {
			return false
		}
		i = next
		if fetchingRel(rel[word.from:word.to]) {
			return true
		}
	}
}

// hasWord reports whether a space-separated list has a word, which is lower-case.
func hasWord(list []byte, name string) bool {
	for i := 0; ; {
		word, next, ok := nextWord(list, i)
		if !ok {
			return false
		}
		i = next
		if equalFold(list[word.from:word.to], name) {
			return true
		}
	}
}

func fetchingRel(name []byte) bool {
	var buf [32]byte
	if len(name) > len(buf) {
		return false
	}
	switch string(appendLower(buf[:0], name)) {
	case "stylesheet", "icon", "mask-icon", "fluid-icon", "apple-touch-icon", "apple-touch-icon-precomposed",
		"apple-touch-startup-image", "manifest", "preload", "modulepreload", "prefetch", "prerender", "preconnect",
		"dns-prefetch", "subresource", "import", "serviceworker", "compression-dictionary", "monetization", "search":
		return true
	}
	return false
}

// LinkHeader takes the denied links out of a Link field's value (RFC 8288,
// section 3), as of a response or of 103 Early Hints; several fields are joined
// first, as a browser does. Links that a browser does not fetch stay, as does what
// can't be read as a link. It reports whether the value changed; an empty result
// means that the field has nothing left.
func LinkHeader(value string, o *Options) (string, bool) {
	return filterMembers(value, o, (*Rewriter).denyLink)
}

// MembersHeader takes the members that name a denied URL out of a structured field
// that is a list or a dictionary of strings (RFC 9651, sections 3.1 and 3.2), such as
// Speculation-Rules and Reporting-Endpoints. It is used and answers as [LinkHeader].
func MembersHeader(value string, o *Options) (string, bool) {
	return filterMembers(value, o, (*Rewriter).denyMember)
}

// filterMembers takes the denied members out of a field that is a list.
func filterMembers(value string, o *Options, deny func(*Rewriter, []byte) bool) (string, bool) {
	r := NewRewriter(nil, o)
	var kept []byte
	changed := false
	for rest := value; rest != ""; {
		one, next := cutMember(rest)
		rest = next
		if deny(r, []byte(one)) {
			changed = true
			continue
		}
		if len(kept) > 0 {
			kept = append(kept, ',')
		} else {
			one = trimSpace(one, changed)
		}
		kept = append(kept, one...)
	}
	if !changed || o.Observe {
		return value, false
	}
	return string(kept), true
}

func trimSpace(s string, leading bool) string {
	for leading && s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return s
}

// cutMember cuts the first member off, at a comma outside of <> and quotes.
func cutMember(s string) (one, rest string) {
	quoted, target := false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !target:
			quoted = !quoted
		case quoted:
		case c == '<':
			target = true
		case c == '>':
			target = false
		case c == ',' && !target:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// denyLink judges one link-value.
func (r *Rewriter) denyLink(link []byte) bool {
	link = bytes.TrimSpace(link)
	end := bytes.IndexByte(link, '>')
	if end < 0 || link[0] != '<' {
		return false // no browser reads it
	}
	fetches := false
	for params := link[end+1:]; len(params) > 0; {
		var name, value []byte
		name, value, params = nextParam(params)
		switch {
		case equalFold(name, "rel"):
			fetches = fetches || linkFetches(value)
		case equalFold(name, "imagesrcset"):
			for i := 0; ; {
				_, url, next, ok := nextCandidate(value, i)
				if !ok {
					break
				}
				if r.deny(value[url.from:url.to], false, Header) {
					return true
				}
				i = next
			}
		}
	}
	return fetches && r.deny(link[1:end], false, Header)
}

// denyMember judges the strings in a member of a list or a dictionary. One without
// its end is no string, but then no browser reads the field.
func (r *Rewriter) denyMember(member []byte) bool {
	for {
		start := bytes.IndexByte(member, '"')
		if start < 0 {
			return false
		}
		var text []byte
		text, member = quoted(member[start:])
		if r.deny(text, false, Header) {
			return true
		}
	}
}

// nextParam reads one ";name=value" of a link.
func nextParam(s []byte) (name, value, rest []byte) {
	i := 0
	for i < len(s) && (s[i] == ';' || isSpace(s[i])) {
		i++
	}
	start := i
	for i < len(s) && s[i] != ';' && s[i] != '=' && !isSpace(s[i]) {
		i++
	}
	name = s[start:i]
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	if i == len(s) || s[i] != '=' {
		return name, nil, s[i:]
	}
	for i++; i < len(s) && isSpace(s[i]); i++ {
	}
	if i < len(s) && s[i] == '"' {
		value, rest = quoted(s[i:])
		return name, value, rest
	}
	start = i
	for i < len(s) && s[i] != ';' {
		i++
	}
	return name, bytes.TrimSpace(s[start:i]), s[i:]
}

// quoted reads the string in quotes at the start of s.
func quoted(s []byte) (text, rest []byte) {
	i := 1
	for ; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		text = append(text, s[i])
	}
	return text, s[min(i+1, len(s)):]
}

// RefreshHeader judges the URL of a Refresh field's value. It returns the value
// without it, and whether it changed.
func RefreshHeader(value string, o *Options) (string, bool) {
	r := NewRewriter(nil, o)
	url, ok := refreshURL([]byte(value))
	if !ok || !r.deny([]byte(value[url.from:url.to]), false, Header) || o.Observe {
		return value, false
	}
	return "", true
}
