package module

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/fairwaygate/fairway/module/dashboard"
)

func reportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Shows the published figures, or page loads of access logs",
		Long: `Shows the published figures of a site: totals compared with the period before,
trends, pages, who comes back, goals and campaigns, answers about consent, each
with its margin. The store is that of the configuration, a Caddyfile in this
folder or --config. The gateway may be running.

With --from-log it counts the page loads in access logs instead: JSON lines of
Caddy, or the Common or Combined Log Format of Apache and nginx, also compressed
with gzip or Zstandard; - is standard input. Bots, assets and errors are left
out. Pages are grouped by the routes of the configuration or, where there are
none, by the first part of their paths. Only sums are kept. They are exact, with
neither noise nor a threshold, so they are for you alone.`,
		Example: "fairway consent report --config Caddyfile --last 90d\n" +
			"fairway consent report --store fairway.db --site shop.example --csv\n" +
			"fairway consent report --from-log /var/log/caddy/access.log /var/log/caddy/access-*.log.gz\n" +
			"zgrep shop.example access.log.*.gz | fairway consent report --from-log - --html report.html",
	}
	flags := cmd.Flags()
	householdFlags(flags)
	flags.String("site", "", "The site; with --from-log the host whose lines are counted, where the format has it")
	flags.String("from", "", "The first day (YYYY-MM-DD)")
	flags.String("to", "", "The last day (YYYY-MM-DD)")
	flags.String("last", "", "So many days up to the last that is published, such as 30d or 12w (default 30d, or all of a log)")
	flags.StringArray("from-log", nil, "Count page loads in this access log, and in those that are named as arguments")
	flags.String("timezone", "", "The time zone of days (default that of the figures; of logs, the configuration's or UTC)")
	flags.Bool("json", false, "Write JSON, as api/report.json has it")
	flags.Bool("csv", false, "Write CSV, as api/report.csv has it")
	flags.String("html", "", "Write a page to this file; - is standard output")
	flags.Int("width", 0, "The columns of the terminal (default as many as it has, or 80)")
	flags.String("color", "auto", `"auto", "always" or "never"`)
	flags.Bool("ascii", false, "Draw in ASCII alone")
	cmd.MarkFlagsMutuallyExclusive("json", "csv", "html")
	cmd.MarkFlagsMutuallyExclusive("last", "from")
	cmd.MarkFlagsMutuallyExclusive("last", "to")
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 && !cmd.Flags().Changed("from-log") {
			return fmt.Errorf("unexpected %q: files are read with --from-log", args[0])
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cmd.SilenceUsage = true
		return runReport(cmd, args)
	}
	return cmd
}

func runReport(cmd *cobra.Command, args []string) error {
	query, err := reportQuery(cmd)
	if err != nil {
		return err
	}
	terminal, err := terminalOf(cmd)
	if err != nil {
		return err
	}
	ctx, cancel := caddy.NewContext(caddy.Context{Context: cmd.Context()})
	defer cancel()
	h, err := findHousehold(ctx, cmd)
	if err != nil {
		return err
	}
	logs, err := cmd.Flags().GetStringArray("from-log")
	if err != nil {
		return err
	}
	if len(logs) > 0 {
		return reportLogs(cmd, h, append(logs, args...), query, terminal)
	}
	r, err := reportPublished(ctx, h, cmd.Flag("site").Value.String(), cmd.Flag("timezone").Value.String(), query, time.Now())
	if err != nil {
		return err
	}
	return writeReport(cmd, r, terminal)
}

// reportPublished makes the report of a site from its store. Without the name of a
// time zone it is that of the figures.
func reportPublished(ctx context.Context, h *household, name, timezone string, query url.Values, now time.Time) (*dashboard.Report, error) {
	zone, err := h.zone(timezone)
	if err != nil {
		return nil, err
	}
	store, err := h.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Destruct() }()
	sites, err := store.Sites(ctx)
	switch {
	case err != nil:
		return nil, err
	case name == "" && len(sites) == 1:
		name = sites[0]
	case name == "" && len(sites) > 1:
		return nil, fmt.Errorf("--site is required: expected one of %s", strings.Join(sites, ", "))
	}
	calendar, known, err := store.Calendar(ctx, name)
	if err != nil {
		return nil, err
	}
	var next time.Time
	if known {
		switch next, err = calendar.closes(now); {
		case timezone != "":
		case err != nil:
			return nil, fmt.Errorf("the calendar of %s: %w; name another with --timezone", name, err)
		default:
			zone = next.Location()
		}
	}
	site, err := new(siteReader).read(ctx, store, name, zone, now)
	if err != nil {
		return nil, err
	}
	r, err := dashboard.New(query, site, next, now)
	return r, flagError(err)
}

// zone is the time zone of days: the one that is named, or the configuration's.
func (h *household) zone(name string) (*time.Location, error) {
	if name != "" {
		zone, err := time.LoadLocation(name)
		if err != nil {
			return nil, fmt.Errorf("--timezone %q: expected a name such as Europe/Berlin", name)
		}
		return zone, nil
	}
	if h.config.Report == nil || h.config.Report.Timezone == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(h.config.Report.Timezone)
	if err != nil {
		return nil, fmt.Errorf("report: timezone: %w", err)
	}
	return zone, nil
}

// reportQuery brings the range that flags name into the form of the page's query.
func reportQuery(cmd *cobra.Command) (url.Values, error) {
	query := make(url.Values)
	for _, name := range []string{"from", "to"} {
		if value := cmd.Flag(name).Value.String(); value != "" {
			query.Set(name, value)
		}
	}
	if last := cmd.Flag("last").Value.String(); last != "" {
		span, err := ParseSpan(last)
		days := time.Duration(span) / day
		if err != nil || days < 1 || time.Duration(span)%day != 0 {
			return nil, fmt.Errorf("--last %q: expected whole days such as 30d, 12w or 1y", last)
		}
		query.Set("days", strconv.Itoa(int(days)))
	}
	return query, nil
}

// flagError tells of a parameter of the query as the flag that it came from.
func flagError(err error) error {
	var bad *dashboard.ParamError
	if !errors.As(err, &bad) {
		return err
	}
	name := bad.Name
	if name == "days" {
		name = "last"
	}
	return fmt.Errorf("--%s %q: %s", name, bad.Value, bad.Want)
}

// writeReport writes a report in the form that the flags ask for.
func writeReport(cmd *cobra.Command, r *dashboard.Report, terminal dashboard.Terminal) (err error) {
	out := cmd.OutOrStdout()
	flag := func(name string) bool { return cmd.Flag(name).Value.String() == "true" }
	switch file := cmd.Flag("html").Value.String(); {
	case flag("json"):
		return dashboard.JSON(out, r)
	case flag("csv"):
		return dashboard.CSV(out, r)
	case file == "-":
		return dashboard.Page(out, r)
	case file != "":
		to, err := os.Create(file)
		if err != nil {
			return err
		}
		if err := errors.Join(dashboard.Page(to, r), to.Close()); err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.ErrOrStderr(), "Written to %s.\n", file)
		return err
	}
	return dashboard.Text(out, r, terminal)
}

// terminalOf tells what the output can show.
func terminalOf(cmd *cobra.Command) (t dashboard.Terminal, err error) {
	if t.Width, err = cmd.Flags().GetInt("width"); err != nil {
		return t, err
	}
	if t.Width < 0 || t.Width > 1000 {
		return t, fmt.Errorf("--width %d: expected 40 to 1000 columns", t.Width)
	}
	if t.ASCII, err = cmd.Flags().GetBool("ascii"); err != nil {
		return t, err
	}
	t.ASCII = t.ASCII || !knowsUTF8(os.Getenv)
	fd, interactive := terminalFile(cmd.OutOrStdout())
	if t.Width == 0 {
		if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
			t.Width = min(columns, 1000)
		} else if columns, _, err := term.GetSize(fd); interactive && err == nil {
			t.Width = columns
		}
	}
	switch color := cmd.Flag("color").Value.String(); color {
	case "always":
		t.Color = true
	case "auto": // see no-color.org
		t.Color = interactive && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	case "never":
	default:
		return t, fmt.Errorf("--color %q: expected auto, always or never", color)
	}
	return t, nil
}

// terminalFile reports whether a writer is a terminal.
func terminalFile(w io.Writer) (fd int, ok bool) {
	file, ok := w.(*os.File)
	if !ok {
		return -1, false
	}
	fd = int(file.Fd())
	return fd, term.IsTerminal(fd)
}

// knowsUTF8 tells by the locale (POSIX, Locale Environment Variables) whether UTF-8
// can be shown. Where nothing is set it is taken to be known.
func knowsUTF8(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(env(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return true
}
