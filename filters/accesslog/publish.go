package accesslog

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

// ranked lists the groups, largest first.
func (c *Counter) ranked() []string {
	return slices.SortedFunc(maps.Keys(c.groups), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.groups[b].total, c.groups[a].total), cmp.Compare(a, b))
	})
}

// Group is the page loads of some paths.
type Group struct {
	// Name is that of a route, or a pattern as routes are declared with: /,
	// /about, /product/*.
	Name  string
	Pages int64
}

// Groups returns the n largest groups, largest first. All else is in none.
func (c *Counter) Groups(n int) []Group {
	names := c.ranked()
	list := make([]Group, min(n, len(names)))
	for i := range list {
		list[i] = Group{c.title(names[i]), c.groups[names[i]].total}
	}
	return list
}

func (c *Counter) title(name string) string {
	if c.groups[name].deep {
		name += "/*"
	}
	return strings.ToValidUTF8(name, "?")
}

// Publications returns the counts as raw publications of whole days: page loads by
// route, the n largest groups and "other", and bots by class. Between the first day
// and the last none is missing. The last day ends with its last request.
func (c *Counter) Publications(n int) ([]*release.Publication, error) {
	if len(c.days) == 0 {
		return nil, nil
	}
	plan, err := visit.New(visit.Config{Zone: c.config.Zone})
	if err != nil {
		return nil, err
	}
	names := c.ranked()
	names = names[:min(n, len(names))]
	routes := &visit.Dim{Name: "route"}
	for _, name := range names {
		routes.Values = append(routes.Values, c.title(name))
	}
	routes.Values = append(routes.Values, visit.Other)
	loads := &visit.Family{Name: "loads", Dims: []*visit.Dim{routes}, Unit: visit.PerEvent, Bound: 1, Weight: 1}

	// A plan without declarations has the family of bots, and the mark of raw counts.
	raw, err := release.Raw(plan, c.calendar.Epoch(c.time(c.newest)), make([]int64, plan.Len()))
	if err != nil {
		return nil, err
	}
	classes := raw.Find("bots", "class")

	var pubs []*release.Publication
	newest := c.time(c.newest)
	last := c.calendar.Day(newest)
	first := max(slices.Min(slices.Collect(maps.Keys(c.days))), last-maxDays+1)
	for d := first; d <= last; d++ {
		epoch := c.calendar.Epoch(c.calendar.Start(d))
		if d == last {
			epoch.End = newest.Add(time.Second)
		}
		pubs = append(pubs, &release.Publication{
			Epoch: epoch, Privacy: raw.Privacy,
			Tables: []release.Table{c.loads(d, names, loads), c.bots(d, classes.Family)},
		})
	}
	return pubs, nil
}

func (c *Counter) bots(d visit.Day, family *visit.Family) release.Table {
	t := release.Table{Family: family, Cells: make([]int64, family.Len())}
	if counts := c.days[d]; counts != nil {
		copy(t.Cells, counts[visit.Human+1:]) // the classes are in the same order
	}
	for _, n := range t.Cells {
		t.Total += n
	}
	return t
}

func (c *Counter) loads(d visit.Day, names []string, family *visit.Family) release.Table {
	t := release.Table{Family: family, Cells: make([]int64, len(names)+1)}
	for i, name := range names {
		t.Cells[i] = c.groups[name].days[d]
		t.Total += t.Cells[i]
	}
	for _, g := range c.groups {
		t.Cells[len(names)] += g.days[d]
	}
	t.Cells[len(names)] += c.other.days[d] - t.Total
	t.Total += t.Cells[len(names)]
	return t
}
