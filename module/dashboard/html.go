package dashboard

import (
	"embed"
	"html/template"
	"io"
	"math"
)

//go:embed assets/dashboard.html assets/style.css
var assets embed.FS

// ContentSecurityPolicy is the policy (CSP Level 3) that the page keeps to: it has
// no script and no style of its own.
const ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

var page = template.Must(template.New("dashboard.html").Funcs(template.FuncMap{
	"value":     value,
	"margin":    margin,
	"interval":  interval,
	"deviation": deviation,
	"day":       dayName,
	"span":      rangeName,
	"moment":    moment,
	"label":     label,
	"bars":      bars,
	"answers":   answers,
	"vague":     vague,
	"dims":      dimensionTitle,
	"heading":   tableTitle,
	"style":     func() template.CSS { return template.CSS(Style()) }, //nolint:gosec // it is this package's own file
	"ratio":     func() Unit { return ratio },
	"count":     func() Unit { return Count },
	"money":     func() Unit { return money },
	"share":     func() Unit { return Share },
	"seconds":   func() Unit { return Seconds },
}).ParseFS(assets, "assets/dashboard.html"))

// HTML writes the report as a page, text/html in UTF-8.
func HTML(w io.Writer, r *Report) error { return page.Execute(w, newView(r)) }

// Page writes the report as a page that needs nothing else: a file to keep or to
// send. It has no links.
func Page(w io.Writer, r *Report) error {
	v := newView(r)
	v.Alone = true
	return page.Execute(w, v)
}

// Style returns the page's style sheet, to be served as text/css.
func Style() string {
	css, err := assets.ReadFile("assets/style.css")
	if err != nil {
		panic(err) // it is embedded
	}
	return string(css)
}

// vague reports whether a figure may well be 0.
func vague(f Figure) bool { return f.known() && f.margin() > 0 && f.Low <= 0 }

// bar100 is a bar in a row of a table, from 0 to 100.
type bar100 struct{ Width, Low, Spread string }

// single scales a figure to the largest of its list.
func single(f Figure, most float64) bar100 {
	if !f.known() || most <= 0 {
		return bar100{"0", "0", "0"}
	}
	f = shown(f)
	at := func(x float64) float64 { return 100 * min(x/most, 1) }
	return bar100{coordinate(at(f.Value)), coordinate(at(f.Low)), coordinate(at(f.High) - at(f.Low))}
}

// barList is a list of counts, each with its share of all.
type barList struct {
	Head string
	Kind string
	Rows []barRow
	Tail []barRow // shown when asked for
	More int
}

type barRow struct {
	Name  string
	Count Figure
	Share string
	Bar   bar100
}

// maxBars is how many bars are shown at once.
const maxBars = 8

// bars makes a list of values.
func bars(head, kind string, values []Value, more int) barList {
	b := barList{Head: head, Kind: kind, More: more}
	total, most := 0.0, 0.0
	for _, v := range values {
		if v.Count.known() {
			total += math.Max(v.Count.Value, 0)
			most = max(most, v.Count.High)
		}
	}
	for _, v := range values {
		r := barRow{Name: label(kind, v.Name), Count: v.Count, Bar: single(v.Count, most)}
		if v.Count.known() && total > 0 {
			r.Share = amount(Share, math.Max(v.Count.Value, 0)/total)
		}
		b.Rows = append(b.Rows, r)
	}
	if len(b.Rows) > maxBars+2 {
		b.Rows, b.Tail = b.Rows[:maxBars], b.Rows[maxBars:]
	}
	return b
}

// parts are the shares of the answers about a purpose, which fill the width.
type parts struct{ Accepted, Rejected, RejectedAt string }

func answers(p Purpose) parts {
	yes, no := 0.0, 0.0
	if p.Accepted.known() {
		yes = min(max(p.Accepted.Value, 0), 1)
	}
	if p.Rejected.known() {
		no = min(max(p.Rejected.Value, 0), 1-yes)
	}
	return parts{coordinate(100 * yes), coordinate(100 * no), coordinate(100 * yes)}
}
