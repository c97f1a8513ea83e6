package catalogue

import (
	"math/bits"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/fairwaygate/fairway/filters/consent"
)

// withVectors returns the built-in finder that searches in blocks, or does not.
func withVectors(t testing.TB, on bool) *Scripts {
	t.Helper()
	defer func(had bool) { vectors = had }(vectors)
	vectors = on
	s, err := NewScripts(Hosts(), Signatures())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// randomScripts calls test with texts made of trackers, pieces of them, and other things.
func randomScripts(n int, test func(text []byte)) {
	random := rand.New(rand.NewSource(1))
	pieces := strings.Split(`|.|..|/|//|"|'|(|, |;| |.com|.COM|.com/|.io"|x.|www.|_|$|é|`+"\x00|\n|"+`var a = b.c(d);|https://shop.example/a.js|.push(|window.|\/\/|%2f%2f|\x2f|.7`, "|")
	for _, s := range builtinSignatures {
		pieces = append(pieces, s.Text, s.Text[1:], s.Text[:len(s.Text)-1], strings.ReplaceAll(s.Text, "'", `"`), strings.ReplaceAll(s.Text, "(", "( "))
	}
	for h := range Hosts() {
		name := strings.TrimPrefix(h.Pattern, "*.")
		pieces = append(pieces, `"//`+h.Pattern+`/`, `'https://x.`+name, name, strings.ToUpper(name)+`"`)
	}
	for range n {
		var text []byte
		for size := random.Intn(1500) >> random.Intn(6); len(text) < size; {
			if random.Intn(4) == 0 {
				text = append(text, everyday[:random.Intn(100)]...)
			}
			text = append(text, pieces[random.Intn(len(pieces))]...)
		}
		test(text)
	}
}

// TestBlocks finds in blocks what is found without them.
func TestBlocks(t *testing.T) {
	if !vectors {
		t.Skip("this CPU looks for one thing after the other")
	}
	blocks, plain := withVectors(t, true), withVectors(t, false)
	if blocks.blocks == nil || plain.blocks != nil {
		t.Fatal("both search alike")
	}
	found := 0
	randomScripts(20_000, func(text []byte) {
		for _, granted := range []consent.Set{0, consent.Of(consent.Advertising), ^consent.Set(0)} {
			got, ok := blocks.Match(text, granted)
			want, wanted := plain.Match(text, granted)
			if ok != wanted || got.Purpose != want.Purpose {
				t.Fatalf("%q\n\t%+v, %v in blocks\n\t%+v, %v without", text, got, ok, want, wanted)
			}
			if ok {
				found++
			}
		}
	})
	if found < 10_000 {
		t.Errorf("%d times something was found", found)
	}
}

// TestMarkBlocks compares the assembly with what it is to do.
func TestMarkBlocks(t *testing.T) {
	if !vectors {
		t.Skip("this CPU looks for one thing after the other")
	}
	s := withVectors(t, true)
	all := func(groups []letterGroups, text []byte) bool {
		in := uint8(0xFF)
		for i := range groups {
			in &= groups[i][text[i]&63]
		}
		return in != 0
	}
	randomScripts(3_000, func(text []byte) {
		padded := append(slices.Clone(text), make([]byte, 2*blockSize)...)
		m := marks{text: text, sets: s.blocks}
		var got, want []int
		for block, at := m.next(); block != nil; block, at = m.next() {
			for i := range blockSize {
				if (block.windows|block.dots)>>i&1 == 1 {
					got = append(got, 4*(at+i)+int(block.windows>>i&1)<<1+int(block.dots>>i&1))
				}
			}
		}
		for i := range (len(text) + blockSize - 1) / blockSize * blockSize {
			place := 0
			if all(s.blocks.phrase[:], padded[i:]) {
				place |= 2
			}
			if padded[i] == '.' && all(s.blocks.label[:], padded[i+1:]) {
				place |= 1
			}
			if place != 0 {
				want = append(want, 4*i+place)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q\n\tmarks %v\n\twant  %v", text, got, want)
		}
	})
}

// TestFewMarks passes over nearly all of what is in every script.
func TestFewMarks(t *testing.T) {
	if !vectors {
		t.Skip("this CPU looks for one thing after the other")
	}
	text := []byte(strings.Repeat(everyday+"\n", 10))
	windows, dots := 0, 0
	m := marks{text: text, sets: withVectors(t, true).blocks}
	for block, _ := m.next(); block != nil; block, _ = m.next() {
		windows += bits.OnesCount64(block.windows)
		dots += bits.OnesCount64(block.dots)
	}
	if windows > len(text)/300 || dots > len(text)/150 {
		t.Errorf("%d windows and %d dots are marked in %d bytes", windows, dots, len(text))
	}
}
