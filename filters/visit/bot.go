package visit

import "bytes"

// Bot is a class of program. The zero value is a person's browser.
type Bot uint8

// The classes. Prefetch is a browser that loads ahead, which nobody has seen yet.
const (
	Human Bot = iota
	Crawler
	Headless
	Prefetch
	Tool
)

var botClasses = []string{"crawler", "headless", "prefetch", "tool"}

// BotDetector knows bots by their User-Agent. A caller can add one to [BotOf].
type BotDetector interface {
	Bot(userAgent string) bool
}

// Signals are what a request shows of the program that made it.
type Signals struct {
	UserAgent string
	// Purpose is the value of Sec-Purpose (Fetch standard), or of the older
	// Purpose, X-Purpose and X-Moz: "prefetch", "prefetch;prerender".
	Purpose string
	// Webdriver is the page's navigator.webdriver (WebDriver standard, section
	// "Interface").
	Webdriver bool
}

// agentMax is how much of a header is looked at.
const agentMax = 512

// BotOf returns the class of the program behind a request. The detector may be
// nil; what it finds beyond the rules here is counted as a crawler.
func BotOf(s Signals, more BotDetector) Bot {
	switch {
	case s.ahead():
		return Prefetch
	case s.UserAgent == "":
		return Tool
	case s.Webdriver:
		return Headless
	}
	class := agentClass(s.UserAgent)
	if class == Human && more != nil && more.Bot(s.UserAgent) {
		return Crawler
	}
	return class
}

// ahead reports whether a browser loads what nobody may ever look at.
func (s *Signals) ahead() bool {
	if s.Purpose == "" {
		return false
	}
	var purpose [agentMax]byte
	return containsAny(lower(purpose[:0], s.Purpose), aheadMarks)
}

// agentClass returns the class that a User-Agent tells by itself.
func agentClass(agent string) Bot {
	var buf [agentMax]byte
	ua := lower(buf[:0], agent)
	switch {
	case containsAny(ua, headlessMarks):
		return Headless
	case hasBot(ua), containsAny(ua, crawlerMarks):
		return Crawler
	case containsAny(ua, toolMarks):
		return Tool
	}
	return Human
}

// lower appends the first bytes of s in lower case, as many as b has room for.
func lower(b []byte, s string) []byte {
	for i := range min(len(s), cap(b)) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

func containsAny(s []byte, marks [][]byte) bool {
	for _, m := range marks {
		if bytes.Contains(s, m) {
			return true
		}
	}
	return false
}

// hasBot reports whether a word of s ends in "bot", but for the phones of that name.
func hasBot(s []byte) bool {
	for {
		i := bytes.Index(s, []byte("bot"))
		if i < 0 {
			return false
		}
		end := i+3 == len(s) || s[i+3] < 'a' || s[i+3] > 'z'
		if end && !endsInAny(s[:i], phoneMarks) {
			return true
		}
		s = s[i+3:]
	}
}

func endsInAny(s []byte, marks [][]byte) bool {
	for _, m := range marks {
		if bytes.HasSuffix(s, m) {
			return true
		}
	}
	return false
}

func marks(words ...string) [][]byte {
	b := make([][]byte, len(words))
	for i, w := range words {
		b[i] = []byte(w)
	}
	return b
}

var (
	aheadMarks    = marks("prefetch", "prerender", "preview")
	phoneMarks    = marks("cu", "; m ", "; b ", "; id", "; id ", "; power ") // makers of phones, before "bot"
	headlessMarks = marks("headless", "phantomjs", "puppeteer", "playwright", "selenium", "webdriver", "lighthouse", "pagespeed", "electron/")
	crawlerMarks  = marks("crawl", "spider", "slurp", "+http", "bot/", "bots/", "archiver", "facebookexternalhit", "mediapartners",
		"google-read-aloud", "google-inspectiontool", "bingpreview", "feedfetcher", "validator", "monitor", "uptime", "pingdom", "scanner", "preview")
	toolMarks = marks("curl/", "wget/", "python", "go-http-client", "java/", "libwww", "axios/", "node-fetch", "undici", "httpclient",
		"http_request", "okhttp/", "ruby", "perl", "php/", "guzzle", "scrapy", "postman", "insomnia", "httpie", "aiohttp", "httpx")
)
