package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take for what a test waits for, on a busy machine.
const patience = 20 * time.Second

// View is how somebody looks at a page.
type View struct {
	Scheme string // light or dark
	Width  int64  // CSS pixels
}

// Views are those that every page has to do well in.
var Views = []View{{"light", 1280}, {"dark", 1280}, {"light", 375}, {"dark", 375}}

func (v View) String() string { return fmt.Sprintf("%s-%d", v.Scheme, v.Width) }

// Tab is a page of the browser with cookies of its own. What fails in it ends the test.
// What the page itself complains of (errors on its console, broken rules of its content
// security policy) fails the test when it ends.
type Tab struct {
	View
	t          testing.TB
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
	forgiven   []string
}

// Each looks in every view, one after the other.
func Each(t *testing.T, look func(*testing.T, *Tab)) {
	t.Helper()
	for _, v := range Views {
		t.Run(v.String(), func(t *testing.T) { look(t, Open(t, v)) })
	}
}

// Open opens a tab. It is closed with the test.
func Open(t testing.TB, v View) *Tab {
	t.Helper()
	browser, err := run()
	if err != nil {
		missing(t, "chromium", err)
	}
	// A server that has ended is the test's doing, and live pages miss it.
	tab := &Tab{View: v, t: t, forgiven: []string{"net::ERR_CONNECTION_REFUSED", "htmx:sse:error: Failed to fetch"}}
	var cancel context.CancelFunc
	tab.ctx, cancel = chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(tab.hear))
	t.Cleanup(cancel)
	t.Cleanup(func() {
		for _, c := range tab.Complaints() {
			t.Errorf("the page complains: %s", c)
		}
	})
	// The tab lives as long as the context of its first step: that one has no time limit.
	if err := chromedp.Do(tab.ctx); err != nil {
		t.Fatalf("chromium opens no tab: %v", err)
	}
	height, mobile := int64(800), v.Width < 600
	opts := []chromedp.EmulateViewportOption{}
	if mobile {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulatePortrait)
	}
	tab.do(chromedp.EmulateViewport(v.Width, height, opts...),
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			if _, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: v.Scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}); err != nil {
				return err
			}
			// A page that nobody looks at is not kept up to date.
			_, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
			return err
		}))
	return tab
}

// hear takes what the page complains of.
func (tab *Tab) hear(ev any) {
	var text string
	switch ev := ev.(type) {
	case *log.EventEntryAdded:
		if ev.Entry.Level == log.EntryLevelError || ev.Entry.Source == log.EntrySourceSecurity {
			text = fmt.Sprintf("%s: %s %s", ev.Entry.Source, ev.Entry.Text, ev.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeAssert {
			text = "console: "
			for _, a := range ev.Args {
				text += strings.Trim(string(a.Value), `"`) + a.Description + " "
			}
		}
	case *runtime.EventExceptionThrown:
		text = "exception: " + ev.ExceptionDetails.Text
		if e := ev.ExceptionDetails.Exception; e != nil {
			text += " " + e.Description
		}
	}
	if text == "" {
		return
	}
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.complaints = append(tab.complaints, text)
}

// Forgive lets the page complain of what the test brings about: a text that is part of it.
func (tab *Tab) Forgive(part string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.forgiven = append(tab.forgiven, part)
}

// Complaints takes what the page complained of and the test did not forgive.
func (tab *Tab) Complaints() (left []string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
next:
	for _, c := range tab.complaints {
		for _, f := range tab.forgiven {
			if strings.Contains(c, f) {
				continue next
			}
		}
		left = append(left, c)
	}
	tab.complaints = nil
	return left
}

func (tab *Tab) do(steps ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tab.t.Fatalf("%s: %v", tab.View, err)
	}
}

// Goto opens an address and waits until it is loaded.
func (tab *Tab) Goto(url string) { tab.t.Helper(); tab.do(chromedp.Navigate(url)) }

// Click clicks on the first element of a CSS selector once it is seen.
func (tab *Tab) Click(css string) {
	tab.t.Helper()
	tab.do(chromedp.ScrollIntoView(chromedp.CSS(css)), chromedp.Click(chromedp.CSS(css), chromedp.NodeVisible))
}

// Follow clicks on what leads to another page, and waits until that is loaded.
func (tab *Tab) Follow(css string) {
	tab.t.Helper()
	tab.do(chromedp.ScrollIntoView(chromedp.CSS(css)))
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	click := chromedp.Click(chromedp.CSS(css), chromedp.NodeVisible)
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(page.LoadEventFired, nil, click)); err != nil {
		tab.t.Fatalf("%s: %s leads nowhere: %v", tab.View, css, err)
	}
}

// Type writes into a field.
func (tab *Tab) Type(css, text string) {
	tab.t.Helper()
	tab.do(chromedp.SendKeys(chromedp.CSS(css), text))
}

// Press presses keys wherever the focus is; see chromedp's kb for those without a sign.
func (tab *Tab) Press(keys string) { tab.t.Helper(); tab.do(chromedp.KeyEvent(keys)) }

// Text is what is read in the first element of a selector, once it is there.
func (tab *Tab) Text(css string) string {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.TextContent(chromedp.CSS(css)))
	if err != nil {
		tab.t.Fatalf("%s: %s: %v", tab.View, css, err)
	}
	return strings.Join(strings.Fields(text), " ")
}

// Has fails unless an element reads as each text says.
func (tab *Tab) Has(css string, texts ...string) {
	tab.t.Helper()
	got := tab.Text(css)
	for _, want := range texts {
		if !strings.Contains(got, want) {
			tab.t.Errorf("%s: %s reads %.2000q and lacks %q", tab.View, css, got, want)
		}
	}
}

// Eval gives what an expression of the page's script is; v points to what takes it.
func (tab *Tab) Eval(expression string, v any) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](`Promise.resolve(`+expression+`).then(JSON.stringify)`, chromedp.EvalAwaitPromise))
	if err == nil {
		err = json.Unmarshal([]byte(raw), v)
	}
	if err != nil {
		tab.t.Fatalf("%s: %.80s: %v", tab.View, expression, err)
	}
}

// Until waits until an expression of the page's script is true.
func (tab *Tab) Until(expression string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, 2*patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience))); err != nil {
		var page string
		tab.Eval(`[location.href, document.visibilityState, document.body.innerText.slice(0, 1000)].join(" | ")`, &page)
		tab.t.Fatalf("%s: it never was that %s: %v; the page: %s", tab.View, expression, err, page)
	}
}

// NoScript switches the pages' script off from the next one on. Eval, Until, Axe and
// Unreached work no more then.
func (tab *Tab) NoScript() {
	tab.t.Helper()
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

// Shot keeps a picture of the whole page in the folder that HEED_SHOTS names, if any.
func (tab *Tab) Shot(name string) {
	tab.t.Helper()
	dir := os.Getenv("HEED_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	b, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s.png", name, tab.View)), b, 0o644)
	}
	if err != nil {
		tab.t.Errorf("%s: no picture of %s: %v", tab.View, name, err)
	}
}
