package cookie

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Table finds the rule for a cookie's name. The zero value is empty; so is a
// nil one, for [Table.Lookup].
type Table struct {
	exact   map[string]*Rule
	begin   map[string]*Rule // by the pattern without its "*"
	lengths []int            // of the keys of begin, longest first, each once
}

// Add enters a rule for a name ("sid") or for all names with a beginning
// ("cart_*"). Names are case-sensitive, printable ASCII without ";" and "=".
// The same pattern can't be added twice.
func (t *Table) Add(pattern string, r Rule) error {
	if err := checkPattern(pattern); err != nil {
		return err
	}
	switch {
	case r.MaxAge < 0:
		return fmt.Errorf("cookie %q: a lifetime can't be negative, got %v", pattern, r.MaxAge)
	case r.MaxAge > 0 && r.MaxAge < time.Second:
		return fmt.Errorf("cookie %q: a lifetime is at least a second, got %v", pattern, r.MaxAge)
	}
	begin, isPrefix := strings.CutSuffix(pattern, "*")
	rules := &t.exact
	if isPrefix {
		rules = &t.begin
	}
	if _, known := (*rules)[begin]; known {
		return fmt.Errorf("cookie %q is declared twice", pattern)
	}
	if *rules == nil {
		*rules = make(map[string]*Rule)
	}
	(*rules)[begin] = &r
	if isPrefix {
		t.addLength(len(begin))
	}
	return nil
}

func (t *Table) addLength(n int) {
	i, known := slices.BinarySearchFunc(t.lengths, n, func(have, want int) int { return want - have })
	if !known {
		t.lengths = slices.Insert(t.lengths, i, n)
	}
}

func checkPattern(pattern string) error {
	name := strings.TrimSuffix(pattern, "*")
	switch {
	case pattern == "":
		return errors.New("a cookie needs a name")
	case name == "":
		return errors.New(`cookie "*": expected at least one character before the "*"`)
	case strings.ContainsRune(name, '*'):
		return fmt.Errorf(`cookie %q: "*" can only be the last character`, pattern)
	case name[0] == '$':
		return fmt.Errorf(`cookie %q: a name beginning with "$" is an attribute of RFC 2109, never a cookie`, pattern)
	case trim(pattern) != pattern:
		return fmt.Errorf("cookie %q: a name has no space around it", pattern)
	}
	for i := range len(name) {
		if c := name[i]; c < ' ' || c > '~' || c == ';' || c == '=' {
			return fmt.Errorf(`cookie %q: a name is printable ASCII without ";" and "="`, pattern)
		}
	}
	return nil
}

// Len counts the patterns in the table.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	return len(t.exact) + len(t.begin)
}

// Lookup returns the rule for a name. An exact pattern beats a beginning, and
// the longest beginning wins. A pattern also matches a name that bears one of
// the prefixes __Host-, __Secure-, __Http- and __Host-Http- before it; the
// pattern that spells the prefix out goes first. It allocates nothing.
func (t *Table) Lookup(name string) (*Rule, bool) {
	if t == nil || name == "" {
		return nil, false
	}
	if r, ok := t.exact[name]; ok {
		return r, true
	}
	rule, reach := t.longest(name)
	if p, ok := prefixOf(name); ok {
		bare := name[len(p.text):]
		if r, ok := t.exact[bare]; ok {
			return r, true
		}
		if r, n := t.longest(bare); r != nil && len(p.text)+n > reach {
			rule = r
		}
	}
	return rule, rule != nil
}

// longest returns the rule of the longest beginning of name, and its length.
func (t *Table) longest(name string) (*Rule, int) {
	for _, n := range t.lengths {
		if n > len(name) {
			continue
		}
		if r, ok := t.begin[name[:n]]; ok {
			return r, n
		}
	}
	return nil, 0
}
