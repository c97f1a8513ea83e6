package ledger_test

import (
	"bytes"
	"fmt"
	"iter"
	"time"

	"github.com/fairwaygate/fairway/filters/ledger"
)

func Example() {
	signer, _ := ledger.NewSigner(bytes.Repeat([]byte{1}, 32))
	state := ledger.State{Chain: "shop", Head: ledger.Genesis("shop")}
	var entries []ledger.Entry
	for n := range 3 {
		entry, err := ledger.NewEntry(&ledger.Record{
			SchemaVersion: ledger.SchemaVersion,
			RecordID:      ledger.ReceiptID{byte(n)}.Hash(), // random in earnest
			Notice:        ledger.Notice{Version: "2020-10-13", Fingerprint: "89abcdef"},
			Language:      "en",
			Services:      []string{"shop.example"},
			Purposes:      []ledger.Purpose{{"analytics", "consent", ledger.Given, "/.consent/"}},
			EventTime:     time.Date(2026, 11, 24, 12, n, 0, 0, time.UTC),
			EventType:     ledger.Given,
			Mechanism:     ledger.ByPage,
			Regime:        "opt-in",
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		state.Head = state.Head.Next(entry.Record)
		entry.Sequence, entry.Hash = state.Head.Sequence, state.Head.Hash
		entries = append(entries, entry)
	}
	checkpoint, _ := ledger.NewStatement(ledger.Checkpoint, "shop", state.Head, time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)).Sign(signer)

	verify := func() {
		report, _ := ledger.Verify(state, each(entries), [][]byte{checkpoint}, ledger.NewKeySet(signer.Key()))
		fmt.Println(report.Records, report.Whole(), report.Problems)
	}
	verify()
	entries[1].Record = bytes.Replace(entries[1].Record, []byte("analytics"), []byte("advertising"), 1)
	verify()
	// Output:
	// 3 true []
	// 3 false [record 2 was changed, or stood elsewhere: its hash does not follow from record 1]
}

func each(entries []ledger.Entry) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}
