package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWholeChainVerifies(t *testing.T) {
	for _, records := range []int{0, 1, 7} {
		b := newBook(t, records)
		b.statements = [][]byte{b.state(t, Checkpoint, red, nil)}
		report := b.verify(t, red.Key())
		if !report.Whole() || report.Records != uint64(records) || report.Last != uint64(records) ||
			report.Statements != 1 || report.Witnessed != uint64(records) {
			t.Errorf("%d records: %+v", records, report)
		}
	}
}

// A chain whose first records were pruned verifies by the statement that stands
// for them.
func TestPrunedChainVerifies(t *testing.T) {
	b := newBook(t, 4)
	early := b.state(t, Checkpoint, red, func(s *Statement) { s.Sequence, s.Hash = 2, b.entries[1].Hash })
	b.Base = b.state(t, Pruned, red, func(s *Statement) { s.Before = noon.Add(5 * time.Minute) })
	b.statements = [][]byte{early, b.Base}
	b.entries = nil
	if report := b.verify(t, red.Key()); !report.Whole() || report.Records != 0 || report.Pruned != 4 {
		t.Errorf("all pruned: %+v", report)
	}
	for n := range 3 {
		e, _ := NewEntry(sample(10 + n))
		b.add(e)
	}
	b.statements = append(b.statements, b.state(t, Checkpoint, red, nil))
	report := b.verify(t, red.Key())
	if !report.Whole() || report.Records != 3 || report.First != 5 || report.Last != 7 || report.Statements != 4 {
		t.Errorf("%+v", report)
	}
}

// Keys rotate: what an older key signed stays good for as long as a newer one
// vouches for it.
func TestOlderKeys(t *testing.T) {
	b := newBook(t, 2)
	b.statements = [][]byte{b.state(t, Checkpoint, red, nil)}
	if report := b.verify(t, blue.Key()); report.Whole() {
		t.Error("a key that nobody vouches for is trusted")
	}
	b.Keys = b.state(t, KeyList, blue, func(s *Statement) { s.Keys = []JWK{red.Key()} })
	if report := b.verify(t, blue.Key()); !report.Whole() {
		t.Errorf("%+v", report)
	}
	// An older key can't bring others in.
	green := mustSigner("green")
	b.statements = append(b.statements,
		b.state(t, KeyList, red, func(s *Statement) { s.Keys = []JWK{green.Key()} }),
		b.state(t, Checkpoint, green, nil))
	if report := b.verify(t, blue.Key()); report.Whole() {
		t.Error("a key for which only an older one vouches is trusted")
	}
}

func TestVerifyReturnsTheReadersError(t *testing.T) {
	b := newBook(t, 2)
	broken := errors.New("broken")
	_, err := Verify(b.State, func(yield func(Entry, error) bool) { yield(Entry{}, broken) }, nil, nil)
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// tampering is one way to change a ledger that somebody has who can write to the
// store but holds no key.
type tampering struct {
	name string
	do   func(b *book)
}

// TestTamperingIsFound tries each of them on a ledger of 6 records, the first two
// of which were pruned and the last of which a statement kept elsewhere covers.
func TestTamperingIsFound(t *testing.T) {
	whole := newBook(t, 2)
	whole.Base = whole.state(t, Pruned, red, func(s *Statement) { s.Before = noon.Add(3 * time.Minute) })
	whole.entries = nil
	for n := range 4 {
		e, _ := NewEntry(sample(3 + n))
		whole.add(e)
	}
	whole.Keys = whole.state(t, KeyList, red, func(s *Statement) { s.Keys = []JWK{blue.Key()} })
	whole.statements = [][]byte{whole.Base, whole.state(t, Checkpoint, red, nil), whole.state(t, Checkpoint, blue, nil)}
	if report := whole.verify(t, red.Key()); !report.Whole() || report.Statements != 4 {
		t.Fatalf("before any tampering: %+v", report)
	}
	kinds := slices.Concat(recordTamperings(t, whole), rowTamperings(), stateTamperings(whole), statementTamperings(whole))
	if len(kinds) < 200 {
		t.Errorf("only %d kinds of tampering", len(kinds))
	}
	names := make(map[string]bool)
	for _, kind := range kinds {
		if names[kind.name] {
			t.Fatalf("%s: twice", kind.name)
		}
		names[kind.name] = true
		b := whole.clone()
		kind.do(b)
		if report := b.verify(t, red.Key()); report.Whole() {
			t.Errorf("%s: not found", kind.name)
		}
	}
	t.Logf("%d kinds of tampering", len(kinds))
}

// recordTamperings changes, removes and renames every member of a record: as it
// is, with the record's own hash computed anew, and with all hashes that follow
// computed anew.
func recordTamperings(t *testing.T, whole *book) []tampering {
	const at = 1
	var root any
	if err := json.Unmarshal(whole.entries[at].Record, &root); err != nil {
		t.Fatal(err)
	}
	edits := make(map[string][]byte)
	write := func(name string) {
		data, err := canonical(root)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, whole.entries[at].Record) {
			edits[name] = data
		}
	}
	var walk func(path string, value any, set func(any))
	walk = func(path string, value any, set func(any)) {
		switch value := value.(type) {
		case map[string]any:
			for name, member := range value {
				walk(path+"/"+name, member, func(v any) { value[name] = v })
				delete(value, name)
				write("remove " + path + "/" + name)
				value[name+"x"] = member
				write("rename " + path + "/" + name)
				delete(value, name+"x")
				value[name] = member
			}
		case []any:
			for i, item := range value {
				walk(fmt.Sprint(path, "/", i), item, func(v any) { value[i] = v })
			}
			if len(value) > 1 {
				set(value[1:])
				write("shorten " + path)
				set(value)
			}
		case string:
			set(plausible(value))
			write("change " + path)
			set(value)
		case bool:
			set(!value)
			write("change " + path)
			set(value)
		default:
			t.Fatalf("%s: %T", path, value)
		}
	}
	walk("", root, nil)
	var kinds []tampering
	for name, data := range edits {
		// One who changes a record files it under what it then says.
		file := func(b *book) {
			e := b.entries[at]
			e.Record = data
			if parsed, err := ParseEntry(data); err == nil {
				e.ID, e.Time = parsed.ID, parsed.Time
			}
			b.entries[at] = e
		}
		kinds = append(kinds,
			tampering{name, file},
			tampering{name + ", its hash anew", func(b *book) {
				file(b)
				b.entries[at].Hash = Head{b.entries[at-1].Sequence, b.entries[at-1].Hash}.Next(data).Hash
			}},
			tampering{name + ", all hashes anew", func(b *book) {
				file(b)
				b.rechain(at)
			}},
		)
	}
	return kinds
}

// plausible is another value that a member could well have.
func plausible(value string) string {
	switch value {
	case "given":
		return "refused"
	case "refused":
		return "given"
	case "page":
		return "storefront"
	case "guardian":
		return "minor"
	}
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at.Add(time.Second).Format(time.RFC3339)
	}
	var h Hash
	if h.UnmarshalText([]byte(value)) == nil {
		h[0] ^= 1
		return h.String()
	}
	return value + "x"
}

// rowTamperings changes, moves, doubles and removes rows.
func rowTamperings() []tampering {
	var kinds []tampering
	add := func(name string, do func(b *book)) { kinds = append(kinds, tampering{name, do}) }
	both := func(name string, from int, do func(b *book)) {
		add(name, do)
		add(name+", all hashes anew", func(b *book) { do(b); b.rechain(from) })
	}
	for i := range 4 {
		n := fmt.Sprint("row ", i)
		add(n+": other id", func(b *book) { b.entries[i].ID[3] ^= 1 })
		add(n+": id of another", func(b *book) { b.entries[i].ID = b.entries[(i+1)%4].ID })
		add(n+": later time", func(b *book) { b.entries[i].Time++ })
		add(n+": earlier time", func(b *book) { b.entries[i].Time -= 3 * 365 * 86400 })
		add(n+": other hash", func(b *book) { b.entries[i].Hash[31] ^= 128 })
		add(n+": no hash", func(b *book) { b.entries[i].Hash = Hash{} })
		add(n+": hash of another", func(b *book) { b.entries[i].Hash = b.entries[(i+1)%4].Hash })
		add(n+": other number", func(b *book) { b.entries[i].Sequence += 7 })
		add(n+": empty record", func(b *book) { b.entries[i].Record = nil })
		add(n+": record of another", func(b *book) { b.entries[i].Record = b.entries[(i+1)%4].Record })
		add(n+": space behind", func(b *book) { b.entries[i].Record = append(slices.Clone(b.entries[i].Record), ' ') })
		add(n+": removed", func(b *book) { b.entries = slices.Delete(b.entries, i, i+1) })
		add(n+": removed and renumbered", func(b *book) {
			b.entries = slices.Delete(b.entries, i, i+1)
			for k := i; k < len(b.entries); k++ {
				b.entries[k].Sequence--
			}
			b.Head.Sequence--
		})
		add(n+": doubled", func(b *book) { b.entries = slices.Insert(b.entries, i, b.entries[i]) })
		add(n+": doubled and renumbered", func(b *book) {
			b.entries = slices.Insert(b.entries, i, b.entries[i])
			for k := i + 1; k < len(b.entries); k++ {
				b.entries[k].Sequence++
			}
			b.Head.Sequence++
		})
		add(n+": one put in before it", func(b *book) {
			e, _ := NewEntry(sample(99))
			e.Sequence = b.entries[i].Sequence
			b.entries = slices.Insert(b.entries, i, e)
		})
		for k := range i {
			add(fmt.Sprintf("rows %d and %d swapped", k, i), func(b *book) {
				b.entries[i], b.entries[k] = b.entries[k], b.entries[i]
			})
			both(fmt.Sprintf("rows %d and %d swapped and renumbered", k, i), 0, func(b *book) {
				b.entries[i], b.entries[k] = b.entries[k], b.entries[i]
				b.entries[i].Sequence, b.entries[k].Sequence = b.entries[k].Sequence, b.entries[i].Sequence
			})
		}
		both(fmt.Sprint("cut behind ", i), 0, func(b *book) { b.entries = b.entries[:i] })
		add(fmt.Sprint("cut behind ", i, " with the head"), func(b *book) {
			b.entries = b.entries[:i]
			if i > 0 {
				b.Head = Head{b.entries[i-1].Sequence, b.entries[i-1].Hash}
			} else {
				s, _ := ParseStatement(b.Base)
				b.Head = s.Head()
			}
		})
		add(fmt.Sprint("cut before ", i+1), func(b *book) { b.entries = b.entries[i+1:] })
	}
	add("all in reverse", func(b *book) { slices.Reverse(b.entries) })
	return kinds
}

// stateTamperings changes what the store keeps besides the rows.
func stateTamperings(whole *book) []tampering {
	forged := mustSigner("forged")
	sign := func(typ StatementType, h Head, by Signer) []byte {
		line, err := NewStatement(typ, "test", h, noon).Sign(by)
		if err != nil {
			panic(err)
		}
		return line
	}
	third := Head{whole.entries[2].Sequence, whole.entries[2].Hash}
	return []tampering{
		{"head: number", func(b *book) { b.Head.Sequence++ }},
		{"head: hash", func(b *book) { b.Head.Hash[0]++ }},
		{"head: none", func(b *book) { b.Head = Head{} }},
		{"chain: other name", func(b *book) { b.Chain = "other" }},
		{"base: none", func(b *book) { b.Base = nil }},
		{"base: a checkpoint", func(b *book) {
			b.Base = sign(Checkpoint, third, red)
			b.entries = b.entries[3:]
		}},
		{"base: signed by a stranger", func(b *book) {
			b.Base = sign(Pruned, third, forged)
			b.entries = b.entries[3:]
		}},
		{"base: other number", func(b *book) { b.Base = bytes.Replace(b.Base, []byte(`"sequence":2`), []byte(`"sequence":3`), 1) }},
		{"base: other time", func(b *book) { b.Base = bytes.Replace(b.Base, []byte("2026"), []byte("2027"), 1) }},
		{"base: not a statement", func(b *book) { b.Base = []byte("{}") }},
		{"keys: signed by a stranger", func(b *book) { b.Keys = sign(KeyList, third, forged) }},
		{"keys: one more", func(b *book) {
			key, _ := json.Marshal(forged.Key())
			b.Keys = bytes.Replace(b.Keys, []byte(`"keys":[`), []byte(`"keys":[`+string(key)+","), 1)
		}},
		{"keys: none", func(b *book) { b.Keys = nil }},
		{"keys: a checkpoint", func(b *book) { b.Keys = sign(Checkpoint, third, red) }},
		{"whole chain made anew", func(b *book) {
			b.Base = nil
			b.rechain(0)
		}},
		{"emptied", func(b *book) {
			b.Base, b.entries = nil, nil
			b.Head = Genesis(b.Chain)
		}},
	}
}

// statementTamperings changes the statements that are kept elsewhere: one bit in
// every ninth byte, and each as a whole.
func statementTamperings(whole *book) []tampering {
	var kinds []tampering
	for i, line := range whole.statements {
		for at := 0; at < len(line); at += 9 {
			kinds = append(kinds, tampering{fmt.Sprintf("statement %d: byte %d", i, at), func(b *book) {
				b.statements[i] = bytes.Clone(line)
				b.statements[i][at] ^= 1
			}})
		}
		kinds = append(kinds,
			tampering{fmt.Sprintf("statement %d: cut", i), func(b *book) { b.statements[i] = line[:len(line)-1] }},
			tampering{fmt.Sprintf("statement %d: empty", i), func(b *book) { b.statements[i] = nil }},
			tampering{fmt.Sprintf("statement %d: unsigned", i), func(b *book) {
				s, _ := ParseStatement(line)
				b.statements[i], _ = s.payload()
			}},
		)
	}
	return kinds
}

// TestAnyChangeIsFound changes any one byte of any row.
func TestAnyChangeIsFound(t *testing.T) {
	whole := newBook(t, 5)
	rapid.Check(t, func(t *rapid.T) {
		b := whole.clone()
		row := rapid.IntRange(0, 4).Draw(t, "row")
		flip := byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		e := &b.entries[row]
		if rapid.Bool().Draw(t, "record") {
			e.Record = bytes.Clone(e.Record)
			e.Record[rapid.IntRange(0, len(e.Record)-1).Draw(t, "byte")] ^= flip
		} else {
			e.Hash[rapid.IntRange(0, 31).Draw(t, "byte")] ^= flip
		}
		report, err := Verify(b.State, b.all(), nil, nil)
		if err != nil || report.Whole() {
			t.Fatalf("not found: %v", err)
		}
		if want := fmt.Sprint("record ", row+1); !strings.Contains(strings.Join(report.Problems, "\n"), want) {
			t.Fatalf("no word of %s in %q", want, report.Problems)
		}
	})
}

func TestReportIsBounded(t *testing.T) {
	b := newBook(t, 200)
	for i := range b.entries {
		b.entries[i].Hash[0] ^= byte(i + 1)
	}
	if report := b.verify(t); len(report.Problems) != problemsMax || report.Count < 200 {
		t.Errorf("%d problems named of %d", len(report.Problems), report.Count)
	}
}
