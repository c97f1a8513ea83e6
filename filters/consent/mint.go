package consent

import (
	"errors"
	"hash/maphash"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

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
//
// A value holds the day of its making beside the content, so that its age is told
// by the caller's days and not by the clock of the library that signs it.
type Mint[T any] struct {
	// Parse reads a content. It must accept only canonical forms.
	Parse func(content string) (T, error)

	// Shared is where the day's values are kept beyond this process; may be nil.
	Shared Shared

	codecs []securecookie.Codec // the first mints, all check
	life   Day

	mu    sync.Mutex // guards what follows; taken when minting only
	day   Day
	today map[minted]string // to the value
	kept  int               // how many of the day's values went to Shared

	seed    maphash.Seed
	checked [4096]atomic.Pointer[checked[T]]
}

// Bound is what a value is bound to. Under another cookie's name, or on another
// site, it is none.
type Bound struct {
	Cookie, Site string
}

// String joins the two as they are signed.
func (b Bound) String() string { return b.Cookie + "|" + b.Site }

type minted struct {
	bound   Bound
	content string
}

type checked[T any] struct {
	bound   Bound
	value   string
	day     Day
	content T
}

const (
	// mintedMax bounds the day's values in memory. Past it they are forgotten
	// and made anew: a second value a day then has the same content.
	mintedMax = 1 << 14

	// keptMax bounds the day's values that go to Shared.
	keptMax = 1 << 12

	// valueMax is more than any value that is minted here.
	valueMax = 1024

	// ahead is how many days a value may come from the future: gateways around
	// midnight, clocks that were set back, and sites that moved west.
	ahead = 1
)

var errMinted = errors.New("not a value of ours")

// NewMint returns a mint. keys are authentication keys of at least 32 bytes, the
// newest first; life is for how many days after its own a value is accepted.
func NewMint[T any](keys [][]byte, life Day, parse func(string) (T, error)) (*Mint[T], error) {
	if len(keys) == 0 {
		return nil, errors.New("a mint needs a key")
	}
	m := &Mint[T]{Parse: parse, life: life, today: make(map[minted]string), seed: maphash.MakeSeed()}
	for _, key := range keys {
		if len(key) < 32 {
			return nil, errors.New("a key has at least 32 bytes")
		}
		codec := securecookie.New(key, nil)
		codec.MaxAge(0).MinAge(0).MaxLength(valueMax)
		codec.SetSerializer(plain{})
		m.codecs = append(m.codecs, codec)
	}
	return m, nil
}

// Value returns the day's value for a content.
func (m *Mint[T]) Value(bound Bound, content string, day Day) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.day != day {
		m.day, m.kept, m.today = day, 0, make(map[minted]string)
	}
	key := minted{bound, content}
	if value, ok := m.today[key]; ok {
		return value, nil
	}
	name, sealed := bound.String(), seal(day, content)
	value, err := m.codecs[0].Encode(name, sealed)
	if err != nil {
		return "", err
	}
	if m.Shared != nil && m.kept < keptMax {
		m.kept++
		// A value of ours that was kept earlier stands, if it is genuine.
		stands, err := m.Shared.Keep(day, name+"|"+content, value)
		if err == nil && stands != value && m.decode(name, stands) == sealed {
			value = stands
		}
	}
	if len(m.today) == mintedMax {
		clear(m.today)
	}
	m.today[key] = value
	return value, nil
}

// Check returns the content of a value that is genuine and, today, of its age.
func (m *Mint[T]) Check(bound Bound, value string, today Day) (T, error) {
	var none T
	if len(value) > valueMax {
		return none, errMinted
	}
	slot := &m.checked[maphash.String(m.seed, value)%uint64(len(m.checked))]
	c := slot.Load()
	if c == nil || c.value != value || c.bound != bound {
		day, content, ok := unseal(m.decode(bound.String(), value))
		if !ok {
			return none, errMinted
		}
		parsed, err := m.Parse(content)
		if err != nil {
			return none, err
		}
		c = &checked[T]{bound, value, day, parsed}
		slot.Store(c)
	}
	if age := today - c.day; age < -ahead || age > m.life {
		return none, errMinted
	}
	return c.content, nil
}

// seal puts the day of minting before a content.
func seal(day Day, content string) string { return strconv.Itoa(int(day)) + " " + content }

func unseal(sealed string) (day Day, content string, ok bool) {
	number, content, ok := strings.Cut(sealed, " ")
	n, err := strconv.ParseInt(number, 10, 32)
	return Day(n), content, ok && err == nil
}

// decode returns what was sealed in a value, "" when it is not genuine.
func (m *Mint[T]) decode(name, value string) string {
	for _, codec := range m.codecs {
		var sealed string
		if codec.Decode(name, value, &sealed) == nil {
			return sealed
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
