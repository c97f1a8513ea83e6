package consent

import (
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/securecookie"
)

// Shared keeps the first value of the day for each key, for all who mint: other
// gateways of a fleet, and this one after a restart. It returns the value that
// stands: the given one or an earlier one.
type Shared interface {
	Keep(day Day, key, value string) (stands string, err error)
}

// Mint makes and checks the values of one kind of cookie. A value is minted
// once a day for each content and handed to everyone with that content, for its
// time stamp would else tell people apart. Checking one is mostly a look-up.
type Mint[T any] struct {
	// Parse reads a content. It must accept only canonical forms.
	Parse func(content string) (T, error)

	// Shared is where the day's values are kept beyond this process; may be nil.
	Shared Shared

	codecs []securecookie.Codec // the first mints, all check
	life   time.Duration

	mu    sync.Mutex // guards what follows; taken when minting only
	day   Day
	today map[[2]string]string // name and content to value
	kept  int                  // how many of the day's values went to Shared

	seed    maphash.Seed
	checked [4096]atomic.Pointer[checked[T]]
}

type checked[T any] struct {
	name, value string
	until       int64 // Unix seconds
	content     T
}

const (
	// mintedMax bounds the day's values in memory. Past it they are forgotten
	// and made anew: a second value a day then has the same content.
	mintedMax = 1 << 14

	// keptMax bounds the day's values that go to Shared.
	keptMax = 1 << 12

	// valueMax is more than any value that is minted here.
	valueMax = 1024

	// leeway is how far, in seconds, a time stamp may lie in the future.
	leeway = 120
)

var errMinted = errors.New("not a value of ours")

// NewMint returns a mint. keys are authentication keys of at least 32 bytes, the
// newest first; life is how long a value is accepted.
func NewMint[T any](keys [][]byte, life time.Duration, parse func(string) (T, error)) (*Mint[T], error) {
	if len(keys) == 0 {
		return nil, errors.New("a mint needs a key")
	}
	m := &Mint[T]{Parse: parse, life: life, seed: maphash.MakeSeed()}
	for _, key := range keys {
		if len(key) < 32 {
			return nil, errors.New("a key has at least 32 bytes")
		}
		codec := securecookie.New(key, nil)
		codec.MaxAge(int(life / time.Second)).MinAge(-leeway).MaxLength(valueMax)
		codec.SetSerializer(plain{})
		m.codecs = append(m.codecs, codec)
	}
	return m, nil
}

// Value returns the day's value for a content. name is what the value is bound
// to: the cookie's name and the site's.
func (m *Mint[T]) Value(name, content string, day Day) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.day != day {
		m.day, m.kept, m.today = day, 0, make(map[[2]string]string)
	}
	key := [2]string{name, content}
	if value, ok := m.today[key]; ok {
		return value, nil
	}
	value, err := m.codecs[0].Encode(name, content)
	if err != nil {
		return "", err
	}
	if m.Shared != nil && m.kept < keptMax {
		m.kept++
		// A value of ours that was kept earlier stands, if it is genuine.
		stands, err := m.Shared.Keep(day, name+"|"+content, value)
		if err == nil && stands != value && m.decode(name, stands) == content {
			value = stands
		}
	}
	if len(m.today) == mintedMax {
		clear(m.today)
	}
	m.today[key] = value
	return value, nil
}

// Check returns the content of a value that is genuine and of its age.
func (m *Mint[T]) Check(name, value string, now time.Time) (T, error) {
	var none T
	if len(value) > valueMax {
		return none, errMinted
	}
	slot := &m.checked[maphash.String(m.seed, value)%uint64(len(m.checked))]
	if c := slot.Load(); c != nil && c.value == value && c.name == name && now.Unix() < c.until {
		return c.content, nil
	}
	content := m.decode(name, value)
	if content == "" {
		return none, errMinted
	}
	parsed, err := m.Parse(content)
	if err != nil {
		return none, err
	}
	// How much of its life is left is the codec's business: a short while
	// later it is asked again.
	slot.Store(&checked[T]{name: name, value: value, until: now.Add(time.Hour).Unix(), content: parsed})
	return parsed, nil
}

// decode returns the content of a value, "" when it is not genuine.
func (m *Mint[T]) decode(name, value string) string {
	for _, codec := range m.codecs {
		var content string
		if codec.Decode(name, value, &content) == nil {
			return content
		}
	}
	return ""
}

// plain stores a string as it is.
type plain struct{}

func (plain) Serialize(src any) ([]byte, error) { return []byte(src.(string)), nil }

func (plain) Deserialize(src []byte, dst any) error {
	*dst.(*string) = string(src)
	return nil
}
