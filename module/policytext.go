package module

import (
	"html/template"
	"strings"
)

// policyHTML shows a text of the operator's own: HTML as it is; anything else as
// paragraphs, with the headings (#) and lists (-, *) of Markdown.
func policyHTML(format, text string) template.HTML {
	if format == ".html" || format == ".htm" {
		return template.HTML(text) //nolint:gosec // the operator's own file
	}
	var b blocks
	for line := range strings.Lines(text) {
		b.line(strings.TrimSpace(line))
	}
	b.close()
	return template.HTML(b.out.String()) //nolint:gosec // escaped by blocks
}

// blocks writes lines of text as HTML elements.
type blocks struct {
	out   strings.Builder
	open  string // the element that is open: "", "p" or "li"
	level int    // of the last heading; the page's title has level 1
}

func (b *blocks) line(line string) {
	switch {
	case line == "":
		b.close()
	case strings.HasPrefix(line, "#"):
		heading := strings.TrimLeft(line, "#")
		// A level may follow only the one above it.
		b.level = min(len(line)-len(heading)+1, max(b.level, 1)+1, 6)
		tag := "h" + string(rune('0'+b.level))
		b.close()
		b.start(tag)
		b.text(strings.TrimSpace(heading))
		b.out.WriteString("</" + tag + ">")
		b.open = ""
	case strings.HasPrefix(line, "- "), strings.HasPrefix(line, "* "):
		if b.open == "li" {
			b.out.WriteString("</li>")
		} else {
			b.close()
			b.out.WriteString("<ul>")
		}
		b.start("li")
		b.text(strings.TrimSpace(line[2:]))
	case b.open == "":
		b.start("p")
		b.text(line)
	default:
		b.out.WriteByte('\n')
		b.text(line)
	}
}

func (b *blocks) start(tag string) {
	b.out.WriteString("<" + tag + ">")
	b.open = tag
}

func (b *blocks) text(text string) { b.out.WriteString(template.HTMLEscapeString(text)) }

func (b *blocks) close() {
	switch b.open {
	case "p":
		b.out.WriteString("</p>")
	case "li":
		b.out.WriteString("</li></ul>")
	}
	b.open = ""
}
