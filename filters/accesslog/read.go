package accesslog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// maxLine is the longest line that is looked at.
	maxLine = 1 << 20
	// maxWindow bounds the memory of decompression.
	maxWindow = 32 << 20
)

var errLong = fmt.Errorf("a line of more than %d bytes", maxLine)

// Read counts a whole log, plain or compressed with gzip (RFC 1952) or Zstandard
// (RFC 8878). Lines that can't be read are counted and left out; an error is that
// of the reader or of the compression. The name stands for the file in messages.
func (c *Counter) Read(r io.Reader, name string) error {
	in := bufio.NewReaderSize(r, maxLine)
	magic, _ := in.Peek(4)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		plain, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		in = bufio.NewReaderSize(plain, maxLine)
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		plain, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer plain.Close()
		in = bufio.NewReaderSize(plain, maxLine)
	}
	if err := c.read(in, name); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (c *Counter) read(in *bufio.Reader, name string) error {
	for number := int64(1); ; number++ {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = in.ReadSlice('\n')
			}
			c.lines++
			c.left[Unreadable]++
			c.bad(name, number, errLong)
		} else {
			c.line(name, number, line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
