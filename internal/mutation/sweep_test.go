package mutation

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// deciding are files of pure functions that decide, each with the package whose
// tests watch it.
var deciding = map[string][]string{
	cookies:     {"attribute.go", "cookie.go", "lifetime.go", "origin.go", "request.go", "response.go", "syntax.go"},
	decisions:   {"choice.go", "decision.go", "mint.go"},
	identifiers: {"judge.go", "query.go", "value.go"},
	pages:       {"charset.go", "deny.go", "host.go", "link.go", "script.go", "tree.go"},
	bodies:      {"judge.go", "media.go", "part.go", "partscan.go"},
}

// TestSweep turns round each constant answer, true or false, that a function of
// these files returns. Some answers make no difference, so that a few may stay
// unnoticed.
func TestSweep(t *testing.T) {
	wanted(t)
	ran, noticed := 0, 0
	for packet, files := range deciding {
		for _, name := range files {
			file := filepath.Join(packet, name)
			for line, text := range answers(t, file) {
				t.Run(fmt.Sprintf("%s:%d", file, line), func(t *testing.T) {
					ran++
					if notices(t, packet, file, text) {
						noticed++
					} else {
						t.Log("nothing notices the other answer")
					}
				})
			}
		}
	}
	rate := 100 * float64(noticed) / float64(max(ran, 1))
	t.Logf("%d of %d answers are noticed (%.1f %%)", noticed, ran, rate)
	if ran > 50 && rate < 90 {
		t.Error("fewer than 90 %")
	}
}

// answers iterates over the constant answers in a file: the line of each, and the
// file's text with the other answer.
func answers(t *testing.T, file string) iter.Seq2[int, []byte] {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	other := map[string]string{"true": "false", "false": "true"}
	return func(yield func(int, []byte) bool) {
		for n := range ast.Preorder(parsed) {
			r, ok := n.(*ast.ReturnStmt)
			if !ok {
				continue
			}
			for _, result := range r.Results {
				answer, ok := result.(*ast.Ident)
				if !ok || other[answer.Name] == "" {
					continue
				}
				at := set.Position(answer.Pos())
				turned := slices.Concat(text[:at.Offset], []byte(other[answer.Name]), text[at.Offset+len(answer.Name):])
				if !yield(at.Line, turned) {
					return
				}
			}
		}
	}
}
