package dashboard

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

var update = flag.Bool("update", false, "write the goldens anew")

// readReport reads a report as the API gives it. What text shows of a report is in
// its JSON form.
func readReport(t *testing.T, name string) *Report {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	r := new(Report)
	if err := json.Unmarshal(data, r); err != nil {
		t.Fatal(err)
	}
	r.first, r.last = r.From-30, r.To
	return r
}

func text(t *testing.T, r *Report, terminal Terminal) string {
	t.Helper()
	var b strings.Builder
	if err := Text(&b, r, terminal); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestText compares what terminals show with testdata/NAME_WIDTH.txt.
func TestText(t *testing.T) {
	for _, test := range []struct {
		report, golden string
		terminal       Terminal
	}{
		{"shop", "shop_80", Terminal{}},
		{"shop", "shop_130", Terminal{Width: 130}},
		{"shop", "shop_50_ascii", Terminal{Width: 50, ASCII: true}},
		{"shop", "shop_80_color", Terminal{Width: 80, Color: true}},
		{"log", "log_80", Terminal{Width: 80}},
	} {
		t.Run(test.golden, func(t *testing.T) {
			got := text(t, readReport(t, test.report), test.terminal)
			file := "testdata/" + test.golden + ".txt"
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// No line is wider than the terminal, and none ends in spaces, whatever is shown.
func TestTextFits(t *testing.T) {
	all := reports(t)
	all["shop"], all["log"] = readReport(t, "shop"), readReport(t, "log")
	for name, r := range all {
		for _, columns := range []int{60, 80, 100, 200} {
			for _, ascii := range []bool{false, true} {
				for line := range strings.Lines(text(t, r, Terminal{Width: columns, ASCII: ascii})) {
					line = strings.TrimSuffix(line, "\n")
					if n := columnsOf(line); n > columns {
						t.Errorf("%s: %d columns of %d: %s", name, n, columns, line)
					}
					if strings.TrimRight(line, " ") != line {
						t.Errorf("%s: spaces at the end: %q", name, line)
					}
					if i := strings.IndexFunc(line, func(r rune) bool { return r > unicode.MaxASCII }); ascii && i >= 0 {
						t.Errorf("%s: not ASCII: %s", name, line)
					}
				}
			}
		}
	}
}

// Names come from paths that anyone can ask for. None reaches the terminal's
// controls, with or without colours.
func TestTextIsSafe(t *testing.T) {
	r := readReport(t, "shop")
	for i, name := range []string{"\x1b]0;owned\a", "a\nb", "\u202egnp.exe", "\x9b31m", "\xff\xfe"} {
		r.Routes.Items[i%len(r.Routes.Items)].Name = name
		r.Site = name
		for _, terminal := range []Terminal{{}, {ASCII: true}} {
			got := text(t, r, terminal)
			for _, c := range got {
				if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) {
					t.Fatalf("%q gave %U", name, c)
				}
			}
		}
	}
}

// Names of full width take two columns, and what follows stays aligned.
func TestColumns(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "京都": 4, "ｱ": 1, "Ａ": 2, "e\u0301": 1, "–": 1, "█": 1, "한": 2} {
		if got := columnsOf(text); got != want {
			t.Errorf("%q takes %d columns, got %d", text, want, got)
		}
	}
	terminal := Terminal{}
	for _, test := range []struct {
		text string
		to   int
		want string
	}{{"product", 7, "product"}, {"product", 5, "prod…"}, {"京都府", 6, "京都府"}, {"京都府", 5, "京都…"}, {"京都府", 4, "京…"}} {
		if got := terminal.fit(test.text, test.to); got != test.want {
			t.Errorf("%q in %d columns is %q", test.text, test.to, got)
		}
	}
	g := &grid{columns: []column{{head: "Name"}, {head: "Count", right: true}}}
	g.add(cell{text: "京都"}, cell{text: "1"})
	g.add(cell{text: "Kyoto"}, cell{text: "12,345"})
	lines := g.lines(terminal)
	for _, line := range lines {
		if columnsOf(line) != columnsOf(lines[0]) {
			t.Errorf("not aligned:\n%s", strings.Join(lines, "\n"))
		}
	}
}

func TestBarsAndSparks(t *testing.T) {
	for _, test := range []struct {
		share float64
		want  string
	}{{0, ""}, {1, "████"}, {.5, "██"}, {1e-9, "▏"}, {.53125, "██▏"}, {7, "████"}, {-1, ""}, {math.NaN(), ""}} {
		if got := (Terminal{}).bar(test.share, 4); got != test.want {
			t.Errorf("%v: %q, want %q", test.share, got, test.want)
		}
	}
	figures := []Figure{exactly(0), exactly(50), exactly(100), {}, exactly(-3)}
	if got := (Terminal{}).spark(figures, 10); got != "▁▅█ ▁" {
		t.Errorf("spark %q", got)
	}
	if got := (Terminal{ASCII: true}).spark(figures, 10); got != ".=# ." {
		t.Errorf("spark %q", got)
	}
	// The means of pairs, the latest whole.
	if got := squeeze([]Figure{exactly(9), exactly(1), exactly(3), {}, exactly(4)}, 3); fmt.Sprint(got) != "[9 2 4]" {
		t.Errorf("squeezed %v", got)
	}
}

func exactly(x float64) Figure { return Figure{Value: x, Low: x, High: x, OK: true} }

// Raw counts say that they are for their owner alone, in every form for people.
func TestRawIsMarked(t *testing.T) {
	r := readReport(t, "log")
	var page strings.Builder
	if err := Page(&page, r); err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{text(t, r, Terminal{}), page.String()} {
		if !strings.Contains(got, "neither noise nor a threshold") {
			t.Errorf("not marked:\n%.2000s", got)
		}
	}
	// A page by itself refers to nothing.
	for _, link := range []string{"href=\"style.css", "href=\"api/", "<form", "href=\"?"} {
		if strings.Contains(page.String(), link) {
			t.Errorf("the page has %s", link)
		}
	}
	for _, absent := range []string{"Who comes back", "Visitors", "No goals are declared", "Coverage"} {
		if strings.Contains(page.String(), absent) {
			t.Errorf("the page speaks of %q", absent)
		}
	}
}

// Families that this package knows nothing of are shown all the same.
func TestUnknownFamilies(t *testing.T) {
	dim := func(name string, values ...string) *visit.Dim { return &visit.Dim{Name: name, Values: values} }
	table := func(name string, cells []int64, dims ...*visit.Dim) release.Table {
		return release.Table{Family: &visit.Family{Name: name, Dims: dims, Unit: visit.PerEvent, Bound: 1}, Cells: cells}
	}
	plan, err := visit.New(visit.Config{})
	if err != nil {
		t.Fatal(err)
	}
	pub, err := release.Raw(plan, plan.Calendar().Epoch(plan.Calendar().Start(simStart)), make([]int64, plan.Len()))
	if err != nil {
		t.Fatal(err)
	}
	pub.Privacy = noise(2)
	pub.Tables = append(pub.Tables,
		table("visits", []int64{1, 2, 3, 4}, dim("country", "DE", "other"), dim("device", "mobile", "desktop")),
		table("visits", []int64{5, 6}, dim("screen_size", "small", "large")),
		table("wishes", []int64{7, 8}, dim("colour", "red", "other")),
		table("doors", []int64{9}),
	)
	r := newReport(t, NewSite("", nil, []*release.Publication{pub}), "days=1", simNow)
	page, _ := render(t, r)
	for name, got := range map[string]string{"page": page, "text": text(t, r, Terminal{})} {
		for _, want := range []string{"Visits by country and device", "Screen size", "small", "Wishes by colour", "red", "Doors"} {
			if !strings.Contains(got, want) {
				t.Errorf("the %s has no %q", name, want)
			}
		}
	}
	if got := r.Tables[0].Items[0]; strings.Join(got.Values, " ") != "other desktop" || got.Count.Value != 4 {
		t.Errorf("the largest is %+v", got)
	}
	var b strings.Builder
	if err := CSV(&b, r); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\r\n")
	if !strings.Contains(lines[0], ",reason,colour,screen_size,value,") {
		t.Errorf("the header is %s", lines[0])
	}
	for _, want := range []string{",wishes,,,,,,,,,,,,,,,,red,,7,0,", ",visits,,,,,,,,,,,,,,,,,large,6,", ",visits,,,DE,desktop,"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no row has %s", want)
		}
	}
}
