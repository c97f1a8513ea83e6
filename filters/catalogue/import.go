package catalogue

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/fairwaygate/fairway/filters/consent"
)

// List is what a file adds to the catalogue.
type List struct {
	Cookies []Cookie
	Hosts   []Host
	Skipped int // rows and lines that say nothing that could be enforced
}

// Read reads a file in any of the forms of [ReadCookieCSV] and [ReadHosts],
// which it tells apart by the first line that is not a comment. The purposes of
// cookies are names of the vocabulary; hosts get the given purpose. The name of
// the file is for errors and for the hosts' partner.
func Read(r io.Reader, file string, v *consent.Vocabulary, hosts consent.Purpose) (List, error) {
	buffered := bufio.NewReaderSize(r, sniffLength)
	head, err := buffered.Peek(sniffLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return List{}, fmt.Errorf("%s: %w", file, err)
	}
	var list List
	if isCookieCSV(string(head)) {
		list.Cookies, list.Skipped, err = ReadCookieCSV(buffered, file, v)
	} else {
		list.Hosts, list.Skipped, err = ReadHosts(buffered, file, hosts)
	}
	return list, err
}

const sniffLength = 64 << 10

// isCookieCSV reports whether a file that begins so is a table of cookies: in its
// first line that is not a comment something stands before a comma that is not a
// piece of a rule or of a hosts file's comment.
func isCookieCSV(head string) bool {
	for line := range strings.Lines(strings.TrimPrefix(head, byteOrderMark)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '!' || line[0] == '[' {
			continue
		}
		name, _, comma := strings.Cut(line, ",")
		return comma && !isCosmetic(line) && !strings.ContainsAny(name, "#$^|@")
	}
	return false
}

const byteOrderMark = "\ufeff"

// partnerOf names the partner of a list's hosts after its file: "EasyPrivacy.txt"
// is "easyprivacy".
func partnerOf(file string) string {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	base = strings.ToLower(strings.TrimSuffix(base, path.Ext(base)))
	slug := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, base), "-")
	if slug == "" {
		return "list"
	}
	return slug
}

func lineError(file string, line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", file, line, fmt.Sprintf(format, args...))
}
