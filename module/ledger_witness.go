package module

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// statementMax bounds a line of a file of statements.
const statementMax = 1 << 20

// witness is the file to which statements about the ledger are appended, one on
// a line. It lies elsewhere than the ledger, best where the gateway can append
// and not change.
type witness struct {
	mu   sync.Mutex
	path string
}

// add appends a statement. When it returns the statement is durable.
func (w *witness) add(statement []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(w.path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(w.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	size, err := wholeLines(file)
	if err != nil {
		return err
	}
	_, err = file.Write(append(bytes.Clone(statement), '\n'))
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return errors.Join(err, file.Truncate(size)) // half a line is no statement
	}
	return nil
}

// wholeLines cuts off a last line that a crash left without its end, and returns
// the size of the file.
func wholeLines(file *os.File) (int64, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil || size == 0 {
		return size, err
	}
	tail := make([]byte, min(size, statementMax))
	if _, err := file.ReadAt(tail, size-int64(len(tail))); err != nil {
		return size, err
	}
	whole := size - int64(len(tail)) + int64(bytes.LastIndexByte(tail, '\n')) + 1
	if whole == size {
		return size, nil
	}
	return whole, file.Truncate(whole)
}

// readStatements reads files of statements. A file that does not exist has none
// if it may be missing.
func readStatements(paths []string, mayMiss bool) ([][]byte, error) {
	var statements [][]byte
	for _, path := range paths {
		file, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) && mayMiss {
			continue
		}
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, statementMax)
		for lines.Scan() {
			statements = append(statements, bytes.Clone(lines.Bytes()))
		}
		if err := errors.Join(lines.Err(), file.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return statements, nil
}
