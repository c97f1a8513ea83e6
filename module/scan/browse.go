package scan

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	loadTime   = 10 * time.Second
	settleTime = 2 * time.Second // for what scripts fetch after the page was loaded
)

// Browse has a Chromium look at the given pages, and notes what it fetches from
// third parties and which cookies it holds in the end. Scripts run, so third
// parties learn of the visit as they would of a visitor's.
func Browse(ctx context.Context, path string, o *Options, pages []string) (*Site, error) {
	w := &watcher{findings: newFindings(o.Start), loaded: make(chan struct{}, 1)}
	b, err := startBrowser(ctx, path, w.event)
	if err != nil {
		return nil, err
	}
	defer b.close()
	w.browser = b
	session, err := w.open(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("the browser: %w", err)
	}
	for _, path := range pages {
		u := *o.Start
		u.Path, u.RawPath, u.RawQuery, u.Fragment = path, "", "", ""
		if err := w.load(ctx, session, &u); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			w.lock.Lock()
			w.note(fmt.Sprintf("%s could not be opened in the browser: %v", path, err))
			w.lock.Unlock()
		}
	}
	if err := w.collect(ctx); err != nil {
		return nil, fmt.Errorf("the browser: %w", err)
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.site(), nil
}

// watcher notes what a browser does.
type watcher struct {
	browser *browser
	loaded  chan struct{}

	lock sync.Mutex
	*findings
}

// open makes a tab and returns its session. Frames and workers are watched from
// their beginning: each waits until that is so.
func (w *watcher) open(ctx context.Context, o *Options) (session string, err error) {
	var tab struct {
		TargetID string `json:"targetId"`
	}
	if err := w.browser.call(ctx, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &tab); err != nil {
		return "", err
	}
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	if err := w.browser.call(ctx, "", "Target.attachToTarget", map[string]any{"targetId": tab.TargetID, "flatten": true}, &attached); err != nil {
		return "", err
	}
	session = attached.SessionID
	for _, pair := range o.Cookies {
		name, value, _ := strings.Cut(pair, "=")
		cookie := map[string]any{"name": name, "value": value, "url": o.Start.String(), "path": "/", "secure": o.Start.Scheme == "https"}
		if err := w.browser.call(ctx, session, "Network.setCookie", cookie, nil); err != nil {
			return "", err
		}
	}
	if err := w.browser.call(ctx, session, "Page.enable", nil, nil); err != nil {
		return "", err
	}
	return session, w.watch(ctx, session)
}

var autoAttach = map[string]any{"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true}

func (w *watcher) watch(ctx context.Context, session string) error {
	if err := w.browser.call(ctx, session, "Network.enable", nil, nil); err != nil {
		return err
	}
	return w.browser.call(ctx, session, "Target.setAutoAttach", autoAttach, nil)
}

// event takes a word of the browser's. It must not wait for an answer.
func (w *watcher) event(e event) {
	switch e.Method {
	case "Target.attachedToTarget":
		var target struct {
			SessionID string `json:"sessionId"`
			Waits     bool   `json:"waitingForDebugger"`
		}
		if json.Unmarshal(e.Params, &target) != nil || !target.Waits {
			return
		}
		_, _ = w.browser.send(target.SessionID, "Network.enable", nil)
		_, _ = w.browser.send(target.SessionID, "Target.setAutoAttach", autoAttach)
		_, _ = w.browser.send(target.SessionID, "Runtime.runIfWaitingForDebugger", nil)
	case "Network.requestWillBeSent":
		var sent struct {
			Request struct {
				URL string `json:"url"`
			} `json:"request"`
			Type string `json:"type"`
		}
		if json.Unmarshal(e.Params, &sent) == nil {
			w.sent(sent.Request.URL, sent.Type)
		}
	case "Network.webSocketCreated":
		var made struct {
			URL string `json:"url"`
		}
		if json.Unmarshal(e.Params, &made) == nil {
			w.sent(made.URL, "websocket")
		}
	case "Page.loadEventFired":
		select {
		case w.loaded <- struct{}{}:
		default:
		}
	}
}

// sent notes a request of the browser's.
func (w *watcher) sent(address, element string) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
	default:
		return
	}
	element = strings.ToLower(element)
	switch element {
	case "":
		element = "other"
	case "document":
		element = "iframe" // pages of the site itself are no third parties
	case "stylesheet":
		element = "link"
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	w.refers(u.Hostname(), element)
}

// load opens a page and waits until it has settled.
func (w *watcher) load(ctx context.Context, session string, u *url.URL) error {
	w.lock.Lock()
	w.visit(u.Path)
	w.lock.Unlock()
	select {
	case <-w.loaded:
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, loadTime+settleTime)
	defer cancel()
	var navigated struct {
		ErrorText string `json:"errorText"`
	}
	if err := w.browser.call(ctx, session, "Page.navigate", map[string]any{"url": u.String()}, &navigated); err != nil {
		return err
	}
	if navigated.ErrorText != "" {
		return fmt.Errorf("%s", navigated.ErrorText)
	}
	select {
	case <-w.loaded:
	case <-time.After(loadTime): // a page that never ends is seen as far as it went
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-time.After(settleTime):
	case <-ctx.Done():
	}
	return w.collect(ctx)
}

// collect notes the cookies that the browser holds. Those that are set and expired
// between two pages are not seen.
func (w *watcher) collect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTime)
	defer cancel()
	var held struct {
		Cookies []struct {
			Name     string  `json:"name"`
			Domain   string  `json:"domain"`
			Expires  float64 `json:"expires"` // Unix seconds
			HTTPOnly bool    `json:"httpOnly"`
			Secure   bool    `json:"secure"`
			Session  bool    `json:"session"`
			SameSite string  `json:"sameSite"`
		} `json:"cookies"`
	}
	if err := w.browser.call(ctx, "", "Storage.getCookies", nil, &held); err != nil {
		return err
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	for _, c := range held.Cookies {
		found := Cookie{Name: c.Name, Secure: c.Secure, HTTPOnly: c.HTTPOnly, SameSite: strings.ToLower(c.SameSite)}
		if !c.Session {
			found.Life = time.Until(time.Unix(int64(c.Expires), 0))
		}
		if domain := strings.TrimPrefix(c.Domain, "."); !SameSite(domain, w.start.Hostname()) {
			found.Domain = domain
		}
		w.cookie(found)
	}
	return nil
}
