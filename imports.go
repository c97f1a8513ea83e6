// Package fairway plugs the consent gateway into Caddy: import it for its side
// effects, as xcaddy does.
package fairway

import (
	_ "time/tzdata" // days begin in a site's time zone, also where the system has no zones

	_ "github.com/fairwaygate/fairway/caddyfile"
	_ "github.com/fairwaygate/fairway/module"
)
