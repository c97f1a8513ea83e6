package dashboard

import "strings"

// grid is a table in plain text. The first column is a name, and is cut where the
// others leave too little room.
type grid struct {
	columns []column
	rows    [][]cell
}

type column struct {
	head  string
	right bool
	bar   bool // drawn, and as wide as there is room
	spare int  // those with the highest number go first where there is little room; 0 stays
}

type cell struct {
	text  string
	look  look
	share float64 // of a bar
}

const (
	gap      = 2
	leastBar = 8
	mostBar  = 32
	leastOne = 12 // of a name
)

// lines draws the table.
func (g *grid) lines(t Terminal) []string {
	columns := g.columns
	shown := make([]bool, len(columns))
	wide := make([]int, len(columns))
	for i, c := range columns {
		shown[i], wide[i] = true, columnsOf(t.text(c.head))
		for _, row := range g.rows {
			if i < len(row) && !c.bar {
				wide[i] = max(wide[i], columnsOf(t.text(row[i].text)))
			}
		}
		if c.bar {
			wide[i] = max(wide[i], leastBar)
		}
	}
	total := func() (n int) {
		for i := range columns {
			if shown[i] {
				n += wide[i] + gap
			}
		}
		return n - gap
	}
	for total() > t.columns() {
		over := total() - t.columns()
		if wide[0]-over >= leastOne {
			wide[0] -= over
			break
		}
		last := 0
		for i, c := range columns {
			if shown[i] && c.spare > columns[last].spare {
				last = i
			}
		}
		if last == 0 {
			wide[0] = max(wide[0]-over, leastOne)
			break
		}
		shown[last] = false
	}
	for i, c := range columns {
		if c.bar && shown[i] {
			wide[i] = min(wide[i]+max(0, t.columns()-total()), mostBar)
		}
	}
	var lines []string
	head := make([]cell, len(columns))
	titled := false
	for i, c := range columns {
		head[i] = cell{text: c.head, look: dim}
		titled = titled || c.head != ""
	}
	line := func(row []cell, heading bool) {
		var b strings.Builder
		space := 0
		for i, c := range columns {
			if !shown[i] {
				continue
			}
			var x cell
			if i < len(row) {
				x = row[i]
			}
			text := t.fit(t.text(x.text), wide[i])
			if c.bar && !heading {
				text = t.bar(x.share, wide[i])
			}
			padded := pad(text, wide[i], c.right)
			trimmed := strings.TrimRight(padded, " ")
			if trimmed == "" {
				space += columnsOf(padded) + gap
				continue
			}
			b.WriteString(strings.Repeat(" ", space))
			b.WriteString(t.paint(trimmed, x.look))
			space = columnsOf(padded) - columnsOf(trimmed) + gap
		}
		lines = append(lines, b.String())
	}
	if titled {
		line(head, true)
	}
	for _, row := range g.rows {
		line(row, false)
	}
	return lines
}

func (g *grid) add(row ...cell) { g.rows = append(g.rows, row) }
