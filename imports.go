// Package fairway plugs the consent gateway into Caddy: import it for its side
// effects, as xcaddy does.
package fairway

import (
	_ "github.com/fairwaygate/fairway/caddyfile"
	_ "github.com/fairwaygate/fairway/module"
)
