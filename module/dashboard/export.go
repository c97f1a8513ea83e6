package dashboard

import (
	"bufio"
	"bytes"
	"cmp"
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
// have six decimals at most. It writes as it reads; an error is the writer's.
func CSV(w io.Writer, r *Report) error {
	c := &csvWriter{to: bufio.NewWriterSize(w, csvBuffer), labels: r.labels(), families: make(map[string]*csvFamily)}
	c.to.Write(csvLine(CSVHeader(r)...)) //nolint:errcheck // a bufio.Writer keeps its error
	c.to.WriteString("\r\n")             //nolint:errcheck // as above
	for _, p := range r.daily() {
		if p.Published > 0 {
			c.day(&p)
			if !r.shared {
				c.cells(r.site, &p)
			}
		}
	}
	return c.to.Flush()
}

// csvBuffer is how much is written at once, in bytes.
const csvBuffer = 64 << 10

// csvWriter writes rows. All but the date and the numbers of a row is the same every
// day, so it is written once.
type csvWriter struct {
	to       *bufio.Writer
	labels   []string
	row      []byte
	error    csvError // of the last row: those of a table have the same
	date     []byte
	days     [][]byte // the name and labels of the day's own figures
	families map[string]*csvFamily
}

type csvError struct {
	value float64
	text  []byte
}

// csvFamily is a family's rows as they are read and written.
type csvFamily struct {
	split  *split
	names  [][]byte // by row
	stays  *split   // of the family "stay" by route, for the medians; else nil
	routes [][]byte
}

// csvLine writes fields as a row without its end.
func csvLine(fields ...string) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(fields) // to memory
	w.Flush()
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// name writes a figure's name and labels, as they stand between date and numbers.
func (c *csvWriter) name(figure string, labels []release.Label) []byte {
	fields := []string{figure}
	for _, column := range c.labels {
		value := ""
		for _, l := range labels {
			if l.Name == column {
				value = l.Value
			}
		}
		fields = append(fields, value)
	}
	return csvLine(fields...)
}

// names appends the names of rows that have none yet.
func (c *csvWriter) names(names [][]byte, figure string, rows []row) [][]byte {
	for _, r := range rows[len(names):] {
		names = append(names, c.name(figure, r.labels))
	}
	return names
}

// day writes the figures of one day.
func (c *csvWriter) day(p *Point) {
	c.date = []byte(p.From.String())
	for i, f := range []struct {
		name string
		Figure
	}{
		{"visitors", p.Visitors}, {"new_visitors", p.New}, {"returning_visitors", p.Returning},
		{"visits", p.Visits}, {"engaged_visits", p.Engaged}, {"page_loads", p.PageLoads}, {"arrivals", p.Arrivals}, {"stay_median", p.StayMedian},
	} {
		if i == len(c.days) {
			c.days = append(c.days, c.name(f.name, nil))
		}
		c.write(c.days[i], f.Figure)
	}
}

// cells writes every cell of one day.
func (c *csvWriter) cells(s *Site, p *Point) {
	done := make(map[string]bool)
	for _, pub := range s.between(p.Range) {
		for i := range pub.Tables {
			f := pub.Tables[i].Family
			if f.Name == "visitors" || f.Name == "engaged" {
				continue
			}
			if id := f.ID(); !done[id] {
				done[id] = true
				c.family(s, p.Range, f, id)
			}
		}
	}
}

func (c *csvWriter) family(s *Site, in Range, f *visit.Family, id string) {
	k := c.families[id]
	if k == nil {
		labels := make([]string, len(f.Dims))
		for i, d := range f.Dims {
			labels[i] = d.Name
		}
		k = &csvFamily{split: newSplit(s, f.Name, labels...)}
		if f.Name == "stay" {
			k.stays = newSplit(s, "stay", "route")
		}
		c.families[id] = k
	}
	if k.split.read(in) {
		k.names = nil
	}
	k.names = c.names(k.names, cmp.Or(csvNames[f.Name], f.Name), k.split.rows)
	for i := range k.split.rows {
		c.write(k.names[i], k.split.figure(&k.split.rows[i]))
	}
	if k.stays == nil {
		return
	}
	if k.stays.read(in) {
		k.routes = nil
	}
	k.routes = c.names(k.routes, "stay_median", k.stays.rows)
	from, to := in.days()
	for i, r := range k.stays.rows {
		c.write(k.routes[i], Figure(s.series.StayMedian(from, to, r.labels[0].Value)))
	}
}

// write writes a row. An error is the writer's, and kept there.
func (c *csvWriter) write(name []byte, f Figure) {
	if !f.known() {
		return
	}
	b := append(c.row[:0], c.date...)
	b = append(b, ',')
	b = append(b, name...)
	b = appendNumber(append(b, ','), f.Value)
	if c.error.text == nil || c.error.value != f.Error {
		c.error = csvError{f.Error, appendNumber(c.error.text[:0], f.Error)}
	}
	b = append(append(b, ','), c.error.text...)
	b = appendNumber(append(b, ','), f.Low)
	b = appendNumber(append(b, ','), f.High)
	c.row = append(b, "\r\n"...)
	c.to.Write(c.row) //nolint:errcheck // a bufio.Writer keeps its error
}

// appendNumber appends a number with six decimals at most.
func appendNumber(b []byte, x float64) []byte {
	if n := int64(x); float64(n) == x { // as most are
		return strconv.AppendInt(b, n, 10)
	}
	return strconv.AppendFloat(b, round(x), 'f', -1, 64)
}
