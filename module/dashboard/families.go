package dashboard

import (
	"cmp"
	"slices"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

// known are the families that have a place of their own in a report.
var known = []string{
	"arrivals", "bots", "consent", "conversion_value", "conversions", "engaged", "goal_value", "goals",
	"late", "loads", "navigations", "reach", "stay", "suspect", "visitors",
}

// families tells every other family in the order in which the newest publication
// has them: visits by one label as dimensions, all else as tables.
func (r *Report) families() {
	done := make(map[string]bool)
	for _, p := range slices.Backward(r.site.between(r.Range)) {
		for i := range p.Tables {
			f := p.Tables[i].Family
			if slices.Contains(known, f.Name) || done[f.ID()] {
				continue
			}
			done[f.ID()] = true
			r.family(f)
		}
	}
}

func (r *Report) family(f *visit.Family) {
	labels := make([]string, len(f.Dims))
	for i, d := range f.Dims {
		labels[i] = d.Name
	}
	sp := r.site.split(r.Range, f.Name, labels...)
	if f.Name == "visits" && len(labels) == 1 {
		if labels[0] == "route" {
			return // beside the page loads
		}
		values, more := sp.ranked(maxItems)
		r.Dimensions = append(r.Dimensions, Dimension{labels[0], List[Value]{values, more}})
		return
	}
	t := Table{Name: f.Name, Labels: labels}
	rows, more := sp.largest(maxItems)
	for _, row := range rows {
		t.Items = append(t.Items, Row{valuesOf(row.labels), sp.figure(row)})
	}
	t.More = more
	r.Tables = append(r.Tables, t)
}

// largest returns the n largest rows, largest first, and how many were left out.
func (sp *split) largest(n int) (rows []*row, more int) {
	for i := range sp.rows {
		rows = append(rows, &sp.rows[i])
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return cmp.Compare(b.sum, a.sum) })
	n = min(n, len(rows))
	return rows[:n], len(rows) - n
}

func valuesOf(labels []release.Label) []string {
	values := make([]string, len(labels))
	for i, l := range labels {
		values[i] = l.Value
	}
	return values
}
