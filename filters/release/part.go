package release

// part is a selection of a table's cells.
type part struct {
	sum   int64
	cells int
	// hidden is how many of the cells are hidden; each the same in every publication
	// that was joined, nil for none.
	hidden int
	each   []int
}

func (p *part) take(t *Table, cell int) {
	p.cells++
	p.sum += t.Cells[cell] // 0 where it is hidden
	if t.joined == nil {
		if t.hidden(cell) {
			p.hidden++
		}
		return
	}
	for i := range t.joined {
		if t.joined[i].cells.has(cell) {
			if p.each == nil {
				p.each = make([]int, len(t.joined))
			}
			p.each[i]++
		}
	}
}

// add adds, or with a sign of -1 takes away, cells that q selects of the same table.
func (p *part) add(q part, sign int) {
	p.sum += int64(sign) * q.sum
	p.cells += sign * q.cells
	p.hidden += sign * q.hidden
	if q.each == nil {
		return
	}
	each := make([]int, len(q.each)) // parts share it
	copy(each, p.each)
	for i, n := range q.each {
		each[i] += sign * n
	}
	p.each = each
}

// hiding is what a threshold hid in one publication of a table.
type hiding struct {
	cells       cellSet
	count       int // of the hidden cells
	rest, total int64
}

// hides returns what is hidden in a table that was published at once.
func (t *Table) hides() hiding {
	h := hiding{rest: t.Rest, total: t.Total}
	if t.Hidden == nil {
		return h
	}
	h.cells = make(cellSet, (len(t.Hidden)+63)/64)
	for i, hidden := range t.Hidden {
		if hidden {
			h.cells[i/64] |= 1 << (i % 64)
			h.count++
		}
	}
	return h
}

func (t *Table) countHidden() (n int) {
	for _, h := range t.Hidden {
		if h {
			n++
		}
	}
	return n
}

// cellSet is a set of cells, a bit for each.
type cellSet []uint64

func (s cellSet) has(cell int) bool { return s != nil && s[cell/64]>>(cell%64)&1 == 1 }
