package catalogue

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/fairwaygate/fairway/filters/consent"
)

// ReadHosts reads a list of hosts, one a line, in any of these forms:
//
//	0.0.0.0 ads.example   # a hosts file: an address, then host names
//	ads.example           # bare, or *.ads.example for only what is below
//	||ads.example^        # an adblock network rule for a whole host
//
// All of them get the given purpose, and the file's name as their partner. Lines
// that begin with #, ! or [ are comments. Of adblock lists, exceptions, cosmetic
// rules, rules for parts of a host and those with options other than third-party
// are skipped and counted: the first could only take away, and the others can't
// be decided by the host. So are the names by which hosts files call the machine
// itself and its neighbours.
//
// A host that would cover a whole public suffix such as co.uk is an error.
func ReadHosts(r io.Reader, file string, purpose consent.Purpose) (hosts []Host, skipped int, err error) {
	l := hostList{file: file, purpose: purpose, partner: partnerOf(file), seen: make(map[string]bool)}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		l.line++
		text := lines.Text()
		if l.line == 1 {
			text = strings.TrimPrefix(text, byteOrderMark)
		}
		if err := l.read(strings.TrimSpace(text)); err != nil {
			return nil, 0, err
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, 0, lineError(file, l.line+1, "expected a host, got a line of more than %d bytes", bufio.MaxScanTokenSize)
	} else if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", file, err)
	}
	return l.hosts, l.skipped, nil
}

// hostList is a list of hosts while it is read.
type hostList struct {
	file    string
	line    int
	purpose consent.Purpose
	partner string
	adblock bool // some line was of an adblock list

	hosts   []Host
	seen    map[string]bool
	skipped int
}

func (l *hostList) read(line string) error {
	switch {
	case line == "":
		return nil
	case line[0] == '!' || line[0] == '[':
		l.adblock = true
		return nil
	case isCosmetic(line), strings.HasPrefix(line, "@@"):
		l.adblock = true
		l.skipped++
		return nil
	case strings.HasPrefix(line, "||"):
		l.adblock = true
		return l.rule(line[2:])
	case line[0] == '#':
		return nil
	}
	line, _, _ = strings.Cut(line, "#")
	fields := strings.Fields(line)
	if _, err := netip.ParseAddr(fields[0]); err == nil && len(fields) > 1 {
		for _, host := range fields[1:] {
			if isOwnName(host) || !strings.Contains(host, ".") {
				l.skipped++ // a name in one's own network
			} else if err := l.add(host); err != nil {
				return err
			}
		}
		return nil
	}
	if l.adblock && (len(fields) > 1 || !isListed(fields[0])) {
		l.skipped++ // a rule for parts of addresses
		return nil
	}
	if len(fields) > 1 {
		return l.errorf("expected one host, an address and hosts, or ||host^, got %q", line)
	}
	if isOwnName(fields[0]) {
		l.skipped++
		return nil
	}
	return l.add(fields[0])
}

// rule reads an adblock network rule, less the bars at its beginning.
func (l *hostList) rule(rule string) error {
	pattern, options, _ := strings.Cut(rule, "$")
	host, ended := strings.CutSuffix(pattern, "^")
	if options != "" {
		for option := range strings.SplitSeq(options, ",") {
			if option != "third-party" && option != "3p" {
				l.skipped++
				return nil
			}
		}
	}
	if !ended || !isListed(host) {
		l.skipped++
		return nil
	}
	return l.add(host)
}

func (l *hostList) add(host string) error {
	name, below, err := parsePattern(host)
	if err != nil {
		return l.errorf("expected a host such as ads.example, *.ads.example or ||ads.example^, got %q", host)
	}
	if isSuffix(name) {
		return l.errorf("expected a host below a public suffix, got %q", host)
	}
	if below {
		name = "*." + name
	}
	if !l.seen[name] {
		l.seen[name] = true
		l.hosts = append(l.hosts, Host{Pattern: name, Partner: l.partner, Purpose: l.purpose})
	}
	return nil
}

func (l *hostList) errorf(format string, args ...any) error {
	return lineError(l.file, l.line, format, args...)
}

// isListed reports whether a word is a host that a list may have.
func isListed(word string) bool {
	name, _, err := parsePattern(word)
	return err == nil && !isSuffix(name)
}

// isSuffix reports whether a name covers what many own: a single label, or a
// public suffix that a registry gives names under.
func isSuffix(name string) bool {
	if !strings.Contains(name, ".") {
		return true
	}
	suffix, registry := publicsuffix.PublicSuffix(name)
	return registry && suffix == name
}

// isCosmetic reports whether a line is a rule for elements of pages: two marks
// with a # at each end and at most two signs between.
func isCosmetic(line string) bool {
	for _, mark := range [...]string{"##", "#@#", "#?#", "#$#", "#%#", "#@?#", "#@$#", "#@%#"} {
		if i := strings.Index(line, mark); i >= 0 && i+len(mark) < len(line) && line[i+len(mark)] != '#' && (i > 0 || line[i+len(mark)] != ' ') {
			return true
		}
	}
	return false
}

// isOwnName reports whether hosts files use the name for the machine itself or
// its network.
func isOwnName(host string) bool {
	switch strings.ToLower(host) {
	case "localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0":
		return true
	}
	return strings.HasPrefix(strings.ToLower(host), "ip6-")
}
