package scan

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// browser is a Chromium that is spoken to in the Chrome DevTools Protocol, over its
// pipe: messages of JSON, each with a zero byte behind it.
type browser struct {
	cmd     *exec.Cmd
	folder  string // its profile
	to      io.WriteCloser
	from    io.ReadCloser
	on      func(event) // called for each event, by one goroutine
	stopped chan struct{}

	mu      sync.Mutex
	next    int
	waiting map[int]chan answer
}

// event is a word of the browser's own.
type event struct {
	Session string          `json:"sessionId"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

type answer struct {
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

var errGone = errors.New("the browser has ended")

// startBrowser starts a headless Chromium with a profile of its own.
func startBrowser(ctx context.Context, path string, on func(event)) (*browser, error) {
	folder, err := os.MkdirTemp("", "fairway-scan-")
	if err != nil {
		return nil, err
	}
	b := &browser{folder: folder, on: on, stopped: make(chan struct{}), waiting: make(map[int]chan answer)}
	args := []string{
		"--headless", "--remote-debugging-pipe", "--user-data-dir=" + folder, "--no-first-run", "--disable-extensions",
		"--disable-background-networking", "--disable-component-update", "--mute-audio", "about:blank",
	}
	if os.Geteuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...) // Chromium's own has no use for root
	}
	b.cmd = exec.CommandContext(ctx, path, args...) //nolint:gosec // the operator names the browser
	theirs, to, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	from, others, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, theirs.Close(), to.Close(), os.RemoveAll(folder))
	}
	b.to, b.from = to, from
	b.cmd.ExtraFiles = []*os.File{theirs, others} // 3, where it reads, and 4
	err = b.cmd.Start()
	_, _ = theirs.Close(), others.Close()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the browser: %w", err), to.Close(), from.Close(), os.RemoveAll(folder))
	}
	go b.listen()
	return b, nil
}

// listen takes what the browser says until it ends.
func (b *browser) listen() {
	defer close(b.stopped)
	in := bufio.NewReader(b.from)
	for {
		message, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var said struct {
			ID int `json:"id"`
			event
			answer
		}
		if json.Unmarshal(message[:len(message)-1], &said) != nil {
			continue
		}
		if said.ID == 0 {
			b.on(said.event)
			continue
		}
		b.mu.Lock()
		waits := b.waiting[said.ID]
		delete(b.waiting, said.ID)
		b.mu.Unlock()
		if waits != nil {
			waits <- said.answer
		}
	}
}

// send sends a command and does not wait for the answer, which comes in the channel.
func (b *browser) send(session, method string, params any) (<-chan answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	message, err := json.Marshal(struct {
		ID      int    `json:"id"`
		Session string `json:"sessionId,omitempty"`
		Method  string `json:"method"`
		Params  any    `json:"params,omitempty"`
	}{b.next, session, method, params})
	if err != nil {
		return nil, err
	}
	waits := make(chan answer, 1)
	b.waiting[b.next] = waits
	_, err = b.to.Write(append(message, 0))
	return waits, err
}

// call sends a command and reads the answer into result, unless that is nil.
func (b *browser) call(ctx context.Context, session, method string, params, result any) error {
	waits, err := b.send(session, method, params)
	if err != nil {
		return err
	}
	select {
	case said := <-waits:
		switch {
		case said.Error != nil:
			return fmt.Errorf("%s: %s", method, said.Error.Message)
		case result == nil:
			return nil
		}
		return json.Unmarshal(said.Result, result)
	case <-ctx.Done():
		return ctx.Err()
	case <-b.stopped:
		return errGone
	}
}

// close ends the browser and removes its profile.
func (b *browser) close() {
	_, _ = b.send("", "Browser.close", nil)
	_ = b.to.Close()
	_ = b.cmd.Process.Kill()
	_ = b.cmd.Wait()
	<-b.stopped
	_ = b.from.Close()
	_ = os.RemoveAll(b.folder)
}
