package storefront

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"slices"
	text "text/template"
)

// Partner describes a third party on the shop's pages, as an operator would
// declare it.
type Partner struct {
	Name     string
	Hosts    []string // without port; each is one exact name
	Purpose  string   // empty: nobody declared it
	Country  string   // ISO 3166-1 alpha-2; empty when unknown
	Receives []string // the fields of an order that it needs, if any
	Does     string   // what it is for and how pages load it
}

// contentNetwork is the one third party that tracks nobody.
const contentNetwork = "shopcdn"

var partners = []Partner{
	{Name: "pagelens", Hosts: []string{"stats.pagelens.localhost"}, Purpose: "analytics", Country: "CN",
		Does: "Visit statistics: an inline snippet writes a script element, the script sets _ga and posts with fetch and sendBeacon; an img stands in noscript."},
	{Name: "heatwise", Hosts: []string{"cdn.heatwise.localhost"}, Purpose: "analytics", Country: "CN",
		Does: "Session recording: an async script that reports with sendBeacon."},
	{Name: "tallyboard", Hosts: []string{"counter.tallyboard.localhost"}, Purpose: "analytics", Country: "CN",
		Does: "A visit counter: an object and an embed with a badge, an img with srcset."},
	{Name: "acme-ads", Hosts: []string{"pixel.acme-ads.localhost"}, Purpose: "advertising", Country: "US", Receives: []string{"order.total", "order.currency"},
		Does: "Conversion pixels: an async script that sets _fbp, an img of one pixel, a ping on links, link preload."},
	{Name: "clicklane", Hosts: []string{"tags.clicklane.localhost"}, Purpose: "advertising", Country: "IE",
		Does: "A tag manager: an inline snippet loads its script, which loads bidhouse; a stylesheet with a pixel as background."},
	{Name: "bidhouse", Hosts: []string{"sync.bidhouse.localhost"}, Purpose: "advertising", Country: "US",
		Does: "Real-time bidding: an iframe with an advertisement, and a cookie match that redirects to acme-ads."},
	{Name: "promoreel", Hosts: []string{"video.promoreel.localhost"}, Purpose: "advertising", Country: "SG",
		Does: "Promotional video: the poster and the source of a video element."},
	{Name: "tailorly", Hosts: []string{"reco.tailorly.localhost"}, Purpose: "personalization", Country: "CN",
		Does: "Personal recommendations: a script and an iframe."},
	{Name: "chatnest", Hosts: []string{"widget.chatnest.localhost"}, Purpose: "preferences", Country: "CN",
		Does: "A chat button, put on the page by a deferred script."},
	{Name: contentNetwork, Hosts: []string{"img.shopcdn.localhost"}, Purpose: "necessary", Country: "CN",
		Does: "The shop's content network: product pictures and a pattern, no cookies."},
	{Name: "unknownpartner", Hosts: []string{"x.unknownpartner.localhost"},
		Does: "Nobody declared it: a script and an img of one pixel."},
	{Name: "leafmetrics", Hosts: []string{"t.leafmetrics.localhost"},
		Does: "Nobody declared it: link prefetch, a CSS background and a stylesheet by @import."},
}

// Vendors lists all third parties on the shop's pages, undeclared ones with them.
func Vendors() []Partner { return slices.Clone(partners) }

// Declared lists the third parties that the shop's operator declares.
func Declared() []Partner {
	return slices.DeleteFunc(Vendors(), func(p Partner) bool { return p.Purpose == "" })
}

//go:embed vendors
var vendorFiles embed.FS

// snippets returns the markup that a vendor hands out to be pasted into pages, by
// its name in vendors/snippets.html. It is taken as it is, like any pasted snippet.
func snippets(trackers Trackers) func(name string) (template.HTML, error) {
	t := text.Must(text.New("").Funcs(text.FuncMap{"url": trackers.URL}).ParseFS(vendorFiles, "vendors/snippets.html"))
	return func(name string) (template.HTML, error) {
		if t.Lookup(name) == nil {
			return "", fmt.Errorf("there is no snippet %q", name)
		}
		var b bytes.Buffer
		err := t.ExecuteTemplate(&b, name, nil)
		return template.HTML(b.String()), err
	}
}
