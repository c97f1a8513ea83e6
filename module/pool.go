package module

import "github.com/caddyserver/caddy/v2"

// states holds what outlives a reload: it is shared by the configurations that
// name it by the same key, and let go when the last of them is.
var states = caddy.NewUsagePool()

// pooled returns the state of that key, made by build when there is none. The
// release must be called once the configuration that asked is done with it.
func pooled[T caddy.Destructor](key string, build func() (T, error)) (state T, release func(), err error) {
	value, _, err := states.LoadOrNew(key, func() (caddy.Destructor, error) { return build() })
	if err != nil {
		return state, func() {}, err
	}
	return value.(T), func() { _, _ = states.Delete(key) }, nil
}
