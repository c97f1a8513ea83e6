package storefront

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of the WebSocket echo.
const (
	maxMessage = 1 << 20 // bytes
	idle       = 5 * time.Minute
)

// Opcodes and close codes of RFC 6455, sections 5.2 and 7.4.1.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA

	closeProtocol = 1002
	closeNotUTF8  = 1007
	closeTooBig   = 1009
)

// serveWebSocket accepts a WebSocket (RFC 6455 section 4.2) and sends each message back.
func serveWebSocket(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	nonce, err := base64.StdEncoding.DecodeString(key)
	if !hasToken(r.Header, "Connection", "upgrade") || !hasToken(r.Header, "Upgrade", "websocket") ||
		r.Header.Get("Sec-WebSocket-Version") != "13" || err != nil || len(nonce) != 16 {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Sec-WebSocket-Version", "13")
		http.Error(w, "this address speaks WebSocket, version 13", http.StatusUpgradeRequired)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "WebSocket needs HTTP/1.1 here", http.StatusNotImplemented)
		return
	}
	defer conn.Close()
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	buffered.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n")
	if buffered.Flush() != nil {
		return
	}
	s := &socket{conn, buffered.Reader}
	if code := closeError(0); errors.As(s.echo(), &code) {
		s.write(opClose, binary.BigEndian.AppendUint16(nil, uint16(code)))
	}
}

// hasToken reports whether a list header holds a token, whatever its case.
func hasToken(h http.Header, name, token string) bool {
	for _, value := range h.Values(name) {
		for t := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

// closeError is why the server ends a connection.
type closeError uint16

func (closeError) Error() string { return "the client broke the protocol" }

type socket struct {
	conn net.Conn
	r    *bufio.Reader
}

type frame struct {
	final   bool
	opcode  byte
	payload []byte
}

// echo sends messages back until the client closes or fails.
func (s *socket) echo() error {
	var kind byte // of the message whose fragments are being gathered; 0 between messages
	var message []byte
	for {
		f, err := s.read(maxMessage - len(message))
		if err != nil {
			return err
		}
		switch f.opcode {
		case opPing:
			err = s.write(opPong, f.payload)
		case opPong:
		case opClose:
			s.write(opClose, f.payload)
			return io.EOF
		case opText, opBinary, opContinuation:
			if (f.opcode == opContinuation) != (kind != 0) {
				return closeError(closeProtocol)
			}
			if kind == 0 {
				kind = f.opcode
			}
			message = append(message, f.payload...)
			if !f.final {
				continue
			}
			if kind == opText && !utf8.Valid(message) {
				return closeError(closeNotUTF8)
			}
			err = s.write(kind, message)
			kind, message = 0, message[:0]
		default:
			return closeError(closeProtocol)
		}
		if err != nil {
			return err
		}
	}
}

// read returns the next frame (section 5.2) with its mask taken off. A payload of
// more than limit bytes is refused before it is read.
func (s *socket) read(limit int) (frame, error) {
	s.conn.SetDeadline(time.Now().Add(idle))
	var head [8]byte
	if _, err := io.ReadFull(s.r, head[:2]); err != nil {
		return frame{}, err
	}
	f := frame{final: head[0]&0x80 != 0, opcode: head[0] & 0x0f}
	masked, size := head[1]&0x80 != 0, uint64(head[1]&0x7f)
	control := f.opcode >= opClose
	// No extension was agreed, so the reserved bits are clear; clients mask; control
	// frames are short and whole.
	if head[0]&0x70 != 0 || !masked || control && (size > 125 || !f.final) {
		return frame{}, closeError(closeProtocol)
	}
	if extra := map[uint64]int{126: 2, 127: 8}[size]; extra > 0 {
		if _, err := io.ReadFull(s.r, head[8-extra:]); err != nil {
			return frame{}, err
		}
		clear(head[:8-extra])
		size = binary.BigEndian.Uint64(head[:])
	}
	if size > uint64(limit) && !control {
		return frame{}, closeError(closeTooBig)
	}
	var mask [4]byte
	if _, err := io.ReadFull(s.r, mask[:]); err != nil {
		return frame{}, err
	}
	f.payload = make([]byte, size)
	if _, err := io.ReadFull(s.r, f.payload); err != nil {
		return frame{}, err
	}
	for i := range f.payload {
		f.payload[i] ^= mask[i%4]
	}
	return f, nil
}

// write sends one whole frame, unmasked as servers do.
func (s *socket) write(opcode byte, payload []byte) error {
	b := []byte{0x80 | opcode}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	_, err := s.conn.Write(append(b, payload...))
	return err
}
