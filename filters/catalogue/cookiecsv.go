package catalogue

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/consent"
)

// ReadCookieCSV reads a table of cookies in one of two forms.
//
// The form of the Open Cookie Database begins with its header line. Functional
// is preferences, Security is necessary, Marketing is advertising; names of the
// vocabulary are understood too. A name with a wildcard match is a prefix. Names
// that no cookie can have are skipped and counted.
//
// The form of one's own has a line "pattern,purpose,lifetime[,vendor]" for each
// cookie: "_ga_*,analytics,13mo,Google". Its purposes are names of the vocabulary,
// its lifetimes as [ParseLifetime] reads them, lines that begin with # comments.
//
// When a pattern is there more than once, the row with the more intrusive
// purpose counts (see [MoreIntrusive]), or else the first.
func ReadCookieCSV(r io.Reader, file string, v *consent.Vocabulary) (cookies []Cookie, skipped int, err error) {
	buffered := bufio.NewReader(r)
	if mark, err := buffered.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		_, _ = buffered.Discard(len(byteOrderMark))
	}
	in := csv.NewReader(buffered)
	in.Comment = '#'
	in.FieldsPerRecord = -1
	in.TrimLeadingSpace = true
	t := cookieTable{in: in, file: file, vocabulary: v, index: make(map[string]int)}
	if err := t.read(); err != nil {
		return nil, 0, err
	}
	return t.cookies, t.skipped, nil
}

// cookieTable is a table of cookies while it is read.
type cookieTable struct {
	in         *csv.Reader
	file       string
	vocabulary *consent.Vocabulary

	cookies []Cookie
	index   map[string]int // of each pattern in cookies
	skipped int
}

func (t *cookieTable) read() error {
	first, err := t.next()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	row := t.ownRow
	if columns, ok := databaseColumns(first); ok {
		row = func(fields []string) error { return t.databaseRow(fields, columns) }
	} else if !isOwnHeader(first) {
		if err := row(first); err != nil {
			return err
		}
	}
	for {
		fields, err := t.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := row(fields); err != nil {
			return err
		}
	}
}

// next returns the next row that is not blank, its fields trimmed.
func (t *cookieTable) next() ([]string, error) {
	fields, err := t.in.Read()
	for err == nil && len(fields) == 1 && strings.TrimSpace(fields[0]) == "" {
		fields, err = t.in.Read()
	}
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		return nil, lineError(t.file, parse.Line, "expected comma-separated values: %v", parse.Err)
	}
	if err != nil {
		if !errors.Is(err, io.EOF) {
			err = fmt.Errorf("%s: %w", t.file, err)
		}
		return nil, err
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields, nil
}

func (t *cookieTable) errorf(format string, args ...any) error {
	line, _ := t.in.FieldPos(0)
	return lineError(t.file, line, format, args...)
}

// columns tells where the Open Cookie Database keeps what we need.
type columns struct{ name, category, retention, wildcard, platform int }

// databaseColumns finds the columns in a header line.
func databaseColumns(header []string) (columns, bool) {
	c := columns{-1, -1, -1, -1, -1}
	for i, title := range header {
		title = strings.ToLower(title)
		switch {
		case strings.Contains(title, "key name"):
			c.name = i
		case title == "category":
			c.category = i
		case strings.HasPrefix(title, "retention"):
			c.retention = i
		case strings.HasPrefix(title, "wildcard"):
			c.wildcard = i
		case title == "platform":
			c.platform = i
		}
	}
	return c, c.name >= 0 && c.category >= 0
}

func (t *cookieTable) databaseRow(fields []string, c columns) error {
	field := func(i int) string {
		if i < 0 || i >= len(fields) {
			return ""
		}
		return fields[i]
	}
	purpose, ok := t.category(field(c.category))
	if !ok {
		return t.errorf("expected a category such as Functional, Security, Analytics, Marketing or Personalization, got %q", field(c.category))
	}
	pattern := field(c.name)
	if field(c.wildcard) == "1" && !strings.HasSuffix(pattern, "*") {
		pattern += "*"
	}
	if !isCookiePattern(pattern) {
		t.skipped++
		return nil
	}
	lifetime, _ := ParseLifetime(field(c.retention))
	t.add(Cookie{Pattern: pattern, Purpose: purpose, MaxAge: lifetime, Vendor: field(c.platform)})
	return nil
}

// category reads a category of the Open Cookie Database.
func (t *cookieTable) category(name string) (consent.Purpose, bool) {
	name = strings.ToLower(name)
	switch name {
	case "functional", "preference":
		return consent.Preferences, true
	case "security", "strictly necessary", "essential":
		return consent.Necessary, true
	case "statistics", "performance":
		return consent.Analytics, true
	case "marketing", "targeting":
		return consent.Advertising, true
	}
	return t.vocabulary.Lookup(name)
}

func isOwnHeader(fields []string) bool {
	return len(fields) >= 3 && strings.EqualFold(fields[0], "pattern") && strings.EqualFold(fields[1], "purpose")
}

func (t *cookieTable) ownRow(fields []string) error {
	if len(fields) < 3 || len(fields) > 4 {
		return t.errorf("expected pattern,purpose,lifetime[,vendor] or the header of the Open Cookie Database, got %d fields", len(fields))
	}
	if !isCookiePattern(fields[0]) {
		return t.errorf("expected the name of a cookie, or the beginning of one and an asterisk, got %q", fields[0])
	}
	purpose, ok := t.vocabulary.Lookup(fields[1])
	if !ok {
		return t.errorf("expected a purpose such as necessary, preferences, analytics or advertising, got %q", fields[1])
	}
	var lifetime time.Duration
	if fields[2] != "" {
		if lifetime, ok = ParseLifetime(fields[2]); !ok {
			return t.errorf("expected a lifetime such as session, 30m or 13mo, got %q", fields[2])
		}
	}
	c := Cookie{Pattern: fields[0], Purpose: purpose, MaxAge: lifetime}
	if len(fields) == 4 {
		c.Vendor = fields[3]
	}
	t.add(c)
	return nil
}

func (t *cookieTable) add(c Cookie) {
	i, known := t.index[c.Pattern]
	if !known {
		t.index[c.Pattern] = len(t.cookies)
		t.cookies = append(t.cookies, c)
		return
	}
	if intrusion(c.Purpose) > intrusion(t.cookies[i].Purpose) {
		t.cookies[i] = c
	}
}

// isCookiePattern reports whether a browser could hold a cookie of that name (RFC
// 6265 section 5.2, without controls and what is not ASCII); an asterisk may
// stand at its end, with something before it.
func isCookiePattern(pattern string) bool {
	name := strings.TrimSuffix(pattern, "*")
	if name == "" {
		return false
	}
	for i := range len(name) {
		switch c := name[i]; {
		case c <= ' ' || c >= 0x7f, c == ';', c == '=', c == ',', c == '*':
			return false
		}
	}
	return true
}
