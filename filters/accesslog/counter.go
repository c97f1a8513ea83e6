package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/visit"
)

// Config is what is counted. The zero value groups by the first segment of paths,
// in days of UTC.
type Config struct {
	// Zone is the time zone of days. Nil is UTC.
	Zone *time.Location
	// Route names the group of a path, one of a few. Nil groups by the first
	// segment: /product/*.
	Route func(path string) string
	// Own reports whether a path is the gateway's own. Nil is none.
	Own func(path string) bool
	// Host leaves out the lines of other hosts, where the format has one.
	Host string
}

const (
	// maxGroups bounds the groups that are held. When there are more, the smaller
	// half joins all others for good, so what is seldom can be counted too low.
	maxGroups = 512
	// maxDays bounds the days that are held.
	maxDays = 10 * 366
	// maxSegment is the longest segment that makes a group.
	maxSegment = 100
)

var errDays = fmt.Errorf("more than %d different days", maxDays)

// Counter sums up logs. Its memory depends on neither their size nor the number of
// visitors. It is not safe for concurrent use.
type Counter struct {
	config   Config
	calendar *visit.Calendar
	groups   map[string]*group
	other    group
	days     map[visit.Day]*[botClasses]int64 // the bots of a day
	agents   agents
	entry    entry

	lines, pages   int64
	left           [reasons]int64
	first          *Error
	oldest, newest int64 // Unix seconds of what was counted
}

// botClasses is the number of classes, [visit.Human] being the first.
const botClasses = int(visit.Tool) + 1

// group is the page loads of some paths.
type group struct {
	total int64
	days  map[visit.Day]int64
	deep  bool // there are pages below the first segment
}

func (g *group) add(d visit.Day, n int64) {
	if g.days == nil {
		g.days = make(map[visit.Day]int64)
	}
	g.total += n
	g.days[d] += n
}

// NewCounter returns an empty counter.
func NewCounter(config Config) *Counter {
	calendar, err := visit.NewCalendar(config.Zone, 0)
	if err != nil {
		panic(err) // only for the length of epochs
	}
	return &Counter{
		config: config, calendar: calendar, groups: make(map[string]*group),
		days: make(map[visit.Day]*[botClasses]int64), agents: newAgents(),
	}
}

// add counts one line. The error says why it can't be read.
func (c *Counter) add(line []byte) error {
	c.lines++
	e := &c.entry
	if err := e.parse(line); err != nil {
		if errors.Is(err, errOther) {
			c.left[NoRequest]++
			return nil
		}
		c.left[Unreadable]++
		return err
	}
	path := e.path()
	switch {
	case c.config.Host != "" && len(e.host) > 0 && !sameHost(string(e.host), c.config.Host):
		c.left[OtherHost]++
		return nil
	case string(e.method) != "GET":
		c.left[Method]++
		return nil
	case e.status != 200 && e.status != 304:
		c.left[Status]++
		return nil
	case !e.html(path):
		c.left[Asset]++
		return nil
	}
	name := visit.CanonicalPath(string(path))
	if c.config.Own != nil && c.config.Own(name) {
		c.left[Own]++
		return nil
	}
	bot := c.agents.of(e)
	day := c.calendar.Day(time.Unix(e.unix, 0))
	bots, ok := c.days[day]
	if !ok {
		if len(c.days) >= maxDays {
			c.left[Unreadable]++
			return errDays
		}
		bots = new([botClasses]int64)
		c.days[day] = bots
	}
	if c.oldest == 0 || e.unix < c.oldest {
		c.oldest = e.unix
	}
	c.newest = max(c.newest, e.unix)
	if bot != visit.Human {
		c.left[Robot]++
		bots[bot]++
		return nil
	}
	c.pages++
	c.group(name).add(day, 1)
	return nil
}

func sameHost(host, want string) bool {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.EqualFold(strings.TrimSuffix(host, "."), want)
}

// group returns the group of a path.
func (c *Counter) group(path string) *group {
	name, deep := segment(path)
	if c.config.Route != nil {
		name, deep = c.config.Route(path), false
	}
	if name == "" || name == visit.Other {
		return &c.other
	}
	g := c.groups[name]
	if g == nil {
		if len(c.groups) >= maxGroups {
			c.prune()
		}
		g = new(group)
		c.groups[strings.Clone(name)] = g
	}
	g.deep = g.deep || deep
	return g
}

// segment returns a canonical path up to the end of its first segment, and whether
// more follows. Paths that can't be shown have none.
func segment(path string) (name string, deep bool) {
	if path == "" {
		return "", false
	}
	name, rest, _ := strings.Cut(path[1:], "/")
	if len(name) > maxSegment {
		return "", false
	}
	return path[:1+len(name)], rest != ""
}

// prune lets the smaller half of the groups join the others.
func (c *Counter) prune() {
	names := c.ranked()
	for _, name := range names[len(names)/2:] {
		for d, n := range c.groups[name].days {
			c.other.add(d, n)
		}
		delete(c.groups, name)
	}
}

// Left is how many lines were left out for a reason.
type Left struct {
	Reason Reason
	Lines  int64
}

// Summary tells what was read.
type Summary struct {
	Lines, Pages int64
	// Left are the reasons for which lines were left out, in their order.
	Left []Left
	// First is the first line that could not be read, nil when all could.
	First *Error
	// Oldest and Newest are the times of the first and last requests for pages,
	// in the zone of days. They are zero when there was none.
	Oldest, Newest time.Time
}

// Summary returns what was read so far.
func (c *Counter) Summary() Summary {
	s := Summary{Lines: c.lines, Pages: c.pages, First: c.first}
	for r, n := range c.left {
		if n > 0 {
			s.Left = append(s.Left, Left{Reason(r), n})
		}
	}
	if len(c.days) > 0 {
		s.Oldest, s.Newest = c.time(c.oldest), c.time(c.newest)
	}
	return s
}

func (c *Counter) time(unix int64) time.Time {
	zone := c.config.Zone
	if zone == nil {
		zone = time.UTC
	}
	return time.Unix(unix, 0).In(zone)
}

// line counts a line of a file, and keeps the first error.
func (c *Counter) line(file string, number int64, line []byte) {
	if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
		return
	}
	if err := c.add(line); err != nil {
		c.bad(file, number, err)
	}
}

func (c *Counter) bad(file string, number int64, err error) {
	if c.first == nil {
		c.first = &Error{file, number, err}
	}
}
