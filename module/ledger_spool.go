package module

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/fairwaygate/fairway/filters/ledger"
)

// spoolSize is how many bytes of records the spool holds at most.
const spoolSize = 4 << 20

var errSpoolFull = errors.New("the spool is full")

// spool keeps records that the store could not take, until it can. They are in a
// file, one on a line, behind which there are zero bytes: the file has its full
// size from the start, so that it can be written to when the disk is full. What
// can't be written all the same is kept in memory.
type spool struct {
	path string

	mu      sync.Mutex
	file    *os.File // nil when it could not be opened
	entries []ledger.Entry
	size    int64 // of all entries as lines
	written int   // how many of them are in the file
	end     int64 // where the file's lines end
}

// openSpool opens the spool with what it held when the process ended. It always
// returns a spool that works; the error says what does not.
func openSpool(path string) (*spool, error) {
	s := &spool{path: path}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return s, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return s, err
	}
	data, err := io.ReadAll(io.LimitReader(file, spoolSize))
	if err != nil {
		return s, errors.Join(err, file.Close())
	}
	s.file = file
	lost := 0
	for line := range bytes.FieldsFuncSeq(data, func(r rune) bool { return r == '\n' || r == 0 }) {
		e, err := ledger.ParseEntry(bytes.Clone(line))
		if err != nil {
			lost++ // a line that was not written to its end was never acknowledged
			continue
		}
		s.entries = append(s.entries, e)
		s.size += lineSize(e)
	}
	s.written = len(s.entries)
	s.end = int64(len(bytes.TrimRight(data, "\x00")))
	if _, err := file.WriteAt(make([]byte, spoolSize-len(data)), int64(len(data))); err != nil {
		return s, fmt.Errorf("reserving space: %w", err)
	}
	if lost > 0 {
		return s, fmt.Errorf("%d lines are no records", lost)
	}
	return s, file.Sync()
}

// put adds a record. When it returns nil the record will be in the ledger, after
// a crash of the process too unless the file can't be written.
func (s *spool) put(e ledger.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size+lineSize(e) > spoolSize {
		return errSpoolFull
	}
	s.entries = append(s.entries, e)
	s.size += lineSize(e)
	return s.write()
}

// lineSize is the most that a record takes in the file.
func lineSize(e ledger.Entry) int64 { return int64(len(e.Record)) + 2 }

// write brings the file up to date.
func (s *spool) write() error {
	if s.file == nil {
		return errors.New("the spool's file is not open")
	}
	var lines bytes.Buffer
	for _, e := range s.entries[s.written:] {
		lines.WriteByte('\n') // ends what a failed write may have left
		lines.Write(e.Record)
	}
	lines.WriteByte('\n')
	if _, err := s.file.WriteAt(lines.Bytes(), s.end); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.written = len(s.entries)
	s.end += int64(lines.Len())
	return nil
}

// waiting returns the records that wait.
func (s *spool) waiting() []ledger.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries[:len(s.entries):len(s.entries)]
}

// find returns a record that waits, nil when it does not.
func (s *spool) find(id ledger.Hash) []byte {
	for _, e := range s.waiting() {
		if e.ID == id {
			return e.Record
		}
	}
	return nil
}

// clear forgets the records once all of them are in the ledger. If others were
// put meanwhile it forgets none: they are appended once, however often they are
// tried.
func (s *spool) clear(recorded int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.entries) != recorded || recorded == 0 {
		return nil
	}
	if s.file != nil {
		if _, err := s.file.WriteAt(make([]byte, s.end), 0); err != nil {
			return err
		}
		if err := s.file.Sync(); err != nil {
			return err
		}
	}
	s.entries, s.size, s.written, s.end = nil, 0, 0, 0
	return nil
}

// Destruct implements [caddy.Destructor].
func (s *spool) Destruct() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	var err error
	if s.written < len(s.entries) {
		err = s.write()
	}
	return errors.Join(err, s.file.Close())
}
