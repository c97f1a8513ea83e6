package cookie

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

// stored is what a browser keeps of a Set-Cookie field.
type stored struct {
	name, value, domain, path  string
	hostOnly, secure, httpOnly bool
	sameSite                   string // lower-case; "" for what is unknown
	expires                    time.Time
	session                    bool
}

// browserStore is RFC 6265bis sections 5.6 and 5.7 written down anew, plainly
// and with other means than the filter: the reference for the tests. expired
// cookies are returned too, with a date in the past.
func browserStore(field string, o Origin, now time.Time) (c stored, ok bool) {
	if refControl.MatchString(field) {
		return c, false
	}
	parts := strings.Split(field, ";")
	name, value, named := strings.Cut(parts[0], "=")
	if !named {
		name, value = "", name
	}
	c.name, c.value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
	if c.name+c.value == "" {
		return c, false
	}
	c.session, c.hostOnly = true, true
	var hasMaxAge bool
	domain, path := "", ""
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		value = strings.Trim(value, " \t")
		if len(value) > 1024 {
			continue
		}
		switch strings.ToLower(strings.Trim(name, " \t")) {
		case "expires":
			if date, ok := referenceDate(value); ok && !hasMaxAge {
				c.expires, c.session = date, false
			}
		case "max-age":
			if refMaxAge.MatchString(value) {
				hasMaxAge, c.session = true, false
				n, err := strconv.ParseInt(value, 10, 64)
				switch {
				case n <= 0:
					c.expires = time.Time{}
				case err != nil || n > 1e9:
					c.expires = now.Add(1e9 * time.Second)
				default:
					c.expires = now.Add(time.Duration(n) * time.Second)
				}
			}
		case "domain":
			domain = strings.ToLower(strings.TrimPrefix(value, "."))
		case "path":
			path = value
		case "secure":
			c.secure = true
		case "httponly":
			c.httpOnly = true
		case "samesite":
			c.sameSite = strings.ToLower(value)
			if !slices.Contains([]string{"none", "lax", "strict"}, c.sameSite) {
				c.sameSite = ""
			}
		}
	}
	if refNotASCII.MatchString(domain) {
		return c, false
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); domain != "" && suffix == domain {
		if domain != o.Host {
			return c, false
		}
		domain = ""
	}
	c.domain = o.Host
	if domain != "" {
		numeric := refAddress.MatchString(o.Host)
		if domain != o.Host && (numeric || !strings.HasSuffix(o.Host, "."+domain)) {
			return c, false
		}
		c.domain, c.hostOnly = domain, false
	}
	c.path = path
	if !strings.HasPrefix(path, "/") {
		c.path = defaultPath(o.Path)
	}
	lower := strings.ToLower(c.name)
	if c.name == "" {
		lower = strings.ToLower(c.value)
	}
	promises := strings.HasPrefix(lower, "__secure-") || strings.HasPrefix(lower, "__host-") || strings.HasPrefix(lower, "__http-")
	switch {
	case promises && (c.name == "" || !c.secure),
		strings.HasPrefix(lower, "__host-") && (!c.hostOnly || path != "/"),
		(strings.HasPrefix(lower, "__http-") || strings.HasPrefix(lower, "__host-http-")) && !c.httpOnly:
		return c, false
	}
	return c, true
}

func defaultPath(requestPath string) string {
	i := strings.LastIndex(requestPath, "/")
	if !strings.HasPrefix(requestPath, "/") || i == 0 {
		return "/"
	}
	return requestPath[:i]
}

var (
	refControl  = regexp.MustCompile(`[\x00-\x08\x0a-\x1f\x7f]`)
	refMaxAge   = regexp.MustCompile(`^-?[0-9]+$`)
	refNotASCII = regexp.MustCompile(`[^\x00-\x7f]`)
	refAddress  = regexp.MustCompile(`^[0-9.]+$|:`)

	dateDelimiters = regexp.MustCompile(`[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+`)
	dateClock      = regexp.MustCompile(`^([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})([^0-9]|$)`)
	dateDay        = regexp.MustCompile(`^([0-9]{1,2})([^0-9]|$)`)
	dateMonth      = regexp.MustCompile(`(?i)^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`)
	dateYear       = regexp.MustCompile(`^([0-9]{2,4})([^0-9]|$)`)
)

// referenceDate is RFC 6265bis section 5.1.1 with regular expressions.
func referenceDate(s string) (time.Time, bool) {
	var clock, day, month, year []string
	for _, token := range dateDelimiters.Split(s, -1) {
		if clock == nil {
			if clock = dateClock.FindStringSubmatch(token); clock != nil {
				continue
			}
		}
		if day == nil {
			if day = dateDay.FindStringSubmatch(token); day != nil {
				continue
			}
		}
		if month == nil {
			if month = dateMonth.FindStringSubmatch(token); month != nil {
				continue
			}
		}
		if year == nil {
			year = dateYear.FindStringSubmatch(token)
		}
	}
	if clock == nil || day == nil || month == nil || year == nil {
		return time.Time{}, false
	}
	y, _ := strconv.Atoi(year[1])
	if y < 70 {
		y += 2000
	} else if y < 100 {
		y += 1900
	}
	if y < 1601 {
		return time.Time{}, false
	}
	// Month 2, day 31 and the like fail to parse, as do hours over 23.
	text := strings.ToUpper(month[1][:1]) + strings.ToLower(month[1][1:]) + " " + day[1] + " " + strconv.Itoa(y) +
		" " + clock[1] + ":" + clock[2] + ":" + clock[3]
	t, err := time.Parse("Jan 2 2006 15:4:5", text)
	return t, err == nil
}
