// Package caddyfile reads Fairway's part of the Caddyfile.
//
// It registers the global option "consent", which declares the policy of the
// house, and the handler directives "consent", which enforces it on a site or a
// route, and "consent_report", which serves the published figures. Each reads
// into the structs of package module, so that whatever the Caddyfile says can be
// said in JSON as well.
//
// The parsers are strict. What can be checked without running the server is
// checked here, and an error names the file, the line, the offending word and
// what was expected. Short blocks may be written on one line, without braces:
//
//	purpose analytics {
//		title  "Visit statistics"
//		clause II.II.1
//	}
//	purpose analytics title "Visit statistics" clause II.II.1
package caddyfile

import "github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

func init() {
	httpcaddyfile.RegisterGlobalOption("consent", parseApp)

	// Bodies are edited before they are compressed, so consent stands behind
	// encode. The report answers, and has to be found before any other handler
	// that does.
	httpcaddyfile.RegisterHandlerDirective("consent", parseGateway)
	httpcaddyfile.RegisterDirectiveOrder("consent", httpcaddyfile.After, "encode")
	httpcaddyfile.RegisterHandlerDirective("consent_report", parseReporter)
	httpcaddyfile.RegisterDirectiveOrder("consent_report", httpcaddyfile.Before, "respond")
}
