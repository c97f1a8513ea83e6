package accesslog

import (
	"bytes"
	"hash/maphash"

	"github.com/fairwaygate/fairway/filters/visit"
)

// Reason is why a line is no page load.
type Reason uint8

// The reasons, in the order in which they are looked for. Bots are counted by their
// class beside.
const (
	Unreadable Reason = iota // the line is in none of the formats
	NoRequest                // a line of another log
	OtherHost                // of a site that was not asked for
	Method                   // not a GET
	Status                   // not 200 or 304: redirects, errors, parts
	Own                      // the gateway's own pages and beacons
	Asset                    // no HTML: images, styles, scripts, data
	Robot                    // crawlers, tools, headless browsers and what is fetched ahead
	reasons
)

// String names the reason for people.
func (r Reason) String() string {
	return [...]string{
		"lines that can't be read", "lines of other logs", "other hosts", "methods but GET",
		"redirects, errors and parts", "the gateway's own pages", "images, styles, scripts and data", "bots",
	}[r]
}

// extensions are those of pages. Other paths with an extension are assets.
var extensions = map[string]bool{
	".html": true, ".htm": true, ".xhtml": true, ".xht": true, ".shtml": true, ".php": true, ".php5": true, ".phtml": true,
	".asp": true, ".aspx": true, ".jsp": true, ".jsf": true, ".do": true, ".cgi": true, ".cfm": true, ".pl": true,
}

// maxExtension is the longest extension that is looked at; what is longer is a part
// of a name, as in /v1.release-notes.
const maxExtension = 6

// html reports whether the answer was a page.
func (e *entry) html(path []byte) bool {
	if len(e.dest) > 0 {
		return string(e.dest) == "document"
	}
	// The answer 304 Not Modified has no media type.
	if len(e.contentType) > 0 {
		kind, _, _ := bytes.Cut(e.contentType, []byte(";"))
		kind = bytes.TrimSpace(kind)
		return is(kind, "text/html") || is(kind, "application/xhtml+xml")
	}
	name := path[bytes.LastIndexByte(path, '/')+1:]
	i := bytes.LastIndexByte(name, '.')
	if i < 0 || len(name)-i > maxExtension {
		return true
	}
	var lower [maxExtension]byte
	n := copy(lower[:], name[i:])
	for at, c := range lower[:n] {
		if c >= 'A' && c <= 'Z' {
			lower[at] = c + 'a' - 'A'
		}
	}
	return extensions[string(lower[:n])]
}

// agents remembers the classes of user agents, of which a log has few, by a hash
// that means nothing outside the process.
type agents struct {
	seed  maphash.Seed
	class map[uint64]visit.Bot
	asked int
}

const (
	// maxAgents bounds what is remembered; hostile logs have a new one in every
	// line.
	maxAgents = 1 << 16
	// maxAsked is how often the list of crawlers is asked, which takes long. What
	// is new then is judged by the rules of package visit alone.
	maxAsked = 10_000
)

func newAgents() agents {
	return agents{seed: maphash.MakeSeed(), class: make(map[uint64]visit.Bot)}
}

func (a *agents) of(e *entry) visit.Bot {
	if len(e.purpose) > 0 && visit.BotOf(visit.Signals{UserAgent: "-", Purpose: string(e.purpose)}, nil) == visit.Prefetch {
		return visit.Prefetch
	}
	if !e.agentKnown {
		return visit.Human
	}
	key := maphash.Bytes(a.seed, e.agent)
	bot, ok := a.class[key]
	if !ok {
		var list visit.BotDetector
		if a.asked < maxAsked {
			a.asked++
			list = visit.Crawlers{}
		}
		bot = visit.BotOf(visit.Signals{UserAgent: string(e.agent)}, list)
		if len(a.class) >= maxAgents {
			clear(a.class)
		}
		a.class[key] = bot
	}
	return bot
}
