package dashboard

import (
	"slices"
	"time"

	"github.com/fairwaygate/fairway/filters/release"
)

// maxFolded bounds what is held of epochs that can't be joined.
const maxFolded = 1500

// Fold gathers the publications of a site in the order of time, those of a day as
// one where they can be joined, so that years of hours take the memory of years of
// days. The newest ones stay apart. Of those that can't be joined only the newest 1500
// are kept. The zero value is empty.
type Fold struct {
	joined []*release.Publication
	recent []*release.Publication
	own    *release.Publication // the last joined one, where no site has it
}

// Add takes the next publication, which is not to be changed from then on.
func (f *Fold) Add(p *release.Publication) {
	if f.recent = append(f.recent, p); len(f.recent) <= maxRecent {
		return
	}
	oldest := f.recent[0]
	f.recent[0] = nil
	f.recent = f.recent[1:]
	if n := len(f.joined); n > 0 {
		if f.joined[n-1] != f.own {
			f.own = f.joined[n-1].Clone()
			f.joined[n-1] = f.own
		}
		if f.own.Join(oldest) {
			return
		}
	}
	if f.joined = append(f.joined, oldest); len(f.joined) > maxFolded {
		f.joined[0] = nil
		f.joined = f.joined[1:]
	}
}

// Site returns the site of what was added so far, see [NewSite]. It stays as it is
// when more is added.
func (f *Fold) Site(name string, zone *time.Location) *Site {
	f.own = nil
	return NewSite(name, zone, slices.Concat(f.joined, f.recent))
}
