package module

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairwaygate/fairway/filters/accesslog"
	"github.com/fairwaygate/fairway/filters/visit"
	"github.com/fairwaygate/fairway/module/dashboard"
)

// logRoutes is how many groups of paths a report of a log shows.
const logRoutes = 12

// reportLogs shows the page loads of access logs.
func reportLogs(cmd *cobra.Command, h *household, files []string, query url.Values, terminal dashboard.Terminal) error {
	config, err := h.logConfig(cmd.Flag("timezone").Value.String(), cmd.Flag("site").Value.String())
	if err != nil {
		return err
	}
	counter := accesslog.NewCounter(config)
	for _, file := range files {
		if err := readLog(counter, file, cmd.InOrStdin()); err != nil {
			return err
		}
	}
	publications, err := counter.Publications(logRoutes)
	if err != nil {
		return err
	}
	name := config.Host
	if name == "" {
		name = logName(files)
	}
	summary := counter.Summary()
	site := dashboard.NewSite(name, config.Zone, publications)
	// A log ends in the past, and in the middle of a day.
	now := summary.Newest
	if len(query) == 0 && len(publications) > 0 {
		first, last := publications[0].Epoch.Day(), publications[len(publications)-1].Epoch.Day()
		query.Set("from", max(first, last-dashboard.MaxDays+1).String())
		query.Set("to", last.String())
	}
	if len(publications) == 0 {
		return errors.Join(errors.New("no page load was found"), writeSummary(cmd.ErrOrStderr(), summary, nil))
	}
	r, err := dashboard.New(query, site, time.Time{}, now)
	if err != nil {
		return flagError(err)
	}
	if err := writeReport(cmd, r, terminal); err != nil {
		return err
	}
	var groups []accesslog.Group
	if config.Route == nil {
		groups = counter.Groups(logRoutes)
	}
	out := cmd.ErrOrStderr()
	if !cmd.Flags().Changed("json") && !cmd.Flags().Changed("csv") && !cmd.Flags().Changed("html") {
		out = cmd.OutOrStdout()
	}
	return writeSummary(out, summary, groups)
}

// logConfig is what logs are counted by: the routes, the time zone and the prefix of
// the configuration.
func (h *household) logConfig(timezone, host string) (c accesslog.Config, err error) {
	c.Host = strings.ToLower(host)
	if c.Zone, err = h.zone(timezone); err != nil {
		return c, err
	}
	prefix := or(h.config.Prefix, defaultPrefix)
	c.Own = func(path string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }
	if h.config.Report == nil || len(h.config.Report.Routes) == 0 {
		return c, nil
	}
	plan, err := visit.New(h.config.Report.config())
	if err != nil {
		return c, fmt.Errorf("report: %w", err)
	}
	c.Route = plan.RouteOf
	return c, nil
}

func readLog(counter *accesslog.Counter, name string, stdin io.Reader) error {
	if name == "-" {
		return counter.Read(stdin, "standard input")
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return counter.Read(file, name)
}

// logName is what a report is headed with.
func logName(files []string) string {
	switch {
	case len(files) > 1:
		return fmt.Sprintf("%d access logs", len(files))
	case files[0] == "-":
		return "Access log"
	}
	return filepath.Base(files[0])
}

// writeSummary tells what was read and what was left out, and how the groups that
// were found are declared as routes.
func writeSummary(w io.Writer, s accesslog.Summary, groups []accesslog.Group) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nOf %d lines %d were page loads.", s.Lines, s.Pages)
	for i, left := range s.Left {
		if i == 0 {
			b.WriteString(" Left out:\n")
		}
		fmt.Fprintf(&b, "%12d  %s\n", left.Lines, left.Reason)
	}
	if len(s.Left) == 0 {
		b.WriteString("\n")
	}
	if s.First != nil {
		fmt.Fprintf(&b, "The first line that can't be read is %s.\n", s.First)
	}
	if routes := suggested(groups); len(routes) > 0 {
		b.WriteString("\nTo publish these pages apart, declare them in the report block:\n")
		for _, route := range routes {
			b.WriteString("\t" + route + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// suggested writes groups as lines of a Caddyfile, where they can be.
func suggested(groups []accesslog.Group) (lines []string) {
	for _, g := range groups {
		name := strings.Trim(strings.TrimSuffix(g.Name, "/*"), "/")
		if name == "" {
			name = "home"
		}
		plain := strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
		if !plain || len(name) > 40 || name == visit.Other {
			continue
		}
		paths := g.Name
		if base, deep := strings.CutSuffix(g.Name, "/*"); deep {
			paths = base + " " + g.Name
		}
		lines = append(lines, fmt.Sprintf("route %s %s", name, paths))
	}
	return lines
}
