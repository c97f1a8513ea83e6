package module

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/fairwaygate/fairway/filters/ledger"
)

// An export is JSON lines: a signed checkpoint of the ledger's end, the
// statements that the store keeps, and the records.
type exportLine struct {
	Sequence uint64          `json:"sequence"`
	Hash     ledger.Hash     `json:"hash"`
	Record   json.RawMessage `json:"record"`
}

// writeExport writes a ledger as JSON lines.
func writeExport(w io.Writer, state ledger.State, entries iter.Seq2[ledger.Entry, error], signer ledger.Signer, now time.Time) error {
	end, err := ledger.NewStatement(ledger.Checkpoint, state.Chain, state.Head, now).Sign(signer)
	if err != nil {
		return err
	}
	for _, statement := range [][]byte{end, state.Keys, state.Base} {
		if len(statement) == 0 {
			continue
		}
		if _, err := w.Write(append(bytes.Clone(statement), '\n')); err != nil {
			return err
		}
	}
	var line bytes.Buffer
	for e, err := range entries {
		if err != nil {
			return err
		}
		line.Reset()
		hash, _ := e.Hash.MarshalText() // never fails
		fmt.Fprintf(&line, `{"hash":"%s","record":%s,"sequence":%d}`+"\n", hash, e.Record, e.Sequence)
		if _, err := w.Write(line.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// readExport reads what writeExport writes.
func readExport(path string, keys ledger.KeySet, read func(ledger.State, iter.Seq2[ledger.Entry, error]) error) error {
	in := io.Reader(os.Stdin)
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, statementMax)
	if !lines.Scan() {
		return errors.Join(errors.New("the export is empty"), lines.Err())
	}
	end, err := ledger.ParseStatement(lines.Bytes())
	if err == nil {
		_, err = end.Verify(keys)
	}
	if err != nil {
		return fmt.Errorf("the export's first line: %w", err)
	}
	state := ledger.State{Chain: end.Chain, Head: end.Head()}
	more := lines.Scan()
	for ; more; more = lines.Scan() {
		s, err := ledger.ParseStatement(lines.Bytes())
		if err != nil {
			break // the records begin
		}
		switch s.Type {
		case ledger.KeyList:
			state.Keys = bytes.Clone(lines.Bytes())
		case ledger.Pruned:
			state.Base = bytes.Clone(lines.Bytes())
		}
	}
	return read(state, func(yield func(ledger.Entry, error) bool) {
		for ; more; more = lines.Scan() {
			e, err := readExportLine(lines.Bytes())
			if !yield(e, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(ledger.Entry{}, err)
		}
	})
}

// readExportLine reads a record with its place. What is no record is given on as
// it is, for verifying to tell of it.
func readExportLine(line []byte) (ledger.Entry, error) {
	var l exportLine
	if err := json.Unmarshal(line, &l); err != nil {
		return ledger.Entry{}, fmt.Errorf("a line of the export is no record: %w", err)
	}
	e, err := ledger.ParseEntry(bytes.Clone(l.Record))
	if err != nil {
		e.Record = bytes.Clone(l.Record)
	}
	e.Sequence, e.Hash = l.Sequence, l.Hash
	return e, nil
}
