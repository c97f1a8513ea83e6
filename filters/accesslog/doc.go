// Package accesslog counts page loads in the access logs of web servers, so that a
// chart of the past is there before the gateway has published anything.
//
// It reads the JSON lines of Caddy and the Common and Combined Log Formats of
// Apache and nginx, each line by itself, plain or compressed with gzip or
// Zstandard. A [Counter] keeps sums alone: how many pages were loaded on a day in
// a group of paths, and how many lines were left out and why. No address, user
// agent or query outlives its line.
//
// # What a page load is
//
// A GET that was answered with 200 or 304 by an HTML page, to a program that isn't
// known as a bot (see [visit.BotOf]). Where the log holds the media type it
// decides, and Sec-Fetch-Dest (Fetch Metadata Request Headers) where it holds
// that; else the extension of the path does. Since the Common Log Format has no
// user agent, bots can't be told apart there.
//
// # Protection
//
// The sums are exact, so they are for whoever owns the log and has seen all of it.
// [Counter.Publications] gives them in the form of published epochs that are marked
// as raw, to draw the same charts from them.
package accesslog
