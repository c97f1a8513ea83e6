package page

import "bytes"

// handed are the globals by which frameworks hand a page's data to their own code:
// Next.js, Nuxt, SvelteKit, React Router and Remix, TanStack, Solid, Apollo, and
// stores such as Redux and Vuex.
var handed = []string{
	"__next_f", "__NUXT__", "__sveltekit_", "__reactRouterContext", "__remixContext", "__staticRouterHydrationData",
	"$_TSR", "_$HY", "__APOLLO_STATE__", "__INITIAL_STATE__", "__PRELOADED_STATE__",
}

// handsData reports whether the text of a script begins as those do by which a
// framework hands data over. They mention what the page's code will load, and often
// whole snippets, but don't load it themselves; without them no page comes alive.
func handsData(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\n\f\r({")
	for _, global := range []string{"window.", "self.", "globalThis."} {
		text = bytes.TrimPrefix(text, []byte(global))
	}
	for _, name := range handed {
		if bytes.HasPrefix(text, []byte(name)) {
			return true
		}
	}
	return false
}
