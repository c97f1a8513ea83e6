package catalogue

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// Scripts finds known trackers in the text of scripts: by the [Signature] of
// their snippets, and by their hosts where a URL or a piece of one stands. It is
// immutable and safe for concurrent use. What it costs does not depend on how
// many hosts it knows.
type Scripts struct {
	hosts      HostTable[*Signature] // as if they were one, nil for those that are never found
	ends       endings
	signatures []Signature
	phrases    *phrases
	blocks     *blockSets
	worst      int // rank of the most intrusive that could be found
}

// NewScripts returns a finder of the given hosts and signatures; those that are
// built in are [Hosts] and [Signatures]. Hosts that are necessary or mixed are
// never found, and are not found under a wider pattern either.
func NewScripts(hosts iter.Seq[Host], signatures []Signature) (*Scripts, error) {
	s := &Scripts{signatures: signatures}
	var labels []string // with which hosts end
	for h := range hosts {
		var found *Signature
		if betrays(&h) {
			found = &Signature{Text: h.Pattern, Partner: h.Partner, Purpose: h.Purpose, Country: h.Country}
		}
		if err := s.hosts.Add(h.Pattern, found); err != nil {
			return nil, err
		}
		if found != nil {
			name, _, _ := parsePattern(h.Pattern)
			if label := name[strings.LastIndexByte(name, '.')+1:]; !slices.Contains(labels, label) {
				s.ends.add(label)
				labels = append(labels, label)
			}
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
	if !vectors {
		s.phrases.byStrides()
		return s, nil
	}
	s.blocks = new(blockSets)
	s.phrases.byWindows(s.blocks)
	var ends [][]window
	for _, label := range labels {
		ends = append(ends, []window{windowOfLabel(label)})
	}
	group(s.blocks.label[:], ends)
	return s, nil
}

// betrays reports whether a script that names the host is likely its tracker.
func betrays(h *Host) bool { return !h.Mixed && h.Purpose != consent.Necessary }

// Match returns the tracker that a script's text betrays: of several the most
// intrusive that granted does not cover, or, when it covers all, the most
// intrusive; of equals one that stands first, signatures before hosts. For a host,
// the Text of what is returned is the host's pattern. It reads the text at most
// twice and allocates nothing.
func (s *Scripts) Match(text []byte, granted consent.Set) (Signature, bool) {
	best := choice{granted: granted, rank: -1, stop: s.worst + denied}
	if s.blocks != nil {
		s.matchBlocks(text, &best)
	} else {
		s.matchStrides(text, &best)
	}
	if best.Signature == nil {
		return Signature{}, false
	}
	return *best.Signature, true
}

// matchStrides takes the best of what it finds without vectors.
func (s *Scripts) matchStrides(text []byte, best *choice) {
	s.phrases.find(text, func(i int) bool { return best.take(&s.signatures[i]) })
	if best.rank >= best.stop {
		return
	}
	scan := hostScan{text: text, ends: &s.ends}
	for host := scan.next(); host != nil; host = scan.next() {
		if !s.takeHost(host, best) {
			break
		}
	}
}

// takeHost considers a host that stands in a text and reports whether to look for more.
func (s *Scripts) takeHost(host []byte, best *choice) bool {
	found, _ := s.hosts.LookupBytes(host)
	return found == nil || best.take(found)
}

// matchBlocks takes the best of what it finds block by block.
func (s *Scripts) matchBlocks(text []byte, best *choice) {
	hosts := *best
	scan := hostScan{text: text, ends: &s.ends}
	m := marks{text: text, sets: s.blocks}
	for block, at := m.next(); block != nil; block, at = m.next() {
		for left := block.windows; left != 0; left &= left - 1 {
			i := at + bits.TrailingZeros64(left)
			if i+windowSize > len(text) {
				break
			}
			if !s.phrases.at(text, i, func(i int) bool { return best.take(&s.signatures[i]) }) {
				return
			}
		}
		for left := block.dots; left != 0 && hosts.rank < hosts.stop; left &= left - 1 {
			if host := scan.hostAt(at + bits.TrailingZeros64(left)); host != nil {
				s.takeHost(host, &hosts)
			}
		}
	}
	if hosts.rank > best.rank {
		*best = hosts
	}
}

// choice is the best of what has been found so far.
type choice struct {
	*Signature
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
		c.Signature, c.rank = s, rank
	}
	return c.rank < c.stop
}
