package caddyfile

import (
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// option is a line that a block can hold.
type option struct {
	name  string
	many  bool // it can be given several times
	parse func(line) error
}

// once is an option that can be given once.
func once(name string, parse func(line) error) option { return option{name, false, parse} }

// many is an option that can be given several times.
func many(name string, parse func(line) error) option { return option{name, true, parse} }

// options parses the options of l: those written on the line itself, from the word
// numbered n on, and those in its block.
func (l line) options(n int, options ...option) error {
	inline, err := l.inline(n, options)
	if err != nil {
		return err
	}
	return l.each(append(inline, l.block...), options)
}

// blockOptions parses the options in the block of l, which has n words.
func (l line) blockOptions(n int, options ...option) error {
	if len(l.words) > n {
		return l.errf(l.words[n], "unexpected %q: expected a block", l.words[n].Text)
	}
	return l.each(l.block, options)
}

// inline cuts the words from number n on into options. An option ends where the
// name of another begins that was not seen yet; a quoted word is never a name.
func (l line) inline(n int, options []option) ([]line, error) {
	var lines []line
	seen := make(map[string]bool)
	for _, word := range l.words[min(n, len(l.words)):] {
		switch {
		case !word.Quoted() && !seen[word.Text] && slices.Contains(names(options), word.Text):
			seen[word.Text] = true
			lines = append(lines, line{words: []caddyfile.Token{word}})
		case lines == nil:
			return nil, l.errf(word, "unexpected %q: expected %s%s", word.Text, alternatives(names(options)), didYouMean(nearest(word.Text, names(options))))
		default:
			last := &lines[len(lines)-1]
			last.words = append(last.words, word)
		}
	}
	return lines, nil
}

func (l line) each(lines []line, options []option) error {
	seen := make(places)
	for _, child := range lines {
		name := child.name()
		i := slices.IndexFunc(options, func(o option) bool { return o.name == name.Text })
		if i < 0 {
			return l.errf(name, "unknown option %q: expected %s%s", name.Text, alternatives(names(options)), didYouMean(nearest(name.Text, names(options))))
		}
		if !options[i].many {
			if err := seen.add(l, name, name.Text); err != nil {
				return err
			}
		}
		child.subject = name.Text
		if l.subject != "" {
			child.subject = l.subject + ": " + name.Text
		}
		if err := options[i].parse(child); err != nil {
			return err
		}
	}
	return nil
}

func names(options []option) []string {
	list := make([]string, len(options))
	for i, o := range options {
		list[i] = o.name
	}
	return list
}

// value is a kind of word that an option takes.
type value[T any] struct {
	problem  string // what a wrong word is called: "bad date"
	expected string // what is right, to end "expected …"
	read     func(word string) (T, bool)
	meant    func(wrong string) string // guesses the right word; "" if it can't
}

// parse reads the word t of l.
func (v value[T]) parse(l line, t caddyfile.Token) (T, error) {
	got, ok := v.read(t.Text)
	if ok {
		return got, nil
	}
	hint := ""
	if v.meant != nil {
		hint = didYouMean(v.meant(t.Text))
	}
	return got, l.errf(t, "%s %q: expected %s%s", v.problem, t.Text, v.expected, hint)
}

// missing is the error that l lacks a word of this kind.
func (v value[T]) missing(l line) error {
	return l.errf(l.name(), "missing value: expected %s", v.expected)
}

// first reads the word behind the name of l, which the line is then known by.
func (v value[T]) first(l *line) (T, error) {
	if len(l.args()) == 0 {
		var none T
		return none, v.missing(*l)
	}
	got, err := v.parse(*l, l.args()[0])
	l.subject += " " + l.args()[0].Text
	return got, err
}

// one parses a line with one argument into to.
func one[T any](to *T, v value[T]) func(line) error {
	return func(l line) (err error) {
		if err := l.flat(); err != nil {
			return err
		}
		switch args := l.args(); len(args) {
		case 0:
			return v.missing(l)
		case 1:
			*to, err = v.parse(l, args[0])
			return err
		default:
			return l.errf(args[1], "unexpected %q after %q: expected one value, in quotes if it has spaces", args[1].Text, args[0].Text)
		}
	}
}

// list parses a line with one or more arguments and appends them to to. No value
// may be given twice.
func list(to *[]string, v value[string]) func(line) error {
	return listIn(to, v, make(places))
}

// listIn is list for values that several lines share.
func listIn(to *[]string, v value[string], seen places) func(line) error {
	return func(l line) error {
		if err := l.flat(); err != nil {
			return err
		}
		if len(l.args()) == 0 {
			return v.missing(l)
		}
		return appendAll(to, v, seen, l, l.args())
	}
}

// appendAll reads the words of l and appends them to to.
func appendAll(to *[]string, v value[string], seen places, l line, words []caddyfile.Token) error {
	for _, word := range words {
		got, err := v.parse(l, word)
		if err != nil {
			return err
		}
		if err := seen.add(l, word, got); err != nil {
			return err
		}
		*to = append(*to, got)
	}
	return nil
}
