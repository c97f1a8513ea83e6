package dashboard

import (
	_ "embed" // for the description
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strconv"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

//go:embed assets/openapi.json
var openAPI string

// OpenAPI returns the description of the two interfaces for programs (OpenAPI
// Specification 3.1), to be served as application/json.
func OpenAPI() string { return openAPI }

// JSON writes the report as application/json (RFC 8259).
func JSON(w io.Writer, r *Report) error {
	whole := *r
	whole.Daily = r.daily()
	return json.NewEncoder(w).Encode(&whole)
}

// csvLabels are the labels that always have a column, in this order.
var csvLabels = []string{
	"route", "stay", "country", "device", "language", "referrer", "registered",
	"goal", "campaign", "within", "purpose", "regime", "answer", "class", "reason",
}

// CSVHeader lists the columns of [CSV]: those that are always there and, after the
// other labels, one for each label that only some families of the report have.
func CSVHeader(r *Report) []string {
	return slices.Concat([]string{"date", "figure"}, r.labels(), []string{"value", "error", "low", "high"})
}

// labels are the columns of the report's labels.
func (r *Report) labels() []string {
	labels := slices.Clone(csvLabels)
	if r.shared {
		return nil
	}
	for _, p := range r.site.between(r.Range) {
		for i := range p.Tables {
			for _, d := range p.Tables[i].Family.Dims {
				if d != visit.SeenDim() && !slices.Contains(labels, d.Name) {
					labels = append(labels, d.Name)
				}
			}
		}
	}
	slices.Sort(labels[len(csvLabels):])
	return labels
}

// csvNames are families that have another name outside.
var csvNames = map[string]string{"loads": "page_loads", "navigations": "pages_served", "stay": "stays", "engaged": "engaged_visits", "consent": "answers"}

// CSV writes every figure of each day as text/csv with a header (RFC 4180): first
// those of the day, then every cell of every table but the visitors' histogram,
// which the first are read from. Days that are not published have no rows. Numbers
// have six decimals at most.
func CSV(w io.Writer, r *Report) error {
	c := &csvWriter{to: csv.NewWriter(w), labels: r.labels()}
	c.to.UseCRLF = true
	if err := c.to.Write(CSVHeader(r)); err != nil {
		return err
	}
	for _, p := range r.daily() {
		if p.Published > 0 {
			c.day(&p)
			if !r.shared {
				c.cells(r.site, &p)
			}
		}
	}
	c.to.Flush()
	return c.to.Error()
}

type csvWriter struct {
	to     *csv.Writer
	labels []string
	row    []string
}

// day writes the figures of one day. Errors are the writer's, and kept there.
func (c *csvWriter) day(p *Point) {
	date := p.From.String()
	for _, f := range []struct {
		name string
		Figure
	}{
		{"visitors", p.Visitors}, {"new_visitors", p.New}, {"returning_visitors", p.Returning},
		{"visits", p.Visits}, {"engaged_visits", p.Engaged}, {"page_loads", p.PageLoads}, {"arrivals", p.Arrivals}, {"stay_median", p.StayMedian},
	} {
		c.write(date, f.name, nil, f.Figure)
	}
}

// cells writes every cell of one day.
func (c *csvWriter) cells(s *Site, p *Point) {
	done := make(map[string]bool)
	for _, pub := range s.between(p.Range) {
		for i := range pub.Tables {
			f := pub.Tables[i].Family
			if f.Name == "visitors" || f.Name == "engaged" || done[f.ID()] {
				continue
			}
			done[f.ID()] = true
			c.family(s, p.Range, f)
		}
	}
}

func (c *csvWriter) family(s *Site, in Range, f *visit.Family) {
	name := f.Name
	if other, ok := csvNames[name]; ok {
		name = other
	}
	labels := make([]string, len(f.Dims))
	for i, d := range f.Dims {
		labels[i] = d.Name
	}
	sp := s.split(in, f.Name, labels...)
	for i := range sp.rows {
		c.write(in.From.String(), name, sp.rows[i].labels, sp.figure(&sp.rows[i]))
	}
	if f.Name != "stay" {
		return
	}
	from, to := in.days()
	for _, r := range s.split(in, "stay", "route").rows {
		c.write(in.From.String(), "stay_median", r.labels, Figure(s.series.StayMedian(from, to, r.labels[0].Value)))
	}
}

func (c *csvWriter) write(date, name string, labels []release.Label, f Figure) {
	if !f.known() {
		return
	}
	c.row = append(c.row[:0], date, name)
	for _, column := range c.labels {
		value := ""
		for _, l := range labels {
			if l.Name == column {
				value = l.Value
			}
		}
		c.row = append(c.row, value)
	}
	for _, x := range []float64{f.Value, f.Error, f.Low, f.High} {
		c.row = append(c.row, strconv.FormatFloat(round(x), 'f', -1, 64))
	}
	_ = c.to.Write(c.row)
}
