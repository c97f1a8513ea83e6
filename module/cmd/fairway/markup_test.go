package main

import (
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// markup is what random documents are made of; in all of it {u} is a tracker's address
// without its scheme.
var (
	trackers = strings.Split(`<img src=http:{u}>|<img/src={u}>|<IMG SRC`+"\n=\n"+`"{u}">|<img srcset="{u} 1x">|<image src={u}>|<input type=image src={u}>|<link rel=stylesheet href={u}>|<link rel=preload as=image href={u}>|`+
		`<script src={u}></script>|<iframe src={u}></iframe>|<video poster={u}></video>|<object data={u}></object>|<embed src={u}>|<svg><image href={u} /></svg>|<body background={u}>|<td background={u}>|`+
		`<p style="background:url({u})">|<style>*{background:url({u})}</style>|<style>@import "{u}";</style>|<style>@import url({u})</style>|<svg><style>@import "{u}";</style></svg>|`+
		`<iframe srcdoc="<img src='{u}'>"></iframe>|<img src="&#x2f;{u}">|<audio src={u} preload=auto></audio>|<meta http-equiv=refresh content="0;url=http:{u}">|<base href=http:{u}><img src=a>|<img src={u}|`+
		`<img alt=">" src={u}>|<img a=' src=x' src={u}>|<div><template shadowrootmode=open><img src={u}></template></div>|<math><mi href=x><img src={u}></mi></math>|<script>new Image().src="{u}"</script>`, "|")
	wrappers = strings.Split(`<p>|</p>|<div>|<!--|-->|--!>|<!-->|<![CDATA[|]]>|<svg>|</svg>|<math>|</math>|<mi>|<annotation-xml encoding="text/html">|<foreignObject>|</foreignObject>|<desc>|<title>|</title>|`+
		`<style>|</style>|<script>|</script>|<script type=text/plain>|<textarea>|</textarea>|<select>|</select>|<option>|<template>|</template>|<noscript>|</noscript>|<noembed>|</noembed>|<xmp>|</xmp>|<iframe>|</iframe>|`+
		`<table>|<tr>|<td>|</table>|<caption>|<frameset>|<frame>|<head>|</head>|<body>|</body>|<a href="|" title='|'|"|>|<|</|<p title="|<p title='|<p "|<b/|&quot;|&#x27;|`+"\x00|\r|\n|"+`<?xml |?>|<!doctype html>|<!x|</ |</>|`+
		`<script><!--|<!--<script>|</script |</select>|<input>|<hr>|</br>|<form>|<nobr>|<plaintext>|<svg/>|<title/>|<style/>|<textarea/>|<frameset/>|<object>|a{content:"|"}|}|/*|*/|url(|@import "|\\|`+
		"\x95\\\\|\x95]|\xe9\"|\x1b$B\"!\x1b(B|\x1b$B|\x1b(B|<meta charset=iso-2022-jp>|<meta charset=csiso2022jp>|<meta charset=shift_jis>", "|")
)

// randomPage returns a document of pieces of markup, of which some are a tracker's.
func randomPage(seed int64, tracker string) string {
	random := rand.New(rand.NewSource(seed))
	pick := func(from []string) string { return from[random.Intn(len(from))] }
	page := []string{"", "<!doctype html>"}[random.Intn(2)]
	for range 2 + random.Intn(9) {
		page += pick(wrappers)
		if random.Intn(3) == 0 {
			page += strings.ReplaceAll(pick(trackers), "{u}", tracker)
		}
	}
	return page + pick(wrappers)
}

// TestRandomMarkupInBrowser opens random documents in Chromium, as they are and through the
// gateway without consent: then no tracker is asked for anything. What it asks for ahead,
// before it knows what the document is, counts too. With FAIRWAY_PROVE there are many more.
func TestRandomMarkupInBrowser(t *testing.T) {
	const perPage, pages = 50, 4
	browsers, start := 1, int64(1)
	if os.Getenv("FAIRWAY_PROVE") != "" {
		browsers, start = 12, time.Now().Unix()
	}
	var mu sync.Mutex
	reached := make(map[string]bool)
	tracker := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		reached[r.URL.Path] = true
	}))
	defer tracker.Close()
	port := func(address string) string {
		_, port, _ := net.SplitHostPort(strings.TrimPrefix(address, "http://"))
		return port
	}
	document := func(seed int64, way string) string {
		return randomPage(seed, fmt.Sprintf("//tracker.localhost:%s/%s/%d", port(tracker.URL), way, seed))
	}
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var way string
		var seed int64
		if _, err := fmt.Sscanf(r.URL.Path, "/%d/%s", &seed, &way); err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(document(seed, way)))
	}))
	defer shop.Close()
	gateway := freeAddress(t)
	run(t, "stands in front of", "consent", "proxy", "--from", "http://"+gateway, "--to", shop.URL, "--admin", "off")
	frames := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var first int64
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &first)
		for seed := first; seed < first+perPage; seed++ {
			fmt.Fprintf(w, "<iframe src='http://shop.localhost:%s/%d/bare'></iframe><iframe src='http://shop.localhost:%s/%d/guarded'></iframe>", port(shop.URL), seed, port(gateway), seed)
		}
	}))
	defer frames.Close()

	count := int64(browsers * pages * perPage)
	for first := start; first < start+count; first += pages * perPage {
		t.Run(fmt.Sprintf("from %d on", first), func(t *testing.T) {
			b := startBrowser(t)
			for page := range int64(pages) {
				b.visit(fmt.Sprintf("%s/%d", frames.URL, first+page*perPage))
			}
		})
	}
	mu.Lock()
	defer mu.Unlock()
	bare := 0
	for seed := start; seed < start+count; seed++ {
		if reached[fmt.Sprintf("/bare/%d", seed)] {
			bare++
		}
		if reached[fmt.Sprintf("/guarded/%d", seed)] {
			t.Errorf("%d reaches its tracker: %q", seed, document(seed, "guarded"))
		}
	}
	if int64(bare) < count/4 {
		t.Errorf("without the gateway only %d of %d reach their trackers", bare, count)
	}
	t.Logf("without the gateway %d of %d reach their trackers", bare, count)
}
