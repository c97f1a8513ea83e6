package module

import (
	"maps"
	"sync"
	"sync/atomic"
)

// memo remembers what was computed for a few keys. Reading takes no lock; the
// map is copied when it grows. Past memoMax keys nothing more is remembered, for
// a key may come from a request.
type memo[K comparable, V any] struct {
	known atomic.Pointer[map[K]V]
	mu    sync.Mutex
}

const memoMax = 1024

func (m *memo[K, V]) get(key K, compute func(K) V) V {
	if known := m.known.Load(); known != nil {
		if value, ok := (*known)[key]; ok {
			return value
		}
	}
	value := compute(key)
	m.mu.Lock()
	defer m.mu.Unlock()
	grown := make(map[K]V)
	if known := m.known.Load(); known != nil {
		if len(*known) >= memoMax {
			return value
		}
		maps.Copy(grown, *known)
	}
	grown[key] = value
	m.known.Store(&grown)
	return value
}
