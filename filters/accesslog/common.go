package accesslog

import (
	"bytes"
	"time"
)

// parseCommon reads the Common Log Format and the Combined Log Format:
//
//	host ident user [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 2326
//	… "https://referrer.example/" "user agent"
//
// The fields before the time are skipped, so that it doesn't matter how many there
// are, and what stands behind the user agent is ignored.
func (e *entry) parseCommon(line []byte) error {
	rest, ok := e.date(line)
	if !ok {
		return errFormat
	}
	request, rest, ok := quoted(rest)
	if !ok {
		return errFormat
	}
	// A request that was no HTTP ("-", or bytes of TLS) has neither of both.
	var more bool
	if e.method, request, more = bytes.Cut(request, []byte(" ")); more {
		e.target, _, _ = bytes.Cut(request, []byte(" "))
	}
	rest = bytes.TrimLeft(rest, " ")
	if len(rest) < 3 {
		return errFormat
	}
	for _, c := range rest[:3] {
		if c < '0' || c > '9' {
			return errFormat
		}
		e.status = e.status*10 + int(c-'0')
	}
	if _, rest, ok = quoted(rest[3:]); !ok { // the referrer
		return nil
	}
	if agent, _, ok := quoted(rest); ok {
		e.agentKnown = true
		if !bytes.Equal(agent, []byte("-")) {
			e.agent = agent
		}
	}
	return nil
}

// quoted returns what stands in the next quotation marks, and what follows them.
// Apache escapes a mark within with a backslash, nginx writes it as \x22.
func quoted(b []byte) (text, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '"')
	if i < 0 {
		return nil, nil, false
	}
	b = b[i+1:]
	for at := 0; ; {
		n := bytes.IndexByte(b[at:], '"')
		if n < 0 {
			return nil, nil, false
		}
		end := at + n
		slashes := 0
		for end-slashes > 0 && b[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return b[:end], b[end+1:], true
		}
		at = end + 1
	}
}

// dateBytes is the length of [10/Oct/2000:13:55:36 -0700].
const dateBytes = 28

// date finds the time, and returns what follows it.
func (e *entry) date(line []byte) (rest []byte, ok bool) {
	for at := 0; ; at++ {
		i := bytes.IndexByte(line[at:], '[')
		if i < 0 {
			return nil, false
		}
		if at += i; len(line)-at < dateBytes {
			return nil, false
		}
		if e.unix, ok = parseDate(line[at : at+dateBytes]); ok {
			return line[at+dateBytes:], true
		}
	}
}

func parseDate(b []byte) (unix int64, ok bool) {
	if b[3] != '/' || b[7] != '/' || b[12] != ':' || b[15] != ':' || b[18] != ':' || b[21] != ' ' || b[27] != ']' {
		return 0, false
	}
	day, hour, minute, second := number(b[1:3]), number(b[13:15]), number(b[16:18]), number(b[19:21])
	year, zoneHour, zoneMinute := number(b[8:12]), number(b[23:25]), number(b[25:27])
	month := months[[3]byte(b[4:7])]
	if month == 0 || min(day-1, hour, minute, second, year-1970, zoneHour, zoneMinute) < 0 ||
		day > 31 || hour > 23 || minute > 59 || second > 60 || zoneHour > 23 || zoneMinute > 59 {
		return 0, false
	}
	zone := int64(zoneHour*60+zoneMinute) * 60
	switch b[22] {
	case '+':
	case '-':
		zone = -zone
	default:
		return 0, false
	}
	t := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	if t.Day() != day && second < 60 {
		return 0, false
	}
	return t.Unix() - zone, true
}

var months = map[[3]byte]time.Month{
	{'J', 'a', 'n'}: time.January, {'F', 'e', 'b'}: time.February, {'M', 'a', 'r'}: time.March, {'A', 'p', 'r'}: time.April,
	{'M', 'a', 'y'}: time.May, {'J', 'u', 'n'}: time.June, {'J', 'u', 'l'}: time.July, {'A', 'u', 'g'}: time.August,
	{'S', 'e', 'p'}: time.September, {'O', 'c', 't'}: time.October, {'N', 'o', 'v'}: time.November, {'D', 'e', 'c'}: time.December,
}

// number reads digits, or returns a number below zero.
func number(b []byte) (n int) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}
