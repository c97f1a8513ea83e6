package pages

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser opens a tab in Chromium, or skips the test where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no Chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 900),
		chromedp.Flag("lang", "en-US"))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	// Tabs share one browser only when it runs already.
	do(t, ctx, chromedp.Navigate("about:blank"))
	return ctx
}

// do runs steps that must succeed.
func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// js evaluates an expression; a promise is awaited.
func js[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// tab is one tab of the browser. Its methods end the test when they fail.
type tab struct {
	t   *testing.T
	ctx context.Context
}

func (b tab) visit(address string) { b.t.Helper(); do(b.t, b.ctx, chromedp.Navigate(address)) }

func (b tab) run(script string) { b.t.Helper(); js[any](b.t, b.ctx, "{"+script+"}; undefined") }

func (b tab) text(expression string) string { b.t.Helper(); return js[string](b.t, b.ctx, expression) }

func (b tab) number(expression string) float64 {
	b.t.Helper()
	return js[float64](b.t, b.ctx, expression)
}

func (b tab) truth(expression string) bool { b.t.Helper(); return js[bool](b.t, b.ctx, expression) }

// until waits until the expression is true, also while the page changes.
func (b tab) until(expression string) {
	b.t.Helper()
	eventually(b.t, expression, func() bool {
		value, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression))
		return err == nil && value
	})
}

// follow clicks on what leads to another page.
func (b tab) follow(selector string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("%s: %v", selector, err)
	}
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 500 {
		if holds() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("it never came true: " + what)
}
