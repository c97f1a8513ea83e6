package page

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/fairwaygate/fairway/internal/oracle"
)

// judged is what parse5 finds in a document; see testdata/fetches.mjs.
type judged struct {
	N         int
	Scripting bool
	URLs      []string // that a browser would fetch
	Shape     string   // a digest of the elements
	Documents int
}

// parse5 has documents judged, one JSON value a line.
func parse5(t *testing.T, documents *bytes.Buffer) (all []judged) {
	t.Helper()
	n := bytes.Count(documents.Bytes(), []byte("\n"))
	out := json.NewDecoder(bytes.NewReader(oracle.Node(t, "testdata/fetches.mjs", documents, "parse5@8.1.1")))
	for {
		var one judged
		if err := out.Decode(&one); err != nil {
			t.Fatal(err)
		}
		if one.Documents > 0 {
			if one.Documents != n {
				t.Fatalf("parse5 read %d documents of %d", one.Documents, n)
			}
			return all
		}
		all = append(all, one)
	}
}

// everywhere are trackers in every place from which a browser fetches, to be
// planted anywhere; the last ones, into tags.
var everywhere = []string{
	`<img src=//tracker.example/>`,
	`<img srcset="/a 1x, //tracker.example/ 2x">`,
	`<image src='//tracker.example/'/>`,
	`<script src="//tracker.example/"></script>`,
	`<link rel=stylesheet href="//tracker.example/">`,
	`<iframe src=//tracker.example/></iframe>`,
	`<iframe srcdoc="<img src=//tracker.example/>"></iframe>`,
	`<frame src=//tracker.example/>`,
	`<style>@import "//tracker.example/";</style>`,
	`<style>a{b:url(//tracker.example/)}</style>`,
	`<p style="background:url('//tracker.example/')">`,
	`<svg><image href=//tracker.example/ /></svg>`,
	`<svg><use xlink:href="//tracker.example/#a"/>`,
	`<svg><script href="//tracker.example/"></script></svg>`,
	`<svg><style>a{b:url(//tracker.example/)}</style></svg>`,
	`<math><mtext><img src=//tracker.example/></math>`,
	`<video poster=//tracker.example/>`,
	`<audio src=//tracker.example/>`,
	`<source srcset=//tracker.example/>`,
	`<track src=//tracker.example/>`,
	`<embed src=//tracker.example/>`,
	`<object data=//tracker.example/>`,
	`<input type=image src=//tracker.example/>`,
	`<meta http-equiv=refresh content="0;url=//tracker.example/">`,
	`<a ping=//tracker.example/ href=/>`,
	`<body background=//tracker.example/>`,
	`<td background=//tracker.example/>`,
	`<base href=//tracker.example/><img src=x>`,
	`<template><img src=//tracker.example/></template>`,
	`<noscript><img src=//tracker.example/></noscript>`,
	`<select><option><img src=//tracker.example/></select>`,
	` src="//tracker.example/" `,
	` src=//tracker.example/ `,
	`=//tracker.example/ `,
	` style="a:url(//tracker.example/)" `,
	` href=//tracker.example/ `,
	`" srcset="//tracker.example/" `,
}

// TestHTML5LibPlantedForParse5 plants every tracker at every byte of every case
// of html5lib-tests, and has parse5 find none of them. In a run of all tests it
// takes a sample of these 7 million documents; with FAIRWAY_PROVE, all of them.
func TestHTML5LibPlantedForParse5(t *testing.T) {
	const sample, batch = 60_000, 200_000
	prove := os.Getenv("FAIRWAY_PROVE") != ""
	total := 0
	for _, doc := range html5libInputs(t) {
		total += (len(doc) + 1) * len(everywhere)
	}
	random := rand.New(rand.NewPCG(5, 8))
	o := testOptions()
	var lines bytes.Buffer
	var planted []string
	judge := func() {
		for _, found := range parse5(t, &lines) {
			t.Errorf("scripting=%v\n in %q\nout %q\nleft %q", found.Scripting, planted[found.N], filter(t, o, planted[found.N], 0), found.URLs)
		}
		lines.Reset()
		planted = planted[:0]
	}
	n := 0
	for _, doc := range html5libInputs(t) {
		for i := range len(doc) + 1 {
			if i > 300 && i < len(doc)-300 {
				continue // one case repeats a letter for long
			}
			for _, plant := range everywhere {
				if !prove && random.IntN(total) >= sample {
					continue
				}
				in := doc[:i] + plant + doc[i:]
				line, err := json.Marshal(filter(t, o, in, 0))
				if err != nil {
					t.Fatal(err)
				}
				lines.Write(append(line, '\n'))
				planted = append(planted, in)
				if n++; n%batch == 0 {
					judge()
				}
			}
		}
	}
	if len(planted) > 0 {
		judge()
	}
	t.Logf("%d of %d documents were judged", n, total)
	if n < sample*9/10 {
		t.Errorf("only %d documents were judged", n)
	}
}
