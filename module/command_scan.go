package module

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/module/scan"
)

// pagesMax bounds how many pages one scan looks at.
const pagesMax = 1000

func scanCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scan <url>",
		Short: "Lists a site's cookies and third parties, and drafts a Caddyfile",
		Long: `Looks at a site's pages and lists the cookies that it sets and the third parties
to which its pages refer, each with its purpose as far as the policy or the
built-in catalogue knows it, and drafts a Caddyfile that declares them. What
nobody knows stands in comments, for you to decide.

Pages are fetched one after the other, from the address on those to which it
links within the site, with a quarter of a second between them. No script is
run: cookies that scripts set, and what they fetch, are not seen this way. With
--browser a Chromium opens the same pages, and what it holds and fetches is
listed too; third parties then learn of it as they would of a visitor.

With --config what the configuration declares already is left out of the draft.`,
		Example: "fairway consent scan https://shop.example\n" +
			"fairway consent scan https://shop.example --browser chromium --caddyfile Caddyfile.draft\n" +
			"fairway consent scan https://shop.example --config Caddyfile --consent all --json",
		Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	configFlags(flags)
	flags.Int("pages", 10, "How many pages to look at")
	flags.String("browser", "", "A Chromium to open the pages in: its name or path")
	flags.String("consent", "none", `"none", or "all" to accept all first where a consent gateway of this kind stands before the site`)
	flags.String("caddyfile", "", "Write the draft to this file, which must not exist yet")
	flags.Bool("json", false, "Write JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cmd.SilenceUsage = true
		ctx, cancel := caddy.NewContext(caddy.Context{Context: cmd.Context()})
		defer cancel()
		return runScan(ctx, cmd, args[0])
	}
	return cmd
}

func runScan(ctx caddy.Context, cmd *cobra.Command, address string) error {
	flag := func(name string) string { return cmd.Flag(name).Value.String() }
	start, err := scannedURL(address)
	if err != nil {
		return err
	}
	n, err := cmd.Flags().GetInt("pages")
	if err != nil {
		return err
	}
	if n < 1 || n > pagesMax {
		return fmt.Errorf("--pages %d: expected 1 to %d", n, pagesMax)
	}
	if err := oneOf("--consent", flag("consent"), "none", "all"); err != nil {
		return err
	}
	h, err := findConfig(ctx, cmd)
	if err != nil {
		return err
	}
	rules, err := (&App{Config: h.config}).compile()
	if err != nil {
		return err
	}
	options := &scan.Options{Start: start, Pages: n, Pause: 250 * time.Millisecond, Script: func(text []byte) string {
		found, ok := rules.scripts.Match(text, consent.Of(consent.Necessary))
		if !ok {
			return ""
		}
		return found.Partner
	}}
	if flag("consent") == "all" {
		if options.Cookies, err = acceptAll(ctx, start, rules.prefix); err != nil {
			return err
		}
	}
	seen, err := scan.Crawl(ctx, options)
	if err != nil {
		return err
	}
	if path := flag("browser"); path != "" {
		more, err := scan.Browse(ctx, path, options, seen.Visited)
		if err != nil {
			return err
		}
		seen.Merge(more)
	}
	report := newScanReport(start.Hostname(), seen, rules)
	report.Browser = flag("browser") != ""
	if !report.Browser {
		report.Notes = append(report.Notes, "No script was run: cookies that scripts set, and what scripts fetch, are not seen without --browser.")
	}
	report.Caddyfile = report.draft(siteAddress(start), time.Now())
	if file := flag("caddyfile"); file != "" {
		if err := writeNew(file, report.Caddyfile); err != nil {
			return err
		}
	}
	if flag("json") == "true" {
		out := json.NewEncoder(cmd.OutOrStdout())
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(report)
	}
	return report.text(cmd.OutOrStdout(), flag("caddyfile"))
}

// scannedURL reads the site's address. A host alone is taken for one with TLS.
func scannedURL(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, errors.New("expected a site's address such as https://shop.example")
	}
	return u, nil
}

// siteAddress is the address of a site block.
func siteAddress(u *url.URL) string {
	if u.Scheme == "http" {
		return "http://" + u.Host
	}
	return u.Host
}

func writeNew(file, text string) error {
	to, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a Caddyfile is read by others
	if err != nil {
		return err
	}
	_, err = to.WriteString(text)
	return errors.Join(err, to.Close())
}

// acceptAll accepts all purposes at the preference page of a gateway of this kind, and
// returns the cookies that say so.
func acceptAll(ctx context.Context, start *url.URL, prefix string) ([]string, error) {
	to := url.URL{Scheme: start.Scheme, Host: start.Host, Path: prefix + "/"}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), strings.NewReader("choice=accept"))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := scan.Client().Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	for _, c := range response.Cookies() {
		if c.MaxAge > 0 && (c.Name == choiceCookie || c.Name == hostPrefix+choiceCookie) {
			return []string{c.Name + "=" + c.Value}, nil
		}
	}
	return nil, fmt.Errorf("--consent all: no consent gateway of this kind answers at %s", &to)
}

// text writes the report for people.
func (s *ScanReport) text(w io.Writer, file string) error {
	how := "without a browser"
	if s.Browser {
		how = "with a browser"
	}
	var b strings.Builder
	pages := "pages"
	if len(s.Pages) == 1 {
		pages = "page"
	}
	fmt.Fprintf(&b, "%s: %d %s, %s\n", s.Site, len(s.Pages), pages, how)
	var rows strings.Builder
	if len(s.Cookies) > 0 {
		rows.WriteString("COOKIE\tLIFETIME\tPURPOSE\tKNOWN BY\tSEEN ON\n")
	}
	for _, c := range s.Cookies {
		name := commented(c.Name)
		if c.Domain != "" {
			name += " (of " + c.Domain + ")"
		}
		fmt.Fprintf(&rows, "%s\t%s\t%s\t%s\t%s\n", name, c.Lifetime, or(c.Purpose, "unknown"), c.Known.words(), commented(c.Page))
	}
	b.WriteString("\n" + aligned(rows.String()))
	rows.Reset()
	if len(s.Partners) > 0 {
		rows.WriteString("\nTHIRD PARTY\tHOSTS\tBY\tPURPOSE\tCOUNTRY\tKNOWN BY\tSEEN ON\n")
	}
	for _, p := range s.Partners {
		fmt.Fprintf(&rows, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", or(p.Name, "unknown"), or(strings.Join(p.Hosts, " "), "-"), strings.Join(p.Elements, ", "),
			or(p.Purpose, "unknown"), or(p.Country, "-"), p.Known.words(), commented(p.Page))
	}
	b.WriteString(aligned(rows.String()))
	if len(s.Cookies)+len(s.Partners) == 0 {
		b.WriteString("No cookie and no third party was found.\n")
	}
	b.WriteString("\n")
	for _, note := range slices.Compact(s.Notes) {
		b.WriteString(note + "\n")
	}
	if file != "" {
		fmt.Fprintf(&b, "The draft is in %s.\n", file)
	} else {
		b.WriteString("\nA Caddyfile to begin with:\n\n" + s.Caddyfile)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// words say for people who knows something.
func (k Known) words() string {
	switch k {
	case KnownDeclared:
		return "the policy"
	case KnownCatalogue:
		return "the catalogue"
	}
	return "nobody"
}
