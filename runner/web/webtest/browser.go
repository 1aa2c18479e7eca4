// Package webtest looks at heed's pages with a real browser: as people see them, in light
// and dark, on a phone and on a desk, with the keyboard and without script.
//
// It needs chromium, and axe-core for Axe; `make browser` gets both. Where they are
// missing a test is skipped and says so, and with CI=true it fails.
package webtest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium is one browser for all tests of a binary: it takes a second to start.
type chromium struct {
	ctx context.Context
	end func() error
}

var (
	mu  sync.Mutex
	one *chromium
)

// run gives the browser, and starts it for the first who asks.
func run() (context.Context, error) {
	mu.Lock()
	defer mu.Unlock()
	if one != nil {
		return one.ctx, nil
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "heed-chromium-")
	if err != nil {
		return nil, err
	}
	opts := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.Headless}
	for _, flag := range []string{"no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "no-default-browser-check", "disable-dev-shm-usage",
		"disable-background-networking", "disable-component-update", "disable-sync", "disable-extensions", "disable-default-apps",
		"disable-background-timer-throttling", "disable-backgrounding-occluded-windows", "disable-renderer-backgrounding", "hide-scrollbars"} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	end := func() error { cancel(); stop(); return os.RemoveAll(dir) }
	if err := chromedp.Do(ctx); err != nil {
		return nil, errors.Join(err, end())
	}
	one = &chromium{ctx, end}
	return ctx, nil
}

// Main is a test binary's own run with the browser's end after it, for TestMain.
type Main struct{ *testing.M }

// Run runs the tests and ends the browser that they used, if any.
func (m Main) Run() int {
	code := m.M.Run()
	mu.Lock()
	defer mu.Unlock()
	if one != nil {
		if err := one.end(); err != nil && code == 0 {
			code = 1
		}
		one = nil
	}
	return code
}

// missing skips a test for what this machine lacks; in CI it fails.
func missing(t testing.TB, what string, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is needed and not here (`make browser` gets it): %v", what, err)
	}
	t.Skipf("%s is not here, so no page is looked at (`make browser` gets it): %v", what, err)
}

// root is the folder of the module, which bin/ is in.
func root() (string, error) {
	dir, err := os.Getwd()
	for err == nil && dir != "/" {
		if _, gone := os.Stat(filepath.Join(dir, "go.mod")); gone == nil {
			return dir, nil
		}
		dir = filepath.Dir(dir)
	}
	return "", errors.Join(err, errors.New("no go.mod is above"))
}
