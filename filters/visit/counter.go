package visit

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Counter sums outcomes in memory until they are stored. Adding takes no lock and
// allocates nothing. It is safe for concurrent use. Its memory is one number for
// each cell of the plan and each epoch that has not closed.
type Counter struct {
	plan  *Plan
	slabs atomic.Pointer[[]*slab]

	mu sync.Mutex // guards changes to slabs, and the field below
	// ended are the slabs of epochs that are over. They are drained until the
	// epoch closes, for those who found one in time and add to it late.
	ended []*slab
}

// slab holds the increments of one epoch since the last drain.
type slab struct {
	epoch      Epoch
	start, end int64 // Unix seconds
	records    atomic.Int64
	cells      []atomic.Int64
}

// Batch is what was added to one epoch since the last drain.
type Batch struct {
	Epoch Epoch
	// Records is how many outcomes are summed up in it.
	Records int64
	Cells   []Increment
}

// NewCounter returns a counter for the cells of a plan.
func NewCounter(p *Plan) *Counter {
	c := &Counter{plan: p}
	c.slabs.Store(new([]*slab))
	return c
}

// Observe decides on an event and adds its outcome.
func (c *Counter) Observe(e *Event, o *Outcome) {
	c.plan.Decide(e, o)
	c.Add(e.Time, o)
}

// Add adds an outcome of the plan to the epoch of t.
func (c *Counter) Add(t time.Time, o *Outcome) {
	if o.n == 0 {
		return
	}
	s := c.slab(t)
	s.records.Add(1)
	for _, inc := range o.Increments() {
		s.cells[inc.Cell].Add(inc.N)
	}
}

// AddLate counts records that came after their epoch had closed, in the epoch of
// t. They are records of that one: should it be too late for it as well, as after the
// clock was ahead by more than an epoch, they are counted as late once more.
func (c *Counter) AddLate(t time.Time, records int64) {
	if records > 0 {
		s := c.slab(t)
		s.records.Add(records)
		s.cells[c.plan.late.cell()].Add(records)
	}
}

func (c *Counter) slab(t time.Time) *slab {
	now := t.Unix()
	for _, s := range *c.slabs.Load() {
		if s.start <= now && now < s.end {
			return s
		}
	}
	return c.open(c.plan.calendar.Epoch(t))
}

func (c *Counter) open(e Epoch) *slab {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := *c.slabs.Load()
	for _, s := range slices.Concat(list, c.ended) {
		if s.start == e.Start.Unix() && s.end == e.End.Unix() {
			return s
		}
	}
	s := &slab{epoch: e, start: e.Start.Unix(), end: e.End.Unix(), cells: make([]atomic.Int64, c.plan.size)}
	list = append([]*slab{s}, list...)
	c.slabs.Store(&list)
	return s
}

// Drain takes out what was added since the last drain, an epoch a batch, for the
// caller to add to a store. What can't be stored is to be given back with
// [Counter.Restore], so nothing is lost and nothing counted twice. Batches of
// epochs that have closed at the time now are dropped, and their records counted
// as late.
func (c *Counter) Drain(now time.Time) []Batch {
	var batches []Batch
	late := int64(0)
	for _, s := range c.sort(now) {
		b, ok := s.drain()
		switch {
		case !ok:
		case c.plan.Closed(b.Epoch, now):
			late += b.Records
		default:
			batches = append(batches, b)
		}
	}
	if late > 0 {
		cell := Increment{c.plan.late.cell(), late}
		batches = append(batches, Batch{Epoch: c.plan.calendar.Epoch(now), Records: late, Cells: []Increment{cell}})
	}
	return batches
}

// sort moves the slabs of epochs that are over out of the way of adding, drops
// those of closed epochs, and returns all that there were.
func (c *Counter) sort(now time.Time) []*slab {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Concat(*c.slabs.Load(), c.ended)
	var live []*slab
	c.ended = nil
	for _, s := range all {
		switch {
		case now.Unix() < s.end:
			live = append(live, s)
		case !c.plan.Closed(s.epoch, now):
			c.ended = append(c.ended, s)
		}
	}
	c.slabs.Store(&live)
	return all
}

func (s *slab) drain() (Batch, bool) {
	b := Batch{Epoch: s.epoch, Records: s.records.Swap(0)}
	for i := range s.cells {
		if s.cells[i].Load() != 0 {
			b.Cells = append(b.Cells, Increment{uint32(i), s.cells[i].Swap(0)})
		}
	}
	return b, b.Records != 0 || len(b.Cells) > 0
}

// Restore gives back batches of [Counter.Drain] that could not be stored.
func (c *Counter) Restore(batches []Batch) {
	for _, b := range batches {
		s := c.slab(b.Epoch.Start)
		s.records.Add(b.Records)
		for _, inc := range b.Cells {
			s.cells[inc.Cell].Add(inc.N)
		}
	}
}
