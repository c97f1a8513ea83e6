package consent

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// life is how many days a value of the tests is accepted, made that of its making.
const life, made = 400, Day(20800)

var onShop = Bound{"consent", "shop"}

func newMint(t testing.TB, keys ...string) *Mint[Choice] {
	t.Helper()
	var all [][]byte
	for _, key := range keys {
		all = append(all, bytes.Repeat([]byte(key), 32))
	}
	m, err := NewMint(all, life, ParseChoice)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shared keeps the first value for each key.
type shared struct {
	mu     sync.Mutex
	values map[string]string
	err    error
}

func (s *shared) Keep(_ Day, key, value string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return "", s.err
	}
	if earlier, ok := s.values[key]; ok {
		return earlier, nil
	}
	if s.values == nil {
		s.values = make(map[string]string)
	}
	s.values[key] = value
	return value, nil
}

var sample = Choice{Fingerprint: 7, Day: 20781, Granted: Of(Necessary, Analytics)}

func TestMint(t *testing.T) {
	m := newMint(t, "a")
	value, err := m.Value(onShop, sample.String(), made)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := m.Value(onShop, sample.String(), made); again != value {
		t.Error("the same content has two values on one day")
	}
	for range 2 { // made, then looked up
		if got, err := m.Check(onShop, value, made); err != nil || got != sample {
			t.Fatalf("the value holds %+v, %v", got, err)
		}
	}
	for name, test := range map[string]struct {
		bound Bound
		value string
	}{
		"another site":  {Bound{"consent", "other"}, value},
		"another name":  {Bound{"dates", "shop"}, value},
		"truncated":     {onShop, value[:len(value)-5]},
		"prolonged":     {onShop, value + "AAAA"},
		"changed":       {onShop, strings.ToLower(value)},
		"empty":         {onShop, ""},
		"too long":      {onShop, strings.Repeat(value, 20)},
		"not of a key":  {onShop, mustValue(t, newMint(t, "b"))},
		"not a content": {onShop, mustEncode(t, m, "nonsense")},
	} {
		if got, err := m.Check(test.bound, test.value, made); err == nil {
			t.Errorf("%s: accepted as %+v", name, got)
		}
	}
}

// The days that are asked with rule, and no clock.
func TestAgeOfValues(t *testing.T) {
	for _, day := range []Day{0, 20800, 40000} {
		value, err := newMint(t, "a").Value(onShop, sample.String(), day)
		if err != nil {
			t.Fatal(err)
		}
		m := newMint(t, "a")
		for today, want := range map[Day]bool{
			day - 400: false, day - 2: false, day - 1: true, day: true, day + 1: true,
			day + life: true, day + life + 1: false, day + 2*life: false,
		} {
			for range 2 { // made, then looked up
				if _, err := m.Check(onShop, value, today); (err == nil) != want {
					t.Errorf("made on day %d, asked on %d: %v", day, today, err)
				}
			}
		}
	}
}

func mustValue(t *testing.T, m *Mint[Choice]) string { return mustEncode(t, m, sample.String()) }

func mustEncode(t *testing.T, m *Mint[Choice], content string) string {
	t.Helper()
	value, err := m.Value(onShop, content, made)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestRotatedKeys(t *testing.T) {
	old := mustValue(t, newMint(t, "a"))
	if _, err := newMint(t, "b", "a").Check(onShop, old, made); err != nil {
		t.Errorf("a value of the last key: %v", err)
	}
	if _, err := newMint(t, "b").Check(onShop, old, made); err == nil {
		t.Error("a value of a key that is gone was accepted")
	}
}

func TestSharedValues(t *testing.T) {
	s := new(shared)
	a, b := newMint(t, "a"), newMint(t, "a")
	a.Shared, b.Shared = s, s
	first := mustValue(t, a)
	if second := mustValue(t, b); second != first {
		t.Error("two gateways hand out two values")
	}
	// What was put in the shared place by another hand is no value of ours.
	forged := newMint(t, "a")
	forged.Shared = &shared{values: map[string]string{onShop.String() + "|" + sample.String(): "forged"}}
	if got := mustValue(t, forged); got == "forged" {
		t.Error("a forged value was handed out")
	}
	broken := newMint(t, "a")
	broken.Shared = &shared{err: errors.New("full")}
	if mustValue(t, broken) == "" {
		t.Error("without the shared place there is no value")
	}
}

// A value that was signed while the clock was ahead stays one: what a visitor decided
// then, and took back, holds.
func TestValuesOfAClockThatWasAhead(t *testing.T) {
	m := newMint(t, "a")
	encode := base64.URLEncoding.EncodeToString
	signed := fmt.Sprintf("%d|%s", time.Now().Add(24*time.Hour).Unix(), encode([]byte(seal(made+1, sample.String()))))
	mac := hmac.New(sha256.New, bytes.Repeat([]byte("a"), 32))
	mac.Write([]byte(onShop.String() + "|" + signed))
	value := encode(append([]byte(signed+"|"), mac.Sum(nil)...))
	for today, want := range map[Day]bool{made - 1: false, made: true, made + 1: true} {
		if got, err := m.Check(onShop, value, today); (err == nil && got == sample) != want {
			t.Errorf("%d days before its day it holds %+v, %v", made+1-today, got, err)
		}
	}
}

func TestWeakKeysAreRefused(t *testing.T) {
	if _, err := NewMint([][]byte{[]byte("short")}, life, ParseChoice); err == nil {
		t.Error("a key of five bytes was accepted")
	}
	if _, err := NewMint(nil, life, ParseChoice); err == nil {
		t.Error("no key was accepted")
	}
}

func BenchmarkReturningVisitor(b *testing.B) {
	m := newMint(b, "a")
	value, err := m.Value(onShop, sample.String(), made)
	if err != nil {
		b.Fatal(err)
	}
	v, err := NewVocabulary()
	if err != nil {
		b.Fatal(err)
	}
	p := &Policy{Vocabulary: v, Fingerprint: 7, Renew: 365}
	b.ReportAllocs()
	for b.Loop() {
		choice, err := m.Check(onShop, value, made)
		d := p.Decide(&Input{Today: made, Choice: choice, Chose: err == nil})
		if !d.Granted.Has(Analytics) {
			b.Fatal("the choice was lost")
		}
	}
}

// FuzzMint changes a value that is genuine: what is accepted holds what was
// minted, under the name it was minted for.
func FuzzMint(f *testing.F) {
	f.Add("shop", "", uint16(0), byte(0))
	f.Add("shop", "", uint16(40), byte(1))
	f.Add("other", "", uint16(0), byte(0))
	f.Add("shop", "MTc5NTUzNDU2N3wxLjAwMDAwMDA3LjIwNzgxLjMuLnw=", uint16(0), byte(0))
	m := newMint(f, "a")
	genuine, err := m.Value(onShop, sample.String(), made)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, site, value string, at uint16, flip byte) {
		if value == "" {
			changed := []byte(genuine)
			changed[int(at)%len(changed)] ^= flip
			value = string(changed)
		}
		got, err := m.Check(Bound{"consent", site}, value, made)
		if err == nil && (got != sample || site != "shop") {
			t.Fatalf("%q for %q was accepted as %+v", value, site, got)
		}
		if value == genuine && site == "shop" && err != nil {
			t.Fatalf("the genuine value: %v", err)
		}
	})
}
