package ledger

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

// State is what a store keeps of a chain besides its entries.
type State struct {
	Chain string // its name
	Head  Head   // its end
	Base  []byte // a signed statement that stands for what was pruned, or nil
	Keys  []byte // a signed statement of earlier keys, or nil
}

// Report is what [Verify] found.
type Report struct {
	Records     uint64
	First, Last uint64 // numbers of the records; 0 when there is none
	Pruned      uint64 // how many records the base stands for
	Statements  int    // how many signed statements agree with the chain
	Witnessed   uint64 // the last record that a statement kept elsewhere covers

	// What is wrong, the first problemsMax of it, and how much there is.
	Problems []string
	Count    int
}

// problemsMax bounds what a report names.
const problemsMax = 100

// Whole reports whether nothing was found.
func (r *Report) Whole() bool { return r.Count == 0 }

func (r *Report) problem(format string, args ...any) {
	if r.Count++; r.Count <= problemsMax {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Verify checks a chain: that every record is canonical and stands where its hash
// says, that none is missing or doubled, that the state agrees with them, and that
// the statements, which were kept elsewhere, do. entries are in order of their
// numbers; keys are those that are trusted. A statement of earlier keys that one
// of them signed adds those.
//
// An end that was cut off is found only if a statement kept elsewhere covers it.
// The error is that of entries.
func Verify(state State, entries iter.Seq2[Entry, error], statements [][]byte, keys KeySet) (*Report, error) {
	v := &verifier{Report: new(Report), chain: state.Chain, keys: maps.Clone(keys)}
	words := v.read(state.Keys, statements)
	at := v.base(state)
	pending := v.statements(words)
	check := func() {
		for len(pending) > 0 && pending[0].Sequence <= at.Sequence {
			v.compare(pending[0], at)
			pending = pending[1:]
		}
	}
	check()
	for entry, err := range entries {
		if err != nil {
			return v.Report, err
		}
		at = v.entry(entry, at)
		check()
	}
	if at != state.Head {
		v.problem("the chain ends at record %d, and its head says %d%s", at.Sequence, state.Head.Sequence, otherHash(at, state.Head))
	}
	for _, s := range pending {
		v.problem("a %s of %s covers record %d, and the chain ends at record %d", s.Type, s.Time.Format("2006-01-02 15:04:05"), s.Sequence, at.Sequence)
	}
	return v.Report, nil
}

func otherHash(a, b Head) string {
	if a.Sequence == b.Sequence {
		return " with another hash"
	}
	return ""
}

type verifier struct {
	*Report
	chain  string
	keys   KeySet
	pruned uint64 // what lies at or before this can't be compared any more
}

// read parses statements and learns earlier keys from them. Only the keys that
// were trusted from the start can name others.
func (v *verifier) read(keys []byte, lines [][]byte) []*Statement {
	var words []*Statement
	trusted := maps.Clone(v.keys)
	learn := func(line []byte, where string) *Statement {
		s, err := ParseStatement(line)
		if err != nil {
			v.problem("%s: %v", where, err)
			return nil
		}
		if s.Type == KeyList {
			if _, err := s.Verify(trusted); err == nil {
				for _, key := range s.Keys {
					if public, err := key.public(); err == nil && newJWK(public) == key {
						v.keys[key.ID] = key
					}
				}
			}
		}
		return s
	}
	if len(keys) > 0 {
		if s := learn(keys, "the store's list of keys"); s != nil {
			if _, err := s.Verify(v.keys); err != nil || s.Type != KeyList || s.Chain != v.chain {
				v.problem("the store's list of keys: %v", orElse(err, "not one of this chain"))
			}
		}
	}
	for i, line := range lines {
		if s := learn(line, fmt.Sprintf("statement %d", i+1)); s != nil {
			words = append(words, s)
		}
	}
	return words
}

// base returns where the entries begin.
func (v *verifier) base(state State) Head {
	if len(state.Base) == 0 {
		return Genesis(state.Chain)
	}
	s, err := ParseStatement(state.Base)
	if err == nil {
		_, err = s.Verify(v.keys)
	}
	if err != nil || s.Type != Pruned || s.Chain != state.Chain {
		v.problem("the statement that stands for pruned records: %v", orElse(err, "not one of this chain"))
	}
	if s == nil {
		return Genesis(state.Chain)
	}
	v.pruned, v.Report.Pruned = s.Sequence, s.Sequence
	v.Statements++
	return s.Head()
}

// statements checks signatures and orders the statements by what they cover.
func (v *verifier) statements(words []*Statement) []*Statement {
	var genuine []*Statement
	for i, s := range words {
		if _, err := s.Verify(v.keys); err != nil {
			v.problem("statement %d: %v", i+1, err)
			continue
		}
		if s.Chain != v.chain {
			v.problem("statement %d: it is about the chain %.50q, not %q", i+1, s.Chain, v.chain)
			continue
		}
		genuine = append(genuine, s)
	}
	slices.SortStableFunc(genuine, func(a, b *Statement) int {
		switch {
		case a.Sequence < b.Sequence:
			return -1
		case a.Sequence > b.Sequence:
			return 1
		}
		return 0
	})
	return genuine
}

// compare holds a statement against the chain at the record that it covers.
func (v *verifier) compare(s *Statement, at Head) {
	v.Witnessed = max(v.Witnessed, s.Sequence)
	switch {
	case s.Sequence < v.pruned: // its record is gone; the base stands for it
	case s.Sequence == 0 && s.Hash == Genesis(v.chain).Hash:
	case s.Sequence != at.Sequence:
		v.problem("a %s covers record %d, which is missing", s.Type, s.Sequence)
		return
	case s.Hash != at.Hash:
		v.problem("record %d or one before it was replaced: a %s of %s has another hash", s.Sequence, s.Type, s.Time.Format("2006-01-02 15:04:05"))
		return
	}
	v.Statements++
}

// entry checks one entry behind a head and returns the head after it. Behind a
// broken one the chain is taken up again, so that every break is found.
func (v *verifier) entry(e Entry, at Head) Head {
	v.Records++
	if v.First == 0 {
		v.First = e.Sequence
	}
	v.Last = e.Sequence
	parsed, err := ParseEntry(e.Record)
	switch {
	case err != nil:
		v.problem("record %d: %v", e.Sequence, err)
	case parsed.ID != e.ID:
		v.problem("record %d: it is filed under another record_id", e.Sequence)
	case parsed.Time != e.Time:
		v.problem("record %d: it is filed under another time", e.Sequence)
	}
	next := at.Next(e.Record)
	switch {
	case e.Sequence > next.Sequence:
		v.problem("records %d to %d are missing", next.Sequence, e.Sequence-1)
	case e.Sequence < next.Sequence:
		v.problem("record %d stands behind record %d", e.Sequence, at.Sequence)
	case e.Hash != next.Hash:
		v.problem("record %d was changed, or stood elsewhere: its hash does not follow from record %d", e.Sequence, at.Sequence)
	}
	return Head{e.Sequence, e.Hash}
}

func orElse(err error, text string) string {
	if err != nil {
		return err.Error()
	}
	return text
}
