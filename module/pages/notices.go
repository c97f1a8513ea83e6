package pages

import (
	"fmt"
	"html"
)

// noticeTitle returns the title of a notice: its own, or that of its kind.
func (l *languages) noticeTitle(lang Lang, n Notice) (string, error) {
	if n.Title != "" || n.Kind == "" {
		return n.Title, nil
	}
	return l.text(lang, noticeTitles[n.Kind])
}

// noticeTitles are the texts that name the kinds of notices.
var noticeTitles = map[string]string{
	"incident":       "notice.incident.title",
	"end-of-service": "notice.end-of-service.title",
	"policy":         "notice.policy.title",
}

// noticeBar is the bar with notices in one language, in the pieces between which
// the notices and what belongs to the request stand.
type noticeBar struct {
	titles            map[string]string // by kind
	begin, end        string            // of the bar
	item, back, words string            // of a notice: before its id, the way back, the words
	more, moreEnd     string            // around the target of a link
	done              string            // ends a notice
}

func (p *Pages) newNoticeBar(lang Lang) (_ *noticeBar, err error) {
	var b noticeBar
	text := func(key string) string {
		words, missing := p.languages.text(lang, key)
		if missing != nil {
			err = fmt.Errorf("rendering the notices: %w", missing)
		}
		return html.EscapeString(words)
	}
	b.titles = make(map[string]string)
	for kind, key := range noticeTitles {
		b.titles[kind] = text(key)
	}
	b.begin = `<section id="consent-notices" role="region" aria-label="` + text("notice.label") +
		`" lang="` + string(lang) + `" dir="` + lang.Dir() + `">`
	b.item = `<form method="post" action="` + p.prefix + `/notice"><input type="hidden" name="id" value="`
	b.back = `"><input type="hidden" name="return" value="`
	b.words = `"><p>`
	b.more = ` <a href="`
	b.moreEnd = `">` + text("notice.more") + `</a>`
	b.done = `</p><button>` + text("notice.seen") + `</button></form>`
	b.end = `</section>`
	return &b, err
}

// append appends the bar with the notices of a page.
func (b *noticeBar) append(dst []byte, notices []Notice, path string) []byte {
	dst = append(dst, b.begin...)
	for _, n := range notices {
		dst = append(dst, b.item...)
		dst = append(dst, html.EscapeString(n.ID)...)
		dst = append(dst, b.back...)
		dst = append(dst, html.EscapeString(path)...)
		dst = append(dst, b.words...)
		title := b.titles[n.Kind]
		if n.Title != "" {
			title = html.EscapeString(n.Title)
		}
		if title != "" {
			dst = append(dst, "<strong>"...)
			dst = append(dst, title...)
			dst = append(dst, "</strong> "...)
		}
		dst = append(dst, html.EscapeString(n.Text)...)
		if n.Link != "" {
			dst = append(dst, b.more...)
			dst = append(dst, html.EscapeString(n.Link)...)
			dst = append(dst, b.moreEnd...)
		}
		dst = append(dst, b.done...)
	}
	return append(dst, b.end...)
}
