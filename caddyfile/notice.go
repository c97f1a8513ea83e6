package caddyfile

import (
	"time"

	"github.com/fairwaygate/fairway/module"
)

// parseNotices parses something that visitors have to be told:
//
//	notice incident|end-of-service|policy {
//	    title <text>
//	    text  <text>
//	    from  <date>
//	    until <date>
//	    link  <path or URL>
//	}
//
// The end of a service needs from, the day since when visitors are told, and
// until, the day of the end, at least 30 days later.
func parseNotices(to *[]module.Notice) func(line) error {
	return func(l line) (err error) {
		var n module.Notice
		if n.Kind, err = noticeKinds.first(&l); err != nil {
			return err
		}
		err = l.options(2,
			once("title", one(&n.Title, text)),
			once("text", one(&n.Text, text)),
			once("from", one(&n.From, date)),
			once("until", one(&n.Until, date)),
			once("link", one(&n.Link, address)),
		)
		if err != nil {
			return err
		}
		*to = append(*to, n)
		return checkNotice(l, &n)
	}
}

var noticeKinds = oneOf("incident", "end-of-service", "policy")

// endNotice is how long before its end visitors are told that a service ends.
const endNotice = 30 * 24 * time.Hour

func checkNotice(l line, n *module.Notice) error {
	from, _ := time.Parse(time.DateOnly, n.From)
	until, _ := time.Parse(time.DateOnly, n.Until)
	switch {
	case n.Text == "":
		return l.errf(l.name(), "missing text: expected the words that visitors read")
	case n.Kind == "end-of-service" && (n.From == "" || n.Until == ""):
		return l.errf(l.name(), "missing date: expected from, the day since when visitors are told, and until, the day of the end")
	case n.Kind == "end-of-service" && until.Sub(from) < endNotice:
		return l.errf(l.name(), "until %s: expected a day at least 30 days after %s, the day since when visitors are told", n.Until, n.From)
	case n.Until != "" && until.Before(from):
		return l.errf(l.name(), "until %s: expected a day not before %s", n.Until, n.From)
	}
	return nil
}

// address is where visitors are led to.
var address = value[string]{
	problem:  "bad address",
	expected: "a path of the site such as /help, or a URL that begins with https:// or http://",
	read: func(word string) (string, bool) {
		path, ok := pagePath(word)
		return path, ok || webURL(word)
	},
}

var pagePath = matching(`/([^/\\\s][^\\\s]*)?`)
