package page

import "bytes"

// ruleScanner reads speculation rules (WHATWG HTML, section 7.6.1) for those that choose
// among a document's links: one that says nothing of where these lead also fetches ahead
// from third parties.
type ruleScanner struct {
	text  []byte
	at    int
	depth int
	bad   bool // this is no JSON, or no rules
	deep  bool // nor followed to its end
	name  []byte
	edits []ruleEdit
}

// ruleEdit is what has to be inserted to keep a rule to the document's own origin.
type ruleEdit struct {
	at   int
	text []byte
}

var (
	ownLinks     = []byte(`"where":{"href_matches":"/*"},`)
	ownLinksOpen = []byte(`{"and":[{"href_matches":"/*"},`)
	ownLinksEnd  = []byte(`]}`)
)

const rulesDepth = 32

// scan returns the edits that the text needs, and false when it can't be followed. What is
// no JSON fetches nothing.
func (s *ruleScanner) scan(text []byte) (edits []ruleEdit, followed bool) {
	*s = ruleScanner{text: text, name: s.name, edits: s.edits[:0]}
	for first := true; s.member(&first); {
		if s.key(); !s.is('[') {
			s.skip()
			continue
		}
		for first := true; s.element(&first); {
			s.rule()
		}
	}
	if s.bad {
		return nil, !s.deep
	}
	return s.edits, true
}

// deniedRules reports whether speculation rules name a denied URL, or leave open where what
// they fetch ahead is.
func (r *Rewriter) deniedRules(text []byte) (denied bool) {
	if r.decoded, denied = jsonURLs(text, r.decoded, r.denyJSON); denied {
		return true
	}
	if edits, followed := r.rules.scan(text); followed && len(edits) == 0 {
		return false
	}
	r.denyUnread(Script)
	return true
}

// boundRules keeps the speculation rules b[at:end], in which nothing is denied, to the
// document's own origin.
func (r *Rewriter) boundRules(at, end int) {
	edits, followed := r.rules.scan(r.b[at:end])
	switch {
	case !followed:
		r.replace(at, end, emptyJSON)
	case len(edits) == 0:
		return
	}
	for _, e := range edits {
		r.insert(at+e.at, e.text)
	}
	r.report(Script, unreadVerdict, nil)
}

// rule reads one rule.
func (s *ruleScanner) rule() {
	if !s.is('{') {
		s.skip()
		return
	}
	start := s.at + 1
	chooses, bound := false, false
	for first := true; s.member(&first); {
		switch s.key() {
		case "source":
			if s.is('"') {
				chooses = string(s.str()) == "document"
			} else {
				s.skip()
			}
		case "where":
			bound = true
			from, edits := s.at, len(s.edits)
			s.edits = append(s.edits, ruleEdit{from, ownLinksOpen})
			if s.condition() {
				s.edits = s.edits[:edits]
			} else {
				s.edits = append(s.edits, ruleEdit{s.at, ownLinksEnd})
			}
		default:
			s.skip()
		}
	}
	if chooses && !bound {
		s.edits = append(s.edits, ruleEdit{start, ownLinks})
	}
}

// condition reports whether a condition holds for the own origin's links alone.
func (s *ruleScanner) condition() (own bool) {
	if !s.is('{') {
		s.skip()
		return false
	}
	for first := true; s.member(&first); {
		switch key := s.key(); {
		case key == "href_matches":
			own = s.patterns()
		case (key == "and" || key == "or") && s.is('['):
			some, all := false, true
			for first := true; s.element(&first); {
				one := s.condition()
				some, all = some || one, all && one
			}
			own = some && (all || key == "and")
		case key == "relative_to": // beside patterns
			s.skip()
		default:
			s.skip()
			own = false
		}
	}
	return own
}

// patterns reports whether all patterns are paths: the rest of them is the document's.
func (s *ruleScanner) patterns() (own bool) {
	if s.is('"') {
		return isPath(s.str())
	}
	if !s.is('[') {
		s.skip()
		return false
	}
	some, all := false, true
	for first := true; s.element(&first); some = true {
		if !s.is('"') {
			s.skip()
			all = false
		} else if !isPath(s.str()) {
			all = false
		}
	}
	return some && all
}

func isPath(pattern []byte) bool {
	return len(pattern) > 0 && pattern[0] == '/' && (len(pattern) == 1 || !isSlash(pattern[1]) && pattern[1] > ' ')
}

func (s *ruleScanner) space() {
	for s.at < len(s.text) && isSpace(s.text[s.at]) {
		s.at++
	}
}

// is reports whether that comes next, behind space.
func (s *ruleScanner) is(c byte) bool {
	s.space()
	return !s.bad && s.at < len(s.text) && s.text[s.at] == c
}

func (s *ruleScanner) take(c byte) bool {
	if !s.is(c) {
		s.bad = true
		return false
	}
	s.at++
	return true
}

// member goes to an object's next member, element to an array's next element. They report
// false when there is no other.
func (s *ruleScanner) member(first *bool) bool { return s.next(first, '{', '}') }

func (s *ruleScanner) element(first *bool) bool { return s.next(first, '[', ']') }

func (s *ruleScanner) next(first *bool, open, end byte) bool {
	if *first {
		s.depth++
		s.deep = s.deep || s.depth > rulesDepth
		if s.deep || !s.take(open) {
			s.bad = true
			return false
		}
	}
	if s.is(end) {
		s.at++
		s.depth--
		return false
	}
	if !*first && !s.take(',') {
		return false
	}
	*first = false
	s.space()
	return !s.bad
}

// key reads a member's name and the colon behind it.
func (s *ruleScanner) key() string {
	if !s.is('"') {
		s.bad = true
		return ""
	}
	name := s.str()
	s.take(':')
	s.space()
	switch string(name) {
	case "source":
		return "source"
	case "where":
		return "where"
	case "and":
		return "and"
	case "or":
		return "or"
	case "href_matches":
		return "href_matches"
	case "relative_to":
		return "relative_to"
	}
	return ""
}

// str reads a string, which is valid until the next call.
func (s *ruleScanner) str() []byte {
	end := closingQuote(s.text, s.at)
	text := s.text[s.at+1 : end]
	s.at = min(end+1, len(s.text))
	s.bad = s.bad || end == len(s.text)
	if bytes.IndexByte(text, '\\') >= 0 {
		s.name = unescapeJSON(s.name[:0], text)
		return s.name
	}
	return text
}

// skip reads a value that says nothing.
func (s *ruleScanner) skip() {
	switch {
	case s.is('{'):
		for first := true; s.member(&first); {
			s.key()
			s.skip()
		}
	case s.is('['):
		for first := true; s.element(&first); {
			s.skip()
		}
	case s.is('"'):
		s.str()
	default:
		from := s.at
		for s.at < len(s.text) && (isIdent(s.text[s.at]) || s.text[s.at] == '+' || s.text[s.at] == '.') {
			s.at++
		}
		s.bad = s.bad || s.at == from
	}
}
