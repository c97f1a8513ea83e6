package ledger

import (
	"bytes"
	"fmt"
	"iter"
	"testing"
	"time"
)

var (
	noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	red  = mustSigner("red")
	blue = mustSigner("blue")
)

func mustSigner(name string) Signer {
	s, err := NewSigner(bytes.Repeat([]byte(name), 32)[:32])
	if err != nil {
		panic(err)
	}
	return s
}

// sample is the record number n.
func sample(n int) *Record {
	r := &Record{
		SchemaVersion: SchemaVersion,
		RecordID:      receiptID(n).Hash(),
		Controllers:   []Party{{Name: "Example Shop Ltd", Contact: "privacy@shop.example"}},
		Notice:        Notice{Version: "2020-10-13", Fingerprint: "89abcdef", Text: Genesis("text").Hash.String()},
		Language:      "en",
		Services:      []string{"shop.example"},
		EventTime:     noon.Add(time.Duration(n) * time.Minute),
		EventType:     Given,
		Mechanism:     ByPage,
		Validity:      "P180D",
		Regime:        "opt-in",
		Country:       "CN",
		Jurisdictions: []string{"CN"},
		Minor:         Guardian,
	}
	for i, name := range []string{"preferences", "analytics", "advertising", "device"} {
		decision := Given
		if i > 1 {
			decision = Refused
		}
		r.Purposes = append(r.Purposes, Purpose{name, "consent", decision, "/.consent/"})
	}
	return r
}

func receiptID(n int) ReceiptID {
	return ReceiptID([]byte(fmt.Sprintf("%016d", n)))
}

// book is a chain in memory, as a store would keep it.
type book struct {
	State
	entries    []Entry
	statements [][]byte
}

func newBook(t testing.TB, records int) *book {
	t.Helper()
	b := &book{State: State{Chain: "test", Head: Genesis("test")}}
	for n := range records {
		e, err := NewEntry(sample(n + 1))
		if err != nil {
			t.Fatal(err)
		}
		b.add(e)
	}
	return b
}

func (b *book) add(e Entry) {
	b.Head = b.Head.Next(e.Record)
	e.Sequence, e.Hash = b.Head.Sequence, b.Head.Hash
	b.entries = append(b.entries, e)
}

// state signs a statement about the chain as it stands.
func (b *book) state(t testing.TB, typ StatementType, s Signer, change func(*Statement)) []byte {
	t.Helper()
	statement := NewStatement(typ, b.Chain, b.Head, noon.Add(time.Hour))
	if change != nil {
		change(statement)
	}
	line, err := statement.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// clone copies all that a test may change.
func (b *book) clone() *book {
	c := *b
	c.entries = append([]Entry(nil), b.entries...)
	c.statements = append([][]byte(nil), b.statements...)
	return &c
}

// rechain computes every hash from entry i on anew, as one who has the store but
// no key could.
func (b *book) rechain(i int) {
	at := Genesis(b.Chain)
	if s, err := ParseStatement(b.Base); err == nil {
		at = s.Head()
	}
	if i > 0 {
		at = Head{b.entries[i-1].Sequence, b.entries[i-1].Hash}
	}
	for ; i < len(b.entries); i++ {
		at = at.Next(b.entries[i].Record)
		b.entries[i].Sequence, b.entries[i].Hash = at.Sequence, at.Hash
	}
	b.Head = at
}

func (b *book) all() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range b.entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (b *book) verify(t testing.TB, keys ...JWK) *Report {
	t.Helper()
	report, err := Verify(b.State, b.all(), b.statements, NewKeySet(keys...))
	if err != nil {
		t.Fatal(err)
	}
	return report
}
