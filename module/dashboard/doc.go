// Package dashboard shows the published figures of a site: a page to read in a
// browser, JSON and CSV.
//
// A [Site] holds what was published. [New] takes the request's query and makes a
// [Report] of it, and [HTML], [JSON] and [CSV] write that. The package knows no web
// server. Whoever serves it puts the page at the end of a path with a slash, since
// all its links are relative: "style.css", "api/report.json", "api/report.csv" and
// "api/openapi.json". The page needs no script and keeps to [ContentSecurityPolicy].
//
// # Query
//
// The range is days=N, from=YYYY-MM-DD and to=YYYY-MM-DD with both ends included,
// or one of the two. Without any it is the last 30 days that are published. It is
// at most two years. Days are those of the site's time zone.
//
// # Uncertainty
//
// Every figure carries its standard error and the interval that holds the true
// number 95 times in 100, or always where small counts are hidden. They tell of the
// privacy protection alone, not of chance in what people did. People see negative
// numbers as 0. JSON and CSV keep them, since dropping the sign would bias sums.
package dashboard
