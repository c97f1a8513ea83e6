package caddyfile

import (
	"fmt"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// line is an option as it was written: its words, and the lines of its block.
type line struct {
	// subject begins every error about the line: "partner acme-ads: country".
	// It is empty for the outermost line, which Caddy names itself.
	subject string

	words   []caddyfile.Token // the option's name and its arguments
	block   []line
	braced  bool              // there is a block, even if it is empty
	segment caddyfile.Segment // the line as Caddy's parser gave it
}

// readAll reads the one directive or global option that d holds.
func readAll(d *caddyfile.Dispenser) (line, error) {
	d.Next()
	segment, empty := nextSegment(d)
	l, err := readLine(segment, empty)
	if err == nil && d.Next() {
		err = errAt(d.Token(), "unexpected %q: expected the end of the block", d.Val())
	}
	return l, err
}

// nextSegment takes the line at d with its block. The dispenser leaves an empty
// block out of the segment, so that case is told apart.
func nextSegment(d *caddyfile.Dispenser) (segment caddyfile.Segment, empty bool) {
	segment = d.NextSegment()
	return segment, isBrace(d.Token()) && !isBrace(segment[len(segment)-1])
}

func readLine(segment caddyfile.Segment, empty bool) (line, error) {
	d := caddyfile.NewDispenser(segment)
	d.Next()
	name := d.Token()
	l := line{
		words:   append([]caddyfile.Token{name}, d.RemainingArgsAsTokens()...),
		braced:  empty,
		segment: segment,
	}
	for _, word := range l.words {
		if isBrace(word) {
			return l, errAt(word, "unexpected %q: expected it at the end of a line that opens a block, or alone on the line that closes it", word.Text)
		}
	}
	for d.NextBlock(0) {
		l.braced = true
		inner, err := readLine(nextSegment(d))
		if err != nil {
			return l, err
		}
		l.block = append(l.block, inner)
	}
	return l, nil
}

func isBrace(t caddyfile.Token) bool {
	return (t.Text == "{" || t.Text == "}") && !t.Quoted()
}

// name is the option's name.
func (l line) name() caddyfile.Token { return l.words[0] }

// args are the words behind the name.
func (l line) args() []caddyfile.Token { return l.words[1:] }

// errf returns an error about the line that points to the word t.
func (l line) errf(t caddyfile.Token, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if l.subject != "" {
		message = l.subject + ": " + message
	}
	return errAt(t, "%s", message)
}

// flat refuses a block.
func (l line) flat() error {
	if l.braced {
		return l.errf(l.name(), "unexpected block: expected one line")
	}
	return nil
}

// end refuses words from number n on.
func (l line) end(n int) error {
	if len(l.words) > n {
		return l.errf(l.words[n], "unexpected %q: expected the end of the line", l.words[n].Text)
	}
	return nil
}

// errAt returns an error that ends in the place of t. A dispenser writes it, since
// it alone knows through which imports the word came.
func errAt(t caddyfile.Token, format string, args ...any) error {
	d := caddyfile.NewDispenser([]caddyfile.Token{t})
	d.Next()
	return d.Errf(format, args...)
}

// places remembers where a name was first given.
type places map[string]caddyfile.Token

// add notes that line l gives the name at t, and refuses a name given before.
func (p places) add(l line, t caddyfile.Token, name string) error {
	if first, ok := p[name]; ok {
		return l.errf(t, "%q is already given at %s:%d: expected it once", name, first.File, first.Line)
	}
	p[name] = t
	return nil
}
