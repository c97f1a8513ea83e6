package module

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/spf13/cobra"

	"github.com/fairwaygate/fairway/filters/consent"
	"github.com/fairwaygate/fairway/module/recording"
)

func explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [<file>]",
		Short: "Says of a recorded request what is kept, what is taken out, and why",
		Long: `Says of a recorded request what is kept, what is taken out, and why: each cookie,
header, query parameter, field of a body and upload, and of a recorded response
each cookie that it sets and each third party to which it refers, with the
purpose and the clause of the policy.

The recording is a request as it goes over the wire, what "curl -v" shows, or a
HAR as browsers save it; from a file or from standard input. A response may
follow it or be in a file of its own. It is sent through the gateway of the
configuration as it would run, with a copy of its keys, and nothing is sent or
kept anywhere else.

Values are never shown, only how long they are, so that what is written here can
be passed on. Names that look like values are not shown either.`,
		Example: "curl -vs https://shop.example/ 2>&1 | fairway consent explain --config Caddyfile\n" +
			"fairway consent explain --consent analytics,device --country US-CA request.txt\n" +
			"fairway consent explain --entry 3 --json recording.har",
		Args: cobra.MaximumNArgs(1),
	}
	flags := cmd.Flags()
	configFlags(flags)
	flags.String("site", "", "The site, in place of the recording's host: shop.example or http://shop.example:8080")
	flags.String("consent", "", `What the visitor has granted: purposes with commas between them, "all", or "none". Default: what the recorded cookies say`)
	flags.String("cookie", "", "Cookies in place of the recorded ones, as name=value; name=value")
	flags.String("country", "", "Where the visitor is: CN, US-CA. Default: not known")
	flags.String("response", "", "The file of a recorded response; - is standard input")
	flags.Int("entry", 1, "Which entry of a HAR is meant")
	flags.Bool("json", false, "Write JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cmd.SilenceUsage = true
		ctx, cancel := caddy.NewContext(caddy.Context{Context: cmd.Context()})
		defer cancel()
		return runExplain(ctx, cmd, args)
	}
	return cmd
}

func runExplain(ctx caddy.Context, cmd *cobra.Command, args []string) error {
	flag := func(name string) string { return cmd.Flag(name).Value.String() }
	recorded, err := recordedExchange(cmd, args)
	if err != nil {
		return err
	}
	var country place
	if code := flag("country"); code != "" {
		if country, err = parsePlace(code); err != nil {
			return err
		}
	}
	if cookies := flag("cookie"); cookies != "" {
		recorded.Request.Header["Cookie"] = []string{cookies}
	}
	h, err := findConfig(ctx, cmd)
	if err != nil {
		return err
	}
	m, err := newModelHouse(ctx, h, country)
	if err != nil {
		return err
	}
	defer m.close()
	scheme, err := address(recorded, flag("site"))
	if err != nil {
		return err
	}
	granted, chosen, err := m.purposes(flag("consent"))
	if err != nil {
		return err
	}
	t, server, err := m.meet(ctx, recorded, scheme, func(host string, secure bool) (string, error) {
		if !chosen {
			return "", nil
		}
		return m.choose(host, secure, granted)
	})
	if err != nil {
		return err
	}
	e := m.explain(t)
	if server.observe {
		e.note("The site only observes (mode observe): this is what enforcing would do.")
	}
	if m.keys == 0 && !chosen {
		e.note("The gateway's keys can't be read here: a recorded consent is taken for none. Use --consent.")
	}
	if flag("json") == "true" {
		out := json.NewEncoder(cmd.OutOrStdout())
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(e)
	}
	return e.Text(cmd.OutOrStdout())
}

// recordingMax bounds a recording, in bytes.
const recordingMax = 64 << 20

// recordedExchange reads what the flags and arguments name.
func recordedExchange(cmd *cobra.Command, args []string) (*recording.Exchange, error) {
	entry, err := cmd.Flags().GetInt("entry")
	if err != nil {
		return nil, err
	}
	file := "-"
	if len(args) > 0 {
		file = args[0]
	}
	response := cmd.Flag("response").Value.String()
	if file == "-" && response == "-" {
		return nil, errors.New("--response -: standard input is the request already")
	}
	name, data, err := readRecording(cmd, file)
	if err != nil {
		return nil, err
	}
	recorded, err := recording.Read(name, data, entry)
	if err != nil || response == "" {
		return recorded, err
	}
	if name, data, err = readRecording(cmd, response); err != nil {
		return nil, err
	}
	recorded.Response, err = recording.ReadResponse(name, data, entry)
	return recorded, err
}

func readRecording(cmd *cobra.Command, file string) (name string, data []byte, err error) {
	in := cmd.InOrStdin()
	if name = file; file == "-" {
		name = "standard input"
	} else {
		opened, err := os.Open(file)
		if err != nil {
			return name, nil, err
		}
		defer opened.Close()
		in = opened
	}
	data, err = io.ReadAll(io.LimitReader(in, recordingMax+1))
	if err == nil && len(data) > recordingMax {
		err = fmt.Errorf("%s: expected a recording of at most %d MiB", name, recordingMax>>20)
	}
	return name, data, err
}

// parsePlace reads a country, or a state of the United States.
func parsePlace(code string) (p place, err error) {
	country, state, stated := strings.Cut(strings.ToUpper(code), "-")
	if p.country, err = consent.ParseCountry(country); err != nil || stated && (country != "US" || len(state) != 2) {
		return p, fmt.Errorf("--country %q: expected a code such as CN, or US-CA for a state", code)
	}
	if stated {
		p.state = consent.State{state[0], state[1]}
	}
	return p, nil
}

// address fills in where the request goes, as far as that is said; scheme is "" when
// it is not.
func address(recorded *recording.Exchange, site string) (scheme string, err error) {
	in := &recorded.Request
	scheme = in.URL.Scheme
	if site != "" {
		if before, after, ok := strings.Cut(site, "://"); ok {
			scheme, site = before, strings.TrimSuffix(after, "/")
		}
		if strings.ContainsAny(site, "/?#@ ") || site == "" || scheme != "" && scheme != "http" && scheme != "https" {
			return "", fmt.Errorf("--site: expected a host such as shop.example, or http://shop.example:8080")
		}
		in.Host = site
	}
	if in.Host == "" {
		return "", errors.New("the recording has no Host field: expected one, or --site")
	}
	return scheme, nil
}

// purposes reads the flag --consent; chosen is false when it was not given.
func (m *modelHouse) purposes(text string) (granted consent.Set, chosen bool, err error) {
	vocabulary := m.app.rules.Vocabulary
	switch text {
	case "":
		return 0, false, nil
	case "none":
		return 0, true, nil
	case "all":
		return vocabulary.All(), true, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		purpose, ok := vocabulary.Lookup(strings.TrimSpace(name))
		if !ok {
			return 0, false, fmt.Errorf("--consent %q: expected all, none, or some of %s", name, strings.Join(vocabulary.Names(vocabulary.All()), ", "))
		}
		granted = granted.With(purpose)
	}
	return granted, true, nil
}

// meet sends an exchange to the server that has a gateway for it. choose returns the
// Cookie pair of the visitor's choice, "" where the recorded one counts.
func (m *modelHouse) meet(ctx context.Context, recorded *recording.Exchange, scheme string, choose func(host string, secure bool) (string, error)) (*trial, *guardedServer, error) {
	in := &recorded.Request
	host, _ := splitHost(in.Host)
	var hosts []string
	for _, server := range m.servers {
		hosts = append(hosts, server.hosts...)
		if in.URL.Scheme = scheme; scheme == "" {
			in.URL.Scheme = "http"
			if server.secure(host) {
				in.URL.Scheme = "https"
			}
		}
		choice, err := choose(host, in.URL.Scheme == "https")
		if err != nil {
			return nil, nil, err
		}
		if t := m.try(ctx, server, recorded, choice); t.x != nil {
			return t, server, nil
		}
	}
	if len(m.servers) == 0 {
		return nil, nil, errors.New("the configuration has no site with a consent gateway")
	}
	return nil, nil, fmt.Errorf("no consent gateway stands at %s%s: expected one of %s, or --site",
		shownName(in.Host), shownPath(in.URL.Path), strings.Join(hosts, ", "))
}
