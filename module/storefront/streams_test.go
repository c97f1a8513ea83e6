package storefront

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"pgregory.net/rapid"
)

// TestEventsArriveAtOnce reads the first event while the stream is open.
func TestEventsArriveAtOnce(t *testing.T) {
	server := httptest.NewServer(New(Trackers{}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/events", nil)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	in := bufio.NewReader(res.Body)
	for _, want := range []string{"id: 1\n", "event: tick\n", "data: {\"count\":1}\n", "\n"} {
		if got, err := in.ReadString('\n'); got != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
}

func TestEventsEachSecondUntilTheClientGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := httptest.NewRecorder()
		done := make(chan bool)
		go func() {
			events(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/events", nil))
			close(done)
		}()
		time.Sleep(3*time.Second + time.Millisecond)
		cancel()
		<-done
		if got := strings.Count(w.Body.String(), "event: tick"); got != 4 {
			t.Errorf("%d events in three seconds", got)
		}
	})
}

func dial(t *testing.T) net.Conn {
	t.Helper()
	server := httptest.NewServer(New(Trackers{}))
	t.Cleanup(server.Close)
	conn, _, _, err := ws.Dial(t.Context(), "ws"+strings.TrimPrefix(server.URL, "http")+"/ws")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestWebSocketEcho(t *testing.T) {
	conn := dial(t)
	for _, size := range []int{0, 1, 125, 126, 65535, 65536, maxMessage} {
		sent := bytes.Repeat([]byte("x"), size)
		for _, op := range []ws.OpCode{ws.OpText, ws.OpBinary} {
			if err := wsutil.WriteClientMessage(conn, op, sent); err != nil {
				t.Fatal(err)
			}
			got, back, err := wsutil.ReadServerData(conn)
			if err != nil || back != op || !bytes.Equal(got, sent) {
				t.Fatalf("%d bytes: %d come back as %v, %v", size, len(got), back, err)
			}
		}
	}
}

func TestWebSocketFrames(t *testing.T) {
	frame := func(fin bool, op ws.OpCode, payload string) ws.Frame {
		return ws.MaskFrame(ws.NewFrame(op, fin, []byte(payload)))
	}
	for name, c := range map[string]struct {
		send []ws.Frame
		want []ws.Frame
	}{
		"fragments with a ping between": {
			[]ws.Frame{frame(false, ws.OpText, "a\xe7"), frame(true, ws.OpPing, "p"), frame(false, ws.OpContinuation, "\xba"), frame(true, ws.OpContinuation, "\xb8")},
			[]ws.Frame{ws.NewPongFrame([]byte("p")), ws.NewTextFrame([]byte("a纸"))},
		},
		"a pong is no question":  {[]ws.Frame{frame(true, ws.OpPong, ""), frame(true, ws.OpText, "a")}, []ws.Frame{ws.NewTextFrame([]byte("a"))}},
		"close":                  {[]ws.Frame{frame(true, ws.OpClose, "\x03\xe8")}, []ws.Frame{ws.NewCloseFrame([]byte("\x03\xe8"))}},
		"no UTF-8":               {[]ws.Frame{frame(true, ws.OpText, "\xff")}, []ws.Frame{ws.NewCloseFrame([]byte("\x03\xef"))}},
		"no mask":                {[]ws.Frame{ws.NewTextFrame([]byte("a"))}, []ws.Frame{ws.NewCloseFrame([]byte("\x03\xea"))}},
		"continuation of none":   {[]ws.Frame{frame(true, ws.OpContinuation, "a")}, []ws.Frame{ws.NewCloseFrame([]byte("\x03\xea"))}},
		"message in a message":   {[]ws.Frame{frame(false, ws.OpText, "a"), frame(true, ws.OpText, "b")}, []ws.Frame{ws.NewCloseFrame([]byte("\x03\xea"))}},
		"reserved opcode":        {[]ws.Frame{frame(true, 3, "a")}, []ws.Frame{ws.NewCloseFrame([]byte("\x03\xea"))}},
		"control frame in parts": {[]ws.Frame{frame(false, ws.OpPing, "a")}, []ws.Frame{ws.NewCloseFrame([]byte("\x03\xea"))}},
		"too big together": {
			[]ws.Frame{frame(false, ws.OpBinary, strings.Repeat("x", maxMessage)), frame(true, ws.OpContinuation, "x")},
			[]ws.Frame{ws.NewCloseFrame([]byte("\x03\xf1"))},
		},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t)
			for _, f := range c.send {
				if err := ws.WriteFrame(conn, f); err != nil {
					t.Fatal(err)
				}
			}
			for _, want := range c.want {
				got, err := ws.ReadFrame(conn) //nolint:staticcheck // the peer is the shop itself
				if err != nil || got.Header.OpCode != want.Header.OpCode || !bytes.Equal(got.Payload, want.Payload) {
					t.Fatalf("got %v, %v, want %v", got, err, want)
				}
			}
		})
	}
}

func TestWebSocketHandshakeRefused(t *testing.T) {
	v := newVisitor(t)
	good := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
	for i := 1; i < len(good); i += 2 {
		headers := append([]string{}, good...)
		headers[i] = "x"
		if a := v.get("/ws", headers...); a.StatusCode != http.StatusUpgradeRequired {
			t.Errorf("%s x: status %d", good[i-1], a.StatusCode)
		}
	}
}

// FuzzWebSocketFrame: no bytes make a frame larger than what arrived or was allowed.
func FuzzWebSocketFrame(f *testing.F) {
	f.Add([]byte("\x81\x81\x01\x02\x03\x04a"), 10)
	f.Add([]byte("\x82\xfe\x00\x01\x00\x00\x00\x00a"), 10)
	f.Add([]byte("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 1<<20)
	client, server := net.Pipe()
	f.Cleanup(func() { client.Close(); server.Close() })
	f.Fuzz(func(t *testing.T, data []byte, limit int) {
		limit = min(max(limit, 0), maxMessage)
		s := &socket{server, bufio.NewReader(bytes.NewReader(data))}
		got, err := s.read(limit)
		if err != nil {
			return
		}
		if len(got.payload) > len(data) || len(got.payload) > max(limit, 125) {
			t.Errorf("%d bytes make a payload of %d with limit %d", len(data), len(got.payload), limit)
		}
	})
}

// TestSample: a file's bytes do not depend on how they are read.
func TestSample(t *testing.T) {
	whole := make([]byte, 4096)
	sample{}.ReadAt(whole, 0)
	if bytes.Equal(whole[:2048], whole[2048:]) {
		t.Error("the sample repeats itself")
	}
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, len(whole)).Draw(t, "from")
		to := rapid.IntRange(from, len(whole)).Draw(t, "to")
		part := make([]byte, to-from)
		if n, err := (sample{}).ReadAt(part, int64(from)); n != len(part) || err != nil || !bytes.Equal(part, whole[from:to]) {
			t.Fatalf("bytes %d to %d differ", from, to)
		}
	})
}

func TestDownload(t *testing.T) {
	v := newVisitor(t)
	const size = 3<<20 + 5
	whole := v.get("/download/3145733")
	if len(whole.text) != size || whole.ContentLength != size {
		t.Fatalf("%d bytes", len(whole.text))
	}
	if a := v.get("/download/3145733", "Range", "bytes=-5"); a.StatusCode != 206 || a.text != whole.text[size-5:] {
		t.Errorf("the last five bytes: status %d", a.StatusCode)
	}
	if a := v.get("/download/3145733", "Range", "bytes=9999999-"); a.StatusCode != 416 {
		t.Errorf("beyond the end: status %d", a.StatusCode)
	}
	if a := v.get("/download/3145733", "Range", "bytes=0-0", "If-Range", `"other"`); a.StatusCode != 200 {
		t.Errorf("a range of another file: status %d", a.StatusCode)
	}
}

func TestEcho(t *testing.T) {
	v := newVisitor(t)
	a := v.send("PATCH", "/echo/?x=1", strings.NewReader("hi"))
	a.want(t, 404, "") // one address only

	a = v.send("PATCH", "/echo?idfa=%31&lat=39.9", strings.NewReader("body"), "X-Device-Id", "a", "X-Device-Id", "b", "Cookie", "_ga=1")
	for _, want := range []string{"PATCH /echo?idfa=%31&lat=39.9 HTTP/1.1\nHost: 127.0.0.1", "\nX-Device-Id: a\nX-Device-Id: b\n", "\nCookie: _ga=1", "\n\nbody\n"} {
		if !strings.Contains(a.text, want) {
			t.Errorf("%q does not hold %q", a.text, want)
		}
	}

	big := strings.Repeat("\xff", maxEcho+7)
	sum := sha256.Sum256([]byte(big))
	a = v.send(http.MethodPost, "/echo", io.MultiReader(strings.NewReader(big)), "Accept", "application/json")
	var got echoed
	if err := json.Unmarshal([]byte(a.text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.URI != "/echo" || got.BodyBytes != int64(len(big)) || got.BodySHA256 != hex.EncodeToString(sum[:]) ||
		got.Body != "" || len(got.BodyBase64) != (maxEcho+2)/3*4 || got.Headers["Accept"][0] != "application/json" {
		t.Errorf("%d bytes, %s, %d of base64", got.BodyBytes, got.BodySHA256, len(got.BodyBase64))
	}
}
