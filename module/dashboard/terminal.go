package dashboard

import (
	"math"
	"strings"
	"unicode"

	eastasian "golang.org/x/text/width"
)

// Terminal is what a report in plain text can be shown with.
type Terminal struct {
	// Width is the number of columns. 0 is 80, and at least 40 are used.
	Width int
	// Color allows the colours and weights of ECMA-48 (Select Graphic Rendition).
	Color bool
	// ASCII keeps to ASCII (RFC 20), for terminals and files that know no UTF-8.
	ASCII bool
}

const (
	defaultWidth = 80
	leastWidth   = 40
)

func (t Terminal) columns() int {
	if t.Width == 0 {
		return defaultWidth
	}
	return max(t.Width, leastWidth)
}

// look is a parameter of Select Graphic Rendition; empty is none.
type look string

const (
	bold  look = "1"
	dim   look = "2"
	red   look = "31"
	green look = "32"
	blue  look = "36"
)

// paint gives a text a look.
func (t Terminal) paint(text string, l look) string {
	if !t.Color || l == "" || strings.TrimSpace(text) == "" {
		return text
	}
	return "\x1b[" + string(l) + "m" + text + "\x1b[0m"
}

// plain are the texts of this package that ASCII lacks.
var plain = strings.NewReplacer("±", "+/-", "–", "-", "−", "-", "…", "...", "·", "|", "ε", "epsilon", "≈", "~", "▲", "^", "▼", "v", "→", "->")

// text makes a text safe to show: no control character of a name reaches the
// terminal, and nothing that changes the direction of what follows.
func (t Terminal) text(s string) string {
	if t.ASCII {
		s = plain.Replace(s)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case t.ASCII && r > unicode.MaxASCII, !unicode.IsGraphic(r), unicode.Is(unicode.Cf, r):
			return '?'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, s)
}

// columnsOf returns how many columns a text takes (Unicode Standard Annex 11).
func columnsOf(s string) (n int) {
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch {
	case r < unicode.MaxASCII:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch eastasian.LookupRune(r).Kind() {
	case eastasian.EastAsianWide, eastasian.EastAsianFullwidth:
		return 2
	}
	return 1
}

// fit cuts a text to so many columns.
func (t Terminal) fit(s string, columns int) string {
	if columnsOf(s) <= columns {
		return s
	}
	end := t.text("…")
	left := columns - columnsOf(end)
	for i, r := range s {
		if left -= runeColumns(r); left < 0 {
			return s[:i] + end
		}
	}
	return s
}

// pad fills a text up with spaces, before it where it stands at the right.
func pad(s string, columns int, right bool) string {
	space := strings.Repeat(" ", max(0, columns-columnsOf(s)))
	if right {
		return space + s
	}
	return s + space
}

// eighths are blocks that fill a column from the left and from below.
var (
	eighths = []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}
	levels  = []string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
	rough   = []string{" ", ".", ".", "-", "-", "=", "=", "#", "#"} // levels in ASCII
)

// bar draws a share of so many columns.
func (t Terminal) bar(share float64, columns int) string {
	if math.IsNaN(share) {
		return ""
	}
	parts := int(math.Round(min(max(share, 0), 1) * float64(columns) * 8))
	if parts == 0 && share > 0 {
		parts = 1
	}
	if t.ASCII {
		return strings.Repeat("#", (parts+4)/8)
	}
	return strings.Repeat("█", parts/8) + eighths[parts%8]
}

// level draws a height, from 0 to 8, in one column.
func (t Terminal) level(height int) string {
	height = min(max(height, 0), len(levels)-1)
	if t.ASCII {
		return rough[height]
	}
	return levels[height]
}

// squeeze brings figures into so many columns: the mean of those that share one.
// What is not known is NaN.
func squeeze(figures []Figure, columns int) []float64 {
	each := max(1, (len(figures)+columns-1)/columns)
	var out []float64
	// The latest column is whole, as the latest period is.
	for end := len(figures); end > 0; end -= each {
		sum, n := 0.0, 0
		for _, f := range figures[max(0, end-each):end] {
			if f.known() {
				sum, n = sum+math.Max(f.Value, 0), n+1
			}
		}
		out = append(out, sum/float64(n)) // NaN where there is none
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// spark draws figures in one line, from 0 to the largest.
func (t Terminal) spark(figures []Figure, columns int) string {
	values := squeeze(figures, columns)
	most := mostOf(values)
	var b strings.Builder
	for _, v := range values {
		switch {
		case math.IsNaN(v), most == 0:
			b.WriteByte(' ')
		default: // what is there is never shown as nothing
			b.WriteString(t.level(1 + int(math.Round(7*v/most))))
		}
	}
	return b.String()
}

func mostOf(values []float64) (most float64) {
	for _, v := range values {
		if v > most {
			most = v
		}
	}
	return most
}

// chartRows is the height of a chart in lines.
const chartRows = 8

// columnChart draws figures as columns over an axis. name names the period at a
// place from 0 to len(figures)-1.
func (t Terminal) columnChart(figures []Figure, name func(i int) string) []string {
	const margin = 7 // of the numbers, and of the axis
	values := squeeze(figures, t.columns()-margin)
	if len(values) == 0 {
		return nil
	}
	wide := min(max((t.columns()-margin)/len(values), 1), 6)
	gap := 0
	if wide > 2 {
		gap = 1
	}
	s := newScale(mostOf(values))
	var lines []string
	for row := chartRows; row > 0; row-- {
		text := ""
		if row == chartRows || row == chartRows/2 {
			text = short(s.top * float64(row) / chartRows)
		}
		axis := "│"
		if text != "" {
			axis = "┤"
		}
		if t.ASCII {
			axis = "|"
		}
		var b strings.Builder
		for _, v := range values {
			height := 0
			if !math.IsNaN(v) {
				height = int(math.Round(v/s.top*chartRows*8)) - (row-1)*8
				if v > 0 && row == 1 {
					height = max(height, 1)
				}
			}
			b.WriteString(strings.Repeat(t.level(height), wide-gap) + strings.Repeat(" ", gap))
		}
		drawn := strings.TrimRight(b.String(), " ")
		lines = append(lines, t.paint(pad(text, margin-2, true), dim)+" "+t.paint(axis, dim)+t.paint(drawn, blue))
	}
	base, line := "└", "─"
	if t.ASCII {
		base, line = "+", "-"
	}
	total := wide * len(values)
	lines = append(lines, t.paint(strings.Repeat(" ", margin-1)+base+strings.Repeat(line, total), dim))
	return append(lines, t.paint(strings.Repeat(" ", margin)+axisText(len(figures), total, name), dim))
}

// axisText writes the names of the first and last periods below a chart, and of
// the middle one where there is room.
func axisText(n, columns int, name func(i int) string) string {
	first, middle, last := name(0), name((n-1)/2), name(n-1)
	switch {
	case n == 1 || columns < len(first)+len(last)+2:
		return last
	case columns < len(first)+len(middle)+len(last)+8:
		return first + pad(last, columns-len(first), true)
	}
	at := int((float64((n-1)/2)+.5)/float64(n)*float64(columns)) - len(middle)/2
	return pad(pad(first, at, false)+middle, columns-len(last), false) + last
}
