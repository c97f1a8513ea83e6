// Command fairway is Caddy with the consent gateway built in.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/fairwaygate/fairway"
)

func main() { caddycmd.Main() }
