// Command fairway is Caddy with the consent gateway built in.
package main

import (
	_ "time/tzdata" // days begin in a site's time zone, also where the system has no zones

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/fairwaygate/fairway"
)

func main() { caddycmd.Main() }
