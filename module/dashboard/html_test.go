package dashboard

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

func parseQuery(t testing.TB, query string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func render(t testing.TB, r *Report) (text string, root *html.Node) {
	t.Helper()
	var b strings.Builder
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), root
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func elements(root *html.Node, name string) (found []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (name == "" || n.Data == name) {
			found = append(found, n)
		}
	}
	return found
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// The page keeps to its Content-Security-Policy, and its links to its folder.
func TestPageNeedsNothingElse(t *testing.T) {
	links := map[string]bool{"": true, ".": true, "style.css": true, "api/report.json": true, "api/report.csv": true, "api/openapi.json": true}
	for name, r := range reports(t) {
		_, root := render(t, r)
		for _, n := range elements(root, "") {
			switch n.DataAtom {
			case atom.Script, atom.Style, atom.Iframe, atom.Object, atom.Embed, atom.Base, atom.Img:
				t.Errorf("%s: <%s>", name, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s: <%s %s>", name, n.Data, a.Key)
				}
				if a.Key != "href" && a.Key != "action" && a.Key != "src" || a.Val == "data:," || strings.HasPrefix(a.Val, "#") {
					continue
				}
				u, err := url.Parse(a.Val)
				if err != nil || u.IsAbs() || u.Host != "" || !links[u.Path] {
					t.Errorf("%s: a link to %q", name, a.Val)
				}
			}
		}
	}
}

// Links and presets can be asked for.
func TestLinksAreRanges(t *testing.T) {
	for name, r := range reports(t) {
		_, root := render(t, r)
		n := 0
		for _, a := range elements(root, "a") {
			href, _ := attr(a, "href")
			u, err := url.Parse(href)
			if err != nil {
				t.Fatal(err)
			}
			if u.RawQuery == "" {
				continue
			}
			n++
			if _, err := Parse(u.Query(), visit.Day(r.last), visit.DayOf(simNow.Add(24*time.Hour))); err != nil {
				t.Errorf("%s: %s: %v", name, href, err)
			}
		}
		if n < 6 {
			t.Errorf("%s: only %d links", name, n)
		}
	}
}

func TestPageIsAccessible(t *testing.T) {
	for name, r := range reports(t) {
		_, root := render(t, r)
		ids := make(map[string]bool)
		for _, n := range elements(root, "") {
			if id, ok := attr(n, "id"); ok {
				if ids[id] {
					t.Errorf("%s: id %q is there twice", name, id)
				}
				ids[id] = true
			}
		}
		level := 0
		for _, n := range elements(root, "") {
			if by, ok := attr(n, "aria-labelledby"); ok && !ids[by] {
				t.Errorf("%s: nothing has the id %q", name, by)
			}
			class, _ := attr(n, "class")
			role, _ := attr(n, "role")
			switch n.Data {
			case "h1", "h2", "h3", "h4":
				next := int(n.Data[1] - '0')
				if next > level+1 || textOf(n) == "" {
					t.Errorf("%s: <%s> %q after level %d", name, n.Data, textOf(n), level)
				}
				level = next
			case "svg":
				hidden, _ := attr(n, "aria-hidden")
				if class != "plot" && hidden != "true" {
					t.Errorf("%s: a picture that is read out: %v", name, n.Attr)
				}
			case "table":
				if heads := elements(n, "th"); len(heads) == 0 {
					t.Errorf("%s: a table without heads", name)
				}
			case "th":
				if scope, _ := attr(n, "scope"); scope == "" {
					t.Errorf("%s: a head without scope: %q", name, textOf(n))
				}
			case "input":
				if n.Parent.Data != "label" {
					t.Errorf("%s: an input without label", name)
				}
			case "div":
				if text, _ := attr(n, "aria-label"); class == "chart" && (role != "img" || len(text) < 40) {
					t.Errorf("%s: a chart without words: %v", name, n.Attr)
				}
				if strings.Contains(class, "scroll") {
					label, _ := attr(n, "aria-label")
					if tab, _ := attr(n, "tabindex"); tab != "0" || role != "region" || label == "" {
						t.Errorf("%s: what scrolls can't be reached by keyboard", name)
					}
				}
			}
		}
		html := elements(root, "html")[0]
		if lang, _ := attr(html, "lang"); lang != "en" || len(elements(root, "main")) != 1 || len(elements(root, "h1")) != 1 {
			t.Errorf("%s: no language, main part or heading", name)
		}
		// Behind each chart there is a table.
		charts := 0
		for _, n := range elements(root, "figure") {
			charts++
			details := n.Parent
			if strings.Contains(must(attr(details, "class")), "pair") {
				details = details.Parent
			}
			if len(elements(details, "details")) == 0 {
				t.Errorf("%s: a chart without its table", name)
			}
		}
		if (charts > 0) != (r.Published > 0) {
			t.Errorf("%s: %d charts for %d days", name, charts, r.Published)
		}
	}
}

func must(s string, _ bool) string { return s }

// Each row of a table fills the columns of its head.
func TestTablesAreWhole(t *testing.T) {
	for name, r := range reports(t) {
		_, root := render(t, r)
		for _, table := range elements(root, "table") {
			want := -1
			hanging, left := 0, 0 // cells that reach into the rows below
			for _, tr := range elements(table, "tr") {
				n := 0
				if left > 0 {
					n, left = hanging, left-1
				}
				for _, cell := range elements(tr, "") {
					if cell.Data != "td" && cell.Data != "th" {
						continue
					}
					n += number1(attr(cell, "colspan"))
					if rows := number1(attr(cell, "rowspan")); rows > 1 {
						if left != rows-1 {
							hanging, left = 0, rows-1
						}
						hanging++
					}
				}
				if want < 0 {
					want = n
				}
				if n != want {
					t.Errorf("%s: %d cells, want %d: %s", name, n, want, textOf(tr))
				}
			}
		}
	}
}

func number1(s string, ok bool) int {
	if !ok {
		return 1
	}
	n := 0
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}

var badNumber = regexp.MustCompile(`NaN|Inf\b|%!|(^|[ (])[-−]\d|<nil>`)

func TestNumbersAreFitToBeSeen(t *testing.T) {
	all := reports(t)
	all["negative"] = newReport(t, negativeSite(t), "days=1", simNow)
	for name, r := range all {
		_, root := render(t, r)
		for _, n := range elements(root, "") {
			for _, a := range n.Attr {
				drawn := strings.Contains(" d x y width height ", " "+a.Key+" ")
				if a.Key != "dy" && badNumber.MatchString(a.Val) || drawn && strings.Contains(a.Val, "-") {
					t.Errorf("%s: %s=%q", name, a.Key, a.Val)
				}
			}
		}
		for _, n := range elements(elements(root, "main")[0], "") {
			// Only changes have a sign.
			if class, _ := attr(n, "class"); strings.HasPrefix(class, "change") || n.FirstChild == nil || n.FirstChild.Type != html.TextNode {
				continue
			}
			if text := n.FirstChild.Data; badNumber.MatchString(strings.TrimSpace(text)) {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
	_, root := render(t, all["negative"])
	for _, p := range elements(root, "p") {
		if class, _ := attr(p, "class"); class == "big" {
			if text := textOf(p); !strings.HasPrefix(text, "0") && !strings.HasPrefix(text, none) {
				t.Errorf("less than nothing is shown as %q", text)
			}
		}
	}
}

// Whatever a name is, it is shown as it is.
func TestEscaping(t *testing.T) {
	const evil = `"><script>alert('1')</script>&amp;<img src=x onerror=y>`
	family := func(name string, labels ...string) *visit.Family {
		f := &visit.Family{Name: name, Unit: visit.PerEvent, Bound: 1}
		for _, l := range labels {
			f.Dims = append(f.Dims, &visit.Dim{Name: l, Values: []string{evil}})
		}
		return f
	}
	pub := &release.Publication{Epoch: visit.Epoch{Start: endOf(simStart - 1), End: endOf(simStart)}}
	for _, f := range []*visit.Family{
		family("loads", "route"), family("visits", "route"), family("visits", "country"), family("visits", "referrer"), family("goals", "goal"),
		family("reach", "campaign"), family("conversions", "campaign", "goal", "within"), family("consent", "purpose", "regime", "answer"),
		family("bots", "class"), family("suspect", "reason"), family("stay", "route", "stay"),
	} {
		pub.Tables = append(pub.Tables, release.Table{Family: f, Cells: []int64{50}, Total: 50})
	}
	site := NewSite(evil, simZone, []*release.Publication{pub})
	text, root := render(t, newReport(t, site, "days=1", simNow))
	if n := len(elements(root, "script")) + len(elements(root, "img")); n != 0 {
		t.Errorf("%d elements got in", n)
	}
	if got := textOf(elements(root, "h1")[0]); got != evil {
		t.Errorf("the site is shown as %q", got)
	}
	if n := strings.Count(textOf(root), "alert('1')"); n < 8 {
		t.Errorf("names are shown %d times", n)
	}
	if strings.Contains(text, "<script") {
		t.Error("a name is not escaped")
	}
}

func TestWhatIsSaidWithoutFigures(t *testing.T) {
	for _, c := range []struct {
		site  *Site
		query string
		want  []string
	}{
		{NewSite("new.example", simZone, nil), "", []string{"Nothing is published yet", "The first epoch is published at 5 Apr 2028, 02:00 (UTC+02:00)"}},
		{noisySite(), "from=2027-01-01&to=2027-01-07", []string{"Nothing is published for these days", "begin on 20 Jan 2028"}},
		{noisySite(), "from=2028-01-14&to=2028-01-23", []string{"4 of the 10 days in this range are published"}},
		{hourlySite(), "from=2028-01-23&to=2028-01-23", []string{"23 Jan 2028 is not complete: its figures go up to 23 Jan 2028, 15:00 (UTC+01:00)", "Latest epochs"}},
		{bareSite(t), "days=1", []string{"Only the site as a whole is counted", "No goals are declared", "No campaigns are declared", "Who comes back can be told once"}},
	} {
		_, root := render(t, newReport(t, c.site, c.query, simNow))
		text := textOf(elements(root, "main")[0])
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not said of %q", want, c.query)
			}
		}
	}
	r, err := New(nil, NewSite("new.example", nil, nil), time.Time{}, simNow)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := render(t, r); strings.Contains(text, "The first epoch is published at") {
		t.Error("a time is told that isn't known")
	}
}

// bareSite declares nothing.
func bareSite(t *testing.T) *Site {
	t.Helper()
	p, err := visit.New(visit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	pub, err := release.Publish(p, p.Calendar().Epoch(p.Calendar().Start(simStart)), make([]int64, p.Len()), noise(2), nil)
	if err != nil {
		t.Fatal(err)
	}
	return NewSite("bare.example", nil, []*release.Publication{pub})
}

var heat = regexp.MustCompile(`^h\d$`)

// Every class that the page uses has a style, and the other way round.
func TestStyleAndPageAgree(t *testing.T) {
	used := make(map[string]bool)
	all := reports(t)
	all["bare"] = newReport(t, bareSite(t), "days=1", simNow)
	for _, r := range all {
		_, root := render(t, r)
		for _, n := range elements(root, "") {
			class, _ := attr(n, "class")
			for c := range strings.FieldsSeq(class) {
				used[c] = true
			}
		}
	}
	styled := make(map[string]bool)
	for _, m := range regexp.MustCompile(`\.([a-z][a-z0-9]*)\b`).FindAllStringSubmatch(Style(), -1) {
		styled[m[1]] = true
	}
	unstyled := map[string]bool{"name": true, "h0": true, "spark": true, "return": true, "loads": true, "triangle": true}
	for c := range used {
		if !styled[c] && !unstyled[c] {
			t.Errorf("class %q has no style", c)
		}
	}
	for c := range styled {
		if !used[c] && c != "down" && c != "up" && !heat.MatchString(c) {
			t.Errorf("style of %q, which is nowhere", c)
		}
	}
}
