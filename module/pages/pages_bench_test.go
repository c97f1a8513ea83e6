package pages

import (
	"fmt"
	"io"
	"testing"
)

func BenchmarkSnippet(b *testing.B) {
	p := newPages(b, Config{})
	for _, decided := range []bool{false, true} {
		b.Run(fmt.Sprintf("decided=%v", decided), func(b *testing.B) {
			s := Snippet{Lang: English, Granted: []string{"necessary", "analytics"}, Regime: "opt-in", Decided: decided, Path: "/product/5"}
			var buffer []byte
			b.ReportAllocs()
			for b.Loop() {
				buffer = p.Body(p.Head(buffer[:0], &s), &s)
			}
		})
	}
}

func BenchmarkPreferences(b *testing.B) {
	p := newPages(b, Config{})
	for _, lang := range p.Languages() {
		b.Run("lang="+string(lang), func(b *testing.B) {
			v := sample()
			v.Lang = lang
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Preferences(io.Discard, v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
