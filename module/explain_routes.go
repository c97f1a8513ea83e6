package module

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// guardedServer is a server of a configuration of which only the ways to its
// gateways are left: nothing answers a request but what is put behind them.
type guardedServer struct {
	routes  caddyhttp.RouteList
	hosts   []string // that it is configured for; none for a server of any host
	plain   bool     // it serves plain HTTP alone
	skipped []string // hosts for which it serves no TLS
	observe bool     // one of its gateways only observes
}

// guardedServers reads the servers that have a gateway, in the order of their
// names. Without any configuration there is one, with the default policy.
func guardedServers(ctx caddy.Context, config []byte) ([]*guardedServer, error) {
	var found struct {
		Apps struct {
			HTTP struct {
				HTTPPort int                      `json:"http_port"`
				Servers  map[string]*serverConfig `json:"servers"`
			} `json:"http"`
		} `json:"apps"`
	}
	if len(config) == 0 {
		config = []byte(`{"apps": {"http": {"servers": {"default": {"routes": [{"handle": [{"handler": "consent"}]}]}}}}}`)
	}
	if err := json.Unmarshal(config, &found); err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	plainPort := ":" + strconv.Itoa(max(found.Apps.HTTP.HTTPPort, 0))
	if found.Apps.HTTP.HTTPPort == 0 {
		plainPort = ":80"
	}
	var servers []*guardedServer
	for _, name := range slices.Sorted(maps.Keys(found.Apps.HTTP.Servers)) {
		c := found.Apps.HTTP.Servers[name]
		p := pruner{named: c.NamedRoutes}
		routes, err := json.Marshal(p.routes(c.Routes))
		if err != nil {
			return nil, err
		}
		if !p.guarded {
			continue
		}
		s := &guardedServer{
			plain: c.AutoHTTPS.Disable || len(c.Listen) > 0 && !slices.ContainsFunc(c.Listen, func(address string) bool {
				return !strings.HasSuffix(address, plainPort)
			}),
			skipped: c.AutoHTTPS.Skip, observe: p.observe,
		}
		if err := json.Unmarshal(routes, &s.routes); err != nil {
			return nil, fmt.Errorf("server %s: %w", name, err)
		}
		if err := s.routes.Provision(ctx); err != nil {
			return nil, fmt.Errorf("server %s: %w", name, err)
		}
		guarded := slices.DeleteFunc(slices.Clone(s.routes), func(r caddyhttp.Route) bool { return !leadsToGateway(r.Handlers) })
		known := sites{server: &caddyhttp.Server{Routes: guarded}, metrics: newMetrics()}
		known.list()
		s.hosts = slices.Sorted(maps.Keys(known.hosts))
		servers = append(servers, s)
	}
	return servers, nil
}

// serverConfig is what is read of a server's configuration.
type serverConfig struct {
	Listen      []string         `json:"listen"`
	Routes      []map[string]any `json:"routes"`
	NamedRoutes map[string]any   `json:"named_routes"`
	AutoHTTPS   struct {
		Disable bool     `json:"disable"`
		Skip    []string `json:"skip"`
	} `json:"automatic_https"`
}

// pruner leaves of routes what leads to a gateway: routes, their matchers, and the
// handlers that rewrite a request on its way. All that would answer is taken out.
type pruner struct {
	named   map[string]any
	lists   int
	depth   int
	guarded bool
	observe bool
}

// prunedDepth bounds routes that invoke each other.
const prunedDepth = 32

func (p *pruner) routes(routes []map[string]any) []map[string]any {
	p.lists++
	// After a terminal route none of its list follows. What would end there goes
	// on to what is put behind the gateways.
	group := "fairway/terminal/" + strconv.Itoa(p.lists)
	for _, route := range routes {
		if route["terminal"] == true && route["group"] == nil {
			route["group"] = group
		}
		delete(route, "terminal")
		handlers, _ := route["handle"].([]any)
		kept := []any{}
		for _, h := range handlers {
			if handler, ok := h.(map[string]any); ok {
				if handler = p.handler(handler); handler != nil {
					kept = append(kept, handler)
				}
			}
		}
		route["handle"] = kept
	}
	return routes
}

// handler returns what is left of a handler, nil for nothing.
func (p *pruner) handler(handler map[string]any) map[string]any {
	switch handler["handler"] {
	case "consent":
		p.guarded = true
		p.observe = p.observe || handler["mode"] == "observe"
		delete(handler, "mode")
	case "subroute":
		delete(handler, "errors")
		handler["routes"] = p.routes(objects(handler["routes"]))
	case "invoke":
		name, _ := handler["name"].(string)
		route, ok := p.named[name].(map[string]any)
		if p.depth++; !ok || p.depth > prunedDepth {
			return nil
		}
		return map[string]any{"handler": "subroute", "routes": p.routes([]map[string]any{maps.Clone(route)})}
	case "headers":
		delete(handler, "response")
	case "rewrite", "vars", "map":
	default:
		return nil
	}
	return handler
}

func objects(list any) []map[string]any {
	items, _ := list.([]any)
	var found []map[string]any
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}

// leadsToGateway reports whether a gateway is among handlers.
func leadsToGateway(handlers []caddyhttp.MiddlewareHandler) bool {
	return slices.ContainsFunc(handlers, func(handler caddyhttp.MiddlewareHandler) bool {
		if sub, ok := handler.(*caddyhttp.Subroute); ok {
			return slices.ContainsFunc(sub.Routes, func(r caddyhttp.Route) bool { return leadsToGateway(r.Handlers) })
		}
		_, ok := handler.(*Gateway)
		return ok
	})
}

// secure reports whether the server speaks TLS with a host.
func (s *guardedServer) secure(host string) bool {
	return !s.plain && !slices.Contains(s.skipped, host)
}
