package catalogue

import (
	"fmt"
	"iter"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Scripts finds known trackers in the text of scripts: by the [Signature] of
// their snippets, and by their hosts where a URL or a piece of one stands. It is
// immutable and safe for concurrent use. What it costs does not depend on how
// many hosts it knows.
type Scripts struct {
	hosts      HostTable[Host]
	ends       endings
	signatures []Signature
	phrases    *phrases
	worst      int // rank of the most intrusive that could be found
}

// NewScripts returns a finder of the given hosts and signatures; those that are
// built in are [Hosts] and [Signatures]. Hosts that are necessary or mixed are
// never found, and are not found under a wider pattern either.
func NewScripts(hosts iter.Seq[Host], signatures []Signature) (*Scripts, error) {
	s := &Scripts{signatures: signatures}
	for h := range hosts {
		if err := s.hosts.Add(h.Pattern, h); err != nil {
			return nil, err
		}
		if betrays(&h) {
			name, _, _ := parsePattern(h.Pattern)
			s.ends.add(name)
			s.worst = max(s.worst, intrusion(h.Purpose))
		}
	}
	texts := make([]string, len(signatures))
	for i, sig := range signatures {
		if len(sig.Text) < minPhrase {
			return nil, fmt.Errorf("signature %q: expected at least %d bytes of script text", sig.Text, minPhrase)
		}
		texts[i] = sig.Text
		s.worst = max(s.worst, intrusion(sig.Purpose))
	}
	s.phrases = newPhrases(texts)
	return s, nil
}

// betrays reports whether a script that names the host is likely its tracker.
func betrays(h *Host) bool { return !h.Mixed && h.Purpose != consent.Necessary }

// Match returns the tracker that a script's text betrays: of several the most
// intrusive that granted does not cover, or, when it covers all, the most
// intrusive; of equals the first, signatures before hosts. For a host, the Text
// of what is returned is the host's pattern. It reads the text at most twice and
// allocates nothing.
func (s *Scripts) Match(text []byte, granted consent.Set) (Signature, bool) {
	best := choice{granted: granted, rank: -1, stop: s.worst + denied}
	s.phrases.find(text, func(i int) bool { return best.take(&s.signatures[i]) })
	if best.rank >= best.stop {
		return best.Signature, true
	}
	scan := hostScan{text: text, ends: &s.ends}
	for host := scan.next(); host != nil; host = scan.next() {
		h, ok := s.hosts.LookupBytes(host)
		if !ok || !betrays(&h) {
			continue
		}
		if !best.take(&Signature{Text: h.Pattern, Partner: h.Partner, Purpose: h.Purpose, Country: h.Country}) {
			break
		}
	}
	return best.Signature, best.rank >= 0
}

// choice is the best of what has been found so far.
type choice struct {
	Signature
	granted consent.Set
	rank    int
	stop    int // nothing can rank higher
}

// denied lifts what is not granted above all that is.
const denied = 1 << 8

// take considers what has been found and reports whether to look for more.
func (c *choice) take(s *Signature) bool {
	rank := intrusion(s.Purpose)
	if !c.granted.Has(s.Purpose) {
		rank += denied
	}
	if rank > c.rank {
		c.Signature, c.rank = *s, rank
	}
	return c.rank < c.stop
}
