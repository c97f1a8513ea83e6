package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"
)

// html5lib returns the inputs of html5lib-tests, which ship with x/net/html.
var html5lib = sync.OnceValues(func() ([]string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/net").Output()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "html", "testdata")
	var inputs []string
	trees, _ := filepath.Glob(filepath.Join(dir, "*", "tree-construction", "*.dat"))
	more, _ := filepath.Glob(filepath.Join(dir, "go", "*.dat"))
	scripted, _ := filepath.Glob(filepath.Join(dir, "*", "tree-construction", "scripted", "*.dat"))
	for _, file := range append(append(trees, more...), scripted...) {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, one := range bytes.Split(append([]byte("\n"), b...), []byte("\n#data\n"))[1:] {
			data, _, _ := bytes.Cut(one, []byte("\n#errors"))
			inputs = append(inputs, string(data))
		}
	}
	tokenizer, _ := filepath.Glob(filepath.Join(dir, "*", "tokenizer", "*.test"))
	for _, file := range tokenizer {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var suite struct{ Tests []struct{ Input string } }
		if err := json.Unmarshal(b, &suite); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, one := range suite.Tests {
			inputs = append(inputs, one.Input)
		}
	}
	return inputs, nil
})

func html5libInputs(t *testing.T) []string {
	t.Helper()
	inputs, err := html5lib()
	if err != nil || len(inputs) < 1700 {
		t.Fatalf("html5lib-tests: %d inputs, %v", len(inputs), err)
	}
	return inputs
}

// fetches lists what a browser would fetch from a tracker for that document.
func fetches(doc string, scripting bool) (urls []string) {
	root, err := html.ParseWithOptions(strings.NewReader(doc), html.ParseOptionEnableScripting(scripting))
	if err != nil {
		return nil // deeper than the parser goes
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			if elsewhere.MatchString(a.Val) && fetchingAttr(n, a.Key) {
				urls = append(urls, n.Data+" "+a.Key+"="+a.Val)
			}
		}
	}
	return urls
}

// elsewhere is a URL of a tracker, written in one of the plainer ways.
var elsewhere = regexp.MustCompile(`(?i)^[\x00-\x20]*(https?:)?[/\\]{2,}tracker\.example([/?#]|$)`)

func fetchingAttr(n *html.Node, key string) bool {
	switch n.Data {
	case "img", "script", "iframe", "frame", "embed", "video", "audio", "source", "track":
		return key == "src" || key == "srcset" || key == "poster" || key == "href" && n.Namespace == "svg"
	case "image", "use", "feImage":
		return key == "href"
	case "object":
		return key == "data"
	case "body", "table", "td":
		return key == "background"
	}
	return false
}

func TestHTML5LibIdentity(t *testing.T) {
	for _, doc := range html5libInputs(t) {
		o := testOptions()
		if strings.Contains(doc, "://") { // it may fetch from elsewhere, and may do so
			o.Judge = hosts(func(string) bool { return true })
		}
		if got := filter(t, o, doc, 0); got != doc {
			t.Errorf("%q became %q", doc, got)
		}
	}
}

func TestHTML5LibPlanted(t *testing.T) {
	plants := []string{
		`<img src=//tracker.example/i>`,
		`<script src="//tracker.example/s"></script>`,
		`<frame src='//tracker.example/f'/>`,
		`<svg><image href=//tracker.example/h />`,
	}
	var out bytes.Buffer
	o, r := testOptions(), new(Rewriter)
	n := 0
	for k, doc := range html5libInputs(t) {
		if len(doc) > 400 {
			continue
		}
		for i := 0; i <= len(doc); i++ {
			for p, plant := range plants {
				if (k+i+p)%5 != 0 { // all of them take half a minute
					continue
				}
				planted := doc[:i] + plant + doc[i:]
				out.Reset()
				r.Reset(&out, o)
				if _, err := r.Write([]byte(planted)); err != nil {
					t.Fatal(err)
				}
				if err := r.Close(); err != nil {
					t.Fatal(err)
				}
				for _, scripting := range []bool{true, false} {
					n++
					if left := fetches(out.String(), scripting); len(left) > 0 {
						t.Errorf("scripting=%v\n in %q\nout %q\nleft %q", scripting, planted, out.String(), left)
					}
				}
			}
		}
	}
	if n < 50_000 {
		t.Errorf("only %d documents were parsed", n)
	}
}
