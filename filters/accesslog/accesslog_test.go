package accesslog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/fairwaygate/fairway/filters/release"
	"github.com/fairwaygate/fairway/filters/visit"
)

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
	crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
)

// combined writes a line of the Combined Log Format.
func combined(day int, method, target string, status int, agent string) string {
	return fmt.Sprintf(`203.0.113.7 - alice [%02d/Mar/2026:13:55:36 +0100] "%s %s HTTP/1.1" %d 2326 "https://shop.example/" "%s"`, day, method, target, status, agent)
}

// caddy writes a line of Caddy's access log.
func caddy(ts, method, host, uri string, status int, agent, contentType, more string) string {
	return fmt.Sprintf(`{"level":"info","ts":%s,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"203.0.113.7","remote_port":"1","client_ip":"203.0.113.7","proto":"HTTP/2.0","method":"%s","host":"%s","uri":"%s","headers":{"Accept":["text/html","*/*"],"User-Agent":["%s"]%s},"tls":{"resumed":false,"version":772}},"bytes_read":0,"user_id":"","duration":0.001929675,"size":10900,"status":%d,"resp_headers":{"Server":["Caddy"],"Content-Type":["%s"]}}`,
		ts, method, host, uri, agent, more, status, contentType)
}

func count(t *testing.T, config Config, lines ...string) *Counter {
	t.Helper()
	c := NewCounter(config)
	if err := c.Read(strings.NewReader(strings.Join(lines, "\n")+"\n"), "access.log"); err != nil {
		t.Fatal(err)
	}
	return c
}

// left lists the reasons of a summary.
func left(c *Counter) map[Reason]int64 {
	m := make(map[Reason]int64)
	for _, l := range c.Summary().Left {
		m[l.Reason] = l.Lines
	}
	return m
}

func TestOneLine(t *testing.T) {
	const page = -1
	for name, test := range map[string]struct {
		line string
		want int // a Reason, or page
	}{
		"common":                {`127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb HTTP/1.0" 200 2326`, page},
		"combined":              {combined(1, "GET", "/", 200, firefox), page},
		"a virtual host before": {"shop.example:443 " + combined(1, "GET", "/", 200, firefox), page},
		"more behind":           {combined(1, "GET", "/", 200, firefox) + ` "203.0.113.7" rt=0.1`, page},
		"a bracket in a name":   {`1.2.3.4 - a[b [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1`, page},
		"a mark in the target":  {combined(1, "GET", `/a\"b`, 200, firefox), page},
		"a mark in the agent":   {combined(1, "GET", "/", 200, `a\\\"b Mozilla/5.0 Firefox`), page},
		"a leap second":         {`1.2.3.4 - - [31/Dec/2016:23:59:60 +0000] "GET / HTTP/1.0" 200 1`, page},
		"with a query":          {combined(1, "GET", "/a?b=c.png", 200, firefox), page},
		"absolute":              {combined(1, "GET", "http://shop.example/a", 200, firefox), page},
		"not modified":          {combined(1, "GET", "/a", 304, firefox), page},
		"php":                   {combined(1, "GET", "/a.PHP", 200, firefox), page},
		"a dot in a directory":  {combined(1, "GET", "/v1.2/about", 200, firefox), page},
		"a long last part":      {combined(1, "GET", "/v1.release-notes", 200, firefox), page},
		"style":                 {combined(1, "GET", "/a.css", 200, firefox), int(Asset)},
		"picture":               {combined(1, "GET", "/a.WebP?v=1", 200, firefox), int(Asset)},
		"post":                  {combined(1, "POST", "/", 200, firefox), int(Method)},
		"head":                  {combined(1, "HEAD", "/", 200, firefox), int(Method)},
		"redirect":              {combined(1, "GET", "/", 301, firefox), int(Status)},
		"missing":               {combined(1, "GET", "/wp-login.php", 404, firefox), int(Status)},
		"part":                  {combined(1, "GET", "/", 206, firefox), int(Status)},
		"bytes of TLS":          {`1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "\x16\x03\x01" 400 150 "-" "-"`, int(Method)},
		"crawler":               {combined(1, "GET", "/", 200, crawler), int(Robot)},
		"no agent":              {combined(1, "GET", "/", 200, "-"), int(Robot)},
		"the gateway's":         {combined(1, "GET", "/.consent/policy", 200, firefox), int(Own)},

		"caddy":                  {caddy("1646861401.5241024", "GET", "shop.example", "/", 200, firefox, "text/html; charset=utf-8", ""), page},
		"caddy, RFC 3339":        {caddy(`"2026-03-01T10:00:00.123Z"`, "GET", "shop.example", "/", 200, firefox, "text/html", ""), page},
		"caddy, ISO 8601":        {caddy(`"2026-03-01T10:00:00.123+0100"`, "GET", "shop.example", "/", 200, firefox, "text/html", ""), page},
		"caddy, wall":            {caddy(`"2026/03/01 10:00:00.123"`, "GET", "shop.example", "/", 200, firefox, "text/html", ""), page},
		"caddy, common":          {caddy(`"01/Mar/2026:10:00:00 +0100"`, "GET", "shop.example", "/", 200, firefox, "text/html", ""), page},
		"caddy, milliseconds":    {caddy("1646861401524.1", "GET", "shop.example", "/", 200, firefox, "text/html", ""), page},
		"caddy, escapes":         {caddy("1646861401", "GET", "shop.example", `/\u00e9\ud83d\ude00\/\"`, 200, firefox, "text/html", ""), page},
		"caddy, data":            {caddy("1646861401", "GET", "shop.example", "/api", 200, firefox, "application/json", ""), int(Asset)},
		"caddy, page as .css":    {caddy("1646861401", "GET", "shop.example", "/a.css", 200, firefox, "TEXT/HTML", ""), page},
		"caddy, fetched":         {caddy("1646861401", "GET", "shop.example", "/", 200, firefox, "text/html", `,"Sec-Fetch-Dest":["empty"]`), int(Asset)},
		"caddy, navigated":       {caddy("1646861401", "GET", "shop.example", "/", 200, firefox, "text/html", `,"Sec-Fetch-Dest":["document"]`), page},
		"caddy, ahead":           {caddy("1646861401", "GET", "shop.example", "/", 200, firefox, "text/html", `,"Sec-Purpose":["prefetch;prerender"]`), int(Robot)},
		"caddy, other host":      {caddy("1646861401", "GET", "blog.example", "/", 200, firefox, "text/html", ""), int(OtherHost)},
		"caddy, port and case":   {caddy("1646861401", "GET", "SHOP.example:8443", "/", 200, firefox, "text/html", ""), page},
		"caddy, another log":     {`{"level":"info","ts":1646861401.5,"logger":"tls","msg":"cleaning storage unit"}`, int(NoRequest)},
		"text":                   {"hello", int(Unreadable)},
		"cut":                    {`{"level":"info","ts":1646861401.5,"request":{"method":"GE`, int(Unreadable)},
		"no such day":            {`1.2.3.4 - - [30/Feb/2026:13:55:36 -0700] "GET / HTTP/1.0" 200 1`, int(Unreadable)},
		"no such time":           {caddy("Inf", "GET", "shop.example", "/", 200, firefox, "text/html", ""), int(Unreadable)},
		"negative time":          {caddy("-1", "GET", "shop.example", "/", 200, firefox, "text/html", ""), int(Unreadable)},
		"nested without end":     {`{"a":` + strings.Repeat("[", 100_000), int(Unreadable)},
		"no status":              {`1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" - 1`, int(Unreadable)},
		"no quotation mark":      {`1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0`, int(Unreadable)},
		"a backslash at the end": {`1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET /\"`, int(Unreadable)},
	} {
		t.Run(name, func(t *testing.T) {
			c := count(t, Config{Host: "shop.example", Own: func(p string) bool { return strings.HasPrefix(p, "/.consent/") }}, test.line)
			want := map[Reason]int64{}
			pages := int64(1)
			if test.want != page {
				want[Reason(test.want)], pages = 1, 0
			}
			if s := c.Summary(); !reflect.DeepEqual(left(c), want) || s.Pages != pages || s.Lines != 1 {
				t.Errorf("%+v", s)
			}
			if err := c.Summary().First; (err != nil) != (test.want == int(Unreadable)) {
				t.Errorf("the first error is %v", err)
			}
		})
	}
}

// Without a user agent in the format nobody can be told to be a bot.
func TestCommonHasNoBots(t *testing.T) {
	c := count(t, Config{}, `66.249.66.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326`)
	if c.Summary().Pages != 1 {
		t.Errorf("%+v", c.Summary())
	}
}

func TestDaysAreOfTheZone(t *testing.T) {
	line := `1.2.3.4 - - [31/Mar/2026:23:30:00 +0000] "GET / HTTP/1.0" 200 1`
	for zone, want := range map[string]string{"UTC": "2026-03-31", "Asia/Shanghai": "2026-04-01"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		pubs, err := count(t, Config{Zone: location}, line).Publications(5)
		if err != nil || len(pubs) != 1 || pubs[0].Epoch.Day().String() != want {
			t.Errorf("%s: %v %v", zone, pubs, err)
		}
	}
}

func TestGroups(t *testing.T) {
	var log []string
	for path, n := range map[string]int{
		"/": 9, "/product/1": 5, "/Product/2/x": 3, "/product": 1, "/about": 4, "/about?utm=1": 2, "/help/": 2, "//help//": 1,
		"/%E4%BA%AC/1": 2, "/rare": 1, "/" + strings.Repeat("x", 200) + "/1": 1, "/%zz": 1,
	} {
		for range n {
			log = append(log, combined(1, "GET", path, 200, firefox))
		}
	}
	c := count(t, Config{}, log...)
	want := []Group{{"/", 9}, {"/product/*", 9}, {"/about", 6}, {"/help", 3}, {"/京/*", 2}}
	if got := c.Groups(5); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	pubs, err := c.Publications(3)
	if err != nil {
		t.Fatal(err)
	}
	loads := pubs[0].Find("loads", "route")
	if got := loads.Family.Dims[0].Values; !reflect.DeepEqual(got, []string{"/", "/product/*", "/about", "other"}) {
		t.Errorf("routes %v", got)
	}
	if !reflect.DeepEqual(loads.Cells, []int64{9, 9, 6, 8}) || loads.Total != 32 {
		t.Errorf("cells %v, total %d", loads.Cells, loads.Total)
	}
}

func TestDeclaredRoutes(t *testing.T) {
	plan, err := visit.New(visit.Config{Routes: []visit.Route{{Name: "product", Paths: []string{"/product/*"}}, {Name: "home", Paths: []string{"/"}}}})
	if err != nil {
		t.Fatal(err)
	}
	c := count(t, Config{Route: plan.RouteOf},
		combined(1, "GET", "/product/1", 200, firefox), combined(1, "GET", "/PRODUCT/%31", 200, firefox), combined(1, "GET", "/", 200, firefox), combined(1, "GET", "/about", 200, firefox))
	if got := c.Groups(9); !reflect.DeepEqual(got, []Group{{"product", 2}, {"home", 1}}) {
		t.Errorf("%v", got)
	}
}

// What the publications say is what the lines say, day by day.
func TestPublications(t *testing.T) {
	c := count(t, Config{},
		combined(1, "GET", "/", 200, firefox), combined(1, "GET", "/a", 200, firefox), combined(1, "GET", "/a", 200, crawler),
		combined(4, "GET", "/a", 200, firefox), combined(4, "GET", "/a", 200, "curl/8.0"))
	pubs, err := c.Publications(10)
	if err != nil || len(pubs) != 4 {
		t.Fatalf("%d days, %v", len(pubs), err)
	}
	if end := pubs[3].Epoch.End.Format(time.DateTime); end != "2026-03-04 12:55:37" {
		t.Errorf("the last day ends %s", end)
	}
	if pubs[0].Privacy.String() != "raw" {
		t.Errorf("privacy %s", pubs[0].Privacy)
	}
	s := release.NewSeries(pubs)
	first, last := visit.Date(2026, 3, 1), visit.Date(2026, 3, 4)
	for _, test := range []struct {
		from, to visit.Day
		route    string
		want     float64
	}{{first, first, "", 2}, {first + 1, last - 1, "", 0}, {last, last, "", 1}, {first, last, "/a", 2}, {first, last, "/", 1}} {
		f := s.PageLoads(test.from, test.to, test.route)
		if !f.OK || f.Value != test.want || f.Error != 0 || f.Low != f.High {
			t.Errorf("%v to %v of %q: %+v", test.from, test.to, test.route, f)
		}
	}
	for class, want := range map[string]float64{"crawler": 1, "tool": 1, "headless": 0} {
		if f := s.Sum(first, last, "bots", release.Label{Name: "class", Value: class}); f.Value != want {
			t.Errorf("%s: %v", class, f.Value)
		}
	}
	if s.Visitors(first, last).OK {
		t.Error("a log tells of no visitors")
	}
	if pubs, err := NewCounter(Config{}).Publications(3); pubs != nil || err != nil {
		t.Errorf("nothing gave %v, %v", pubs, err)
	}
}

func TestCompressed(t *testing.T) {
	text := []byte(combined(1, "GET", "/", 200, firefox) + "\n" + combined(2, "GET", "/", 200, firefox))
	var zipped, frames bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write(text)
	_ = z.Close()
	f, err := zstd.NewWriter(&frames)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(text)
	_ = f.Close()
	twice := append(bytes.Clone(zipped.Bytes()), zipped.Bytes()...) // as rotated logs are put together
	for name, test := range map[string]struct {
		data []byte
		want int64
	}{"plain": {text, 2}, "gzip": {zipped.Bytes(), 2}, "members": {twice, 3}, "zstd": {frames.Bytes(), 2}} {
		c := NewCounter(Config{})
		if err := c.Read(bytes.NewReader(test.data), name); err != nil || c.Summary().Pages < test.want {
			t.Errorf("%s: %v, %+v", name, err, c.Summary())
		}
	}
	c := NewCounter(Config{})
	if err := c.Read(bytes.NewReader(zipped.Bytes()[:zipped.Len()-9]), "cut.gz"); err == nil || !strings.HasPrefix(err.Error(), "cut.gz: ") {
		t.Errorf("a cut file gave %v", err)
	}
}

func TestFirstError(t *testing.T) {
	c := count(t, Config{}, combined(1, "GET", "/", 200, firefox), "", "what", combined(1, "GET", "/", 200, firefox), "ever")
	s := c.Summary()
	if s.Pages != 2 || left(c)[Unreadable] != 2 || s.Lines != 4 {
		t.Errorf("%+v", s)
	}
	if s.First == nil || s.First.Line != 3 || !strings.HasPrefix(s.First.Error(), "access.log:3: expected ") {
		t.Errorf("the first error is %v", s.First)
	}
	var e *Error
	if !errors.As(error(s.First), &e) || !errors.Is(s.First, errFormat) {
		t.Error("the error can't be told")
	}
	long := count(t, Config{}, strings.Repeat("x", 3*maxLine), combined(1, "GET", "/", 200, firefox))
	if s := long.Summary(); s.Pages != 1 || s.Lines != 2 || s.First.Line != 1 {
		t.Errorf("after a long line %+v", s)
	}
}

// What is remembered of user agents is bounded, and so is the time that they take.
func TestAgentsAreBounded(t *testing.T) {
	a := newAgents()
	a.asked = maxAsked - 1
	for i := range maxAgents + 10 {
		e := entry{agent: fmt.Appendf(nil, "Mozilla/5.0 (X11) Gecko/%d Firefox/1.0", i), agentKnown: true}
		if bot := a.of(&e); bot != visit.Human {
			t.Fatalf("%s is %d", e.agent, bot)
		}
	}
	if len(a.class) > maxAgents || a.asked != maxAsked {
		t.Errorf("%d agents, asked %d times", len(a.class), a.asked)
	}
}

// Hostile logs have another path in every line.
func TestMemoryIsBounded(t *testing.T) {
	c := NewCounter(Config{})
	random := rand.New(rand.NewPCG(1, 2))
	const lines = 20_000
	for i := range lines {
		path := fmt.Sprintf("/%d/%d", random.Uint64(), i)
		if i%4 == 0 {
			path = "/product/1"
		}
		if err := c.add([]byte(combined(1+i%28, "GET", path, 200, firefox))); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.groups) > maxGroups {
		t.Errorf("%d groups", len(c.groups))
	}
	if got := c.Groups(1); got[0] != (Group{"/product/*", lines / 4}) {
		t.Errorf("the largest group is %v", got)
	}
	pubs, err := c.Publications(1)
	if err != nil {
		t.Fatal(err)
	}
	if f := release.NewSeries(pubs).PageLoads(visit.Date(2026, 3, 1), visit.Date(2026, 3, 28), ""); f.Value != lines {
		t.Errorf("%v pages of %d", f.Value, lines)
	}
	c = NewCounter(Config{})
	for d := range maxDays + 10 {
		at := time.Date(1990, 1, 1+d, 0, 0, 0, 0, time.UTC).Unix()
		_ = c.add([]byte(caddy(fmt.Sprint(at), "GET", "", "/", 200, firefox, "text/html", "")))
	}
	if len(c.days) != maxDays || left(c)[Unreadable] != 10 {
		t.Errorf("%d days, %v", len(c.days), left(c))
	}
}

func TestReasonsHaveNames(t *testing.T) {
	for r := range reasons {
		if r.String() == "" {
			t.Errorf("%d has no name", r)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add([]byte(combined(1, "GET", "/", 200, firefox)))
	f.Add([]byte(caddy("1646861401.5241024", "GET", "shop.example", "/", 200, firefox, "text/html", "")))
	f.Add([]byte(`{"ts":1,"request":{"headers":{"User-Agent":["\ud83d"]}}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		c := NewCounter(Config{})
		err := c.add(line)
		s := c.Summary()
		sum := s.Pages
		for _, l := range s.Left {
			sum += l.Lines
		}
		if sum != 1 || (err != nil) != (left(c)[Unreadable] == 1) {
			t.Errorf("%v %+v", err, s)
		}
		if _, err := c.Publications(3); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	agents := make([]string, 200)
	for i := range agents {
		agents[i] = fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.0 Safari/537.36", 100+i%50, i)
	}
	paths := []string{"/", "/product/%d", "/product/%d?utm_source=x", "/style.%d.css", "/img/%d.webp", "/help/%d", "/api/%d.json"}
	for name, write := range map[string]func(path, agent string, i int) string{
		"combined": func(path, agent string, i int) string { return combined(1+i%28, "GET", path, 200, agent) },
		"caddy": func(path, agent string, i int) string {
			return caddy(fmt.Sprintf("%d.5241024", 1772000000+i), "GET", "shop.example", path, 200, agent, "text/html; charset=utf-8", `,"Accept-Language":["de,en"],"Sec-Fetch-Dest":["document"],"Cookie":["REDACTED"]`)
		},
	} {
		var log bytes.Buffer
		for i := range 200_000 {
			path := paths[random.IntN(len(paths))]
			if strings.Contains(path, "%d") {
				path = fmt.Sprintf(path, random.IntN(10_000))
			}
			log.WriteString(write(path, agents[random.IntN(len(agents))], i) + "\n")
		}
		b.Run("format="+name, func(b *testing.B) {
			b.SetBytes(int64(log.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if err := NewCounter(Config{}).Read(bytes.NewReader(log.Bytes()), "access.log"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
