package module

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"

	"github.com/fairwaygate/fairway/module/storefront"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "consent",
		Usage: "<command>",
		Short: "Runs the consent gateway and its tools",
		CobraFunc: func(cmd *cobra.Command) {
			cmd.AddCommand(demoCommand(), proxyCommand(), explainCommand(), scanCommand(), keysCommand(), ledgerCommand(), reportCommand())
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				if len(args) > 0 {
					return fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath())
				}
				return cmd.Help()
			}
		},
	})
}

func demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Runs a sample shop with a dozen trackers behind the gateway",
		Args:  cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.String("listen", "127.0.0.1:8080", "Where the gateway listens")
	flags.String("shop", "127.0.0.1:8081", "Where the shop itself listens, without the gateway")
	flags.String("trackers", "127.0.0.1:8082", "Where the trackers listen, and show what reached them")
	flags.String("admin", "localhost:2019", `Where Caddy's admin API and /metrics listen, or "off"`)
	flags.String("data", "", "The folder for figures and the access log (default a new one for temporary files)")
	cmd.RunE = caddycmd.WrapCommandFuncForCobra(runDemo)
	return cmd
}

func proxyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "proxy --from <address> --to <address>",
		Short: "Puts the gateway in front of any server",
		Long: `Puts the gateway in front of any server, with the default policy: what is
not declared is denied, and the built-in catalogue says which cookies are
necessary. For a policy of your own write a Caddyfile.`,
		Example: "fairway consent proxy --from :8080 --to http://127.0.0.1:3000",
		Args:    cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.String("from", ":8080", "Where the gateway listens: an address as in a Caddyfile")
	flags.String("to", "", "The server behind it")
	flags.String("mode", "enforce", `"enforce", or "observe" to change nothing and count what would change`)
	flags.String("admin", "localhost:2019", `Where Caddy's admin API and /metrics listen, or "off"`)
	cmd.RunE = caddycmd.WrapCommandFuncForCobra(runProxy)
	return cmd
}

//go:embed demo/Caddyfile
var demoCaddyfile string

func runDemo(flags caddycmd.Flags) (int, error) {
	caddy.TrapSignals()
	listen, shopAddress, trackerAddress := flags.String("listen"), flags.String("shop"), flags.String("trackers")
	bind, port, err := net.SplitHostPort(listen)
	if err != nil {
		return caddy.ExitCodeFailedStartup, fmt.Errorf("--listen %q: expected host:port", listen)
	}
	_, trackerPort, err := net.SplitHostPort(trackerAddress)
	if err != nil {
		return caddy.ExitCodeFailedStartup, fmt.Errorf("--trackers %q: expected host:port", trackerAddress)
	}
	if err := serveHTTP("trackers", trackerAddress, new(storefront.Recorder)); err != nil {
		return caddy.ExitCodeFailedStartup, err
	}
	if err := serveHTTP("shop", shopAddress, storefront.New(storefront.Trackers{Port: trackerPort})); err != nil {
		return caddy.ExitCodeFailedStartup, err
	}
	data := flags.String("data")
	if data == "" {
		if data, err = os.MkdirTemp("", "fairway-demo-"); err != nil {
			return caddy.ExitCodeFailedStartup, err
		}
	}
	accessLog := filepath.Join(data, "access.log")
	config := strings.NewReplacer(
		"{$ADMIN}", flags.String("admin"), "{$PORT}", port, "{$BIND}", or(bind, "0.0.0.0"),
		"{$SHOP}", shopAddress, "{$ACCESS_LOG}", quote(accessLog), "{$STORE}", quote(filepath.Join(data, "fairway.db")),
	).Replace(demoCaddyfile)
	if err := loadCaddyfile("demo.Caddyfile", config); err != nil {
		return caddy.ExitCodeFailedStartup, err
	}
	gateway := "http://shop.localhost:" + port
	metricsURL := gateway + "/metrics"
	if admin := flags.String("admin"); admin != "off" {
		metricsURL = "http://" + admin + "/metrics"
	}
	fmt.Printf(demoText, gateway, shopAddress, trackerAddress, gateway, gateway, gateway, metricsURL, gateway, accessLog)
	select {}
}

const demoText = `
The sample shop is open.

  The shop behind the gateway   %s
  The same without it           http://%s
  What reached the trackers     http://%s

What to look at
  1. Open the shop: its pages name a dozen trackers, and the list of what
     reached them stays empty. The browser holds only necessary cookies.
  2. Accept "Visit statistics" alone in the banner: only those trackers load.
     Withdraw it at %s/.consent/ and they and their cookies are gone.
  3. What the shop sees of a request that carries identifiers and a place:
       curl -H 'X-Device-Id: 1234' '%s/echo?idfa=1&lat=39.9042&lng=116.4074&gclid=2'
  4. Everything the gateway declares: %s/.consent/policy
  5. Live counters, and figures published every minute: %s
     and as a page: %s/stats
  6. The access log holds no address, cookie or query value:
       %s

Stop with Ctrl-C.
`

func runProxy(flags caddycmd.Flags) (int, error) {
	caddy.TrapSignals()
	from, to := flags.String("from"), flags.String("to")
	if to == "" {
		return caddy.ExitCodeFailedStartup, errors.New("--to is required: the server behind the gateway, such as http://127.0.0.1:3000")
	}
	config := fmt.Sprintf(`{
	admin %s
	persist_config off
%s}
%s {
	log
	consent {
		mode %s
	}
	reverse_proxy %s
}
`, quote(flags.String("admin")), logFiltered, quote(from), quote(flags.String("mode")), quote(strings.TrimSuffix(to, "/")))
	if err := loadCaddyfile("proxy.Caddyfile", config); err != nil {
		return caddy.ExitCodeFailedStartup, err
	}
	fmt.Printf("The gateway at %s stands in front of %s. Preferences are at /.consent/; stop with Ctrl-C.\n", from, to)
	select {}
}

// logFiltered is the global option that keeps what is personal out of logs.
const logFiltered = `	log {
		format filter {
			wrap json
			fields {
				request consent
				resp_headers consent
				user_id consent
			}
		}
	}
`

// quote makes one word of a Caddyfile from a flag, whatever it holds.
func quote(word string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "{", `\{`, "}", `\}`).Replace(word) + `"`
}

// loadCaddyfile runs a configuration that is in memory.
func loadCaddyfile(name, text string) error {
	adapter := caddyconfig.GetAdapter("caddyfile")
	if adapter == nil {
		return errors.New("this program was built without the Caddyfile adapter")
	}
	config, _, err := adapter.Adapt([]byte(text), map[string]any{"filename": name})
	if err != nil {
		return err
	}
	return caddy.Load(config, true)
}

// serveHTTP serves one of the sample's own servers until the program ends.
func serveHTTP(what, address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("the %s: %w", what, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return nil
}
