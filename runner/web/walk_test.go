package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"heed/guards"
	"heed/runner"
	"heed/runner/web/webtest"
)

// places are addresses of every page there is. A page that shows one of many, or asks
// about what was chosen, has an example here.
func places(t *testing.T, f *fleetDesk) (all []string) {
	t.Helper()
	pick := "?pick=" + url.QueryEscape(pickOf(f.cases[0]))
	examples := map[string]string{"/bots/{bot}": "/bots/shy", "/why": "/why?bot=tides&id=id%261", "/approve": "/approve" + pick, "/reject": "/reject" + pick}
	for _, p := range allPages() {
		at, ok := examples[p.path]
		if !ok {
			at = p.path
		}
		if strings.Contains(at, "{") {
			t.Errorf("%s has no example, so nobody looks at it", p.path)
			continue
		}
		all = append(all, at)
	}
	return all
}

func nameOf(place string) string {
	place, _, _ = strings.Cut(place, "?")
	return strings.ReplaceAll(strings.Trim(place, "/"), "/", "-")
}

// TestBrowserEveryPage walks all pages there are: axe-core, the keyboard, the skip link,
// no page wider than its window, in both schemes and widths.
func TestBrowserEveryPage(t *testing.T) {
	webtest.Each(t, func(t *testing.T, tab *webtest.Tab) {
		f, h := aFleet()
		r, _ := fleetRig(t, f, h)
		enter(tab, r)
		for _, at := range places(t, f) {
			tab.Goto("http://" + r.addr + at)
			tab.Text("h1")
			tab.Shot(nameOf(at))
			tab.Axe()
			tab.SkipLink()
			if left := tab.Unreached(); len(left) > 0 {
				t.Errorf("%s: the Tab key does not come to %q", at, left)
			}
		}
	})
}

// TestBrowserEveryPageWithoutScript: everything that can be done is a plain form.
func TestBrowserEveryPageWithoutScript(t *testing.T) {
	f, h := aFleet()
	tab := webtest.Open(t, webtest.Views[3])
	r, _ := fleetRig(t, f, h)
	tab.NoScript()
	enter(tab, r)
	for _, at := range places(t, f) {
		tab.Goto("http://" + r.addr + at)
		tab.Text("h1")
		tab.Text("nav a[aria-current=page]")
	}
	tab.Goto("http://" + r.addr + "/bots")
	tab.Follow("nav a[href='/promises']")
	tab.Has("h1", "Promises")
	tab.Goto("http://" + r.addr + "/bots/tides")
	tab.Follow("form[action='/bots/halt'] button")
	tab.Has(".did", "tides: halted")
	tab.Follow("form[action='/bots/resume'] button")
	tab.Has(".did", "tides: resumed")
}

// TestBrowserBots is what a person does on the page of bots, on every device.
func TestBrowserBots(t *testing.T) {
	webtest.Each(t, func(t *testing.T, tab *webtest.Tab) {
		f, h := aFleet()
		r, _ := fleetRig(t, f, h)
		enter(tab, r)
		tab.Goto("http://" + r.addr + "/bots")
		tab.Until(`document.getElementById("live").textContent === "● live"`)
		tab.Follow("#bot-tides button[value='8h']")
		tab.Has(".did", "tides: paused until")
		tab.Has("#bot-tides", "‖ paused")
		tab.Follow("#bot-tides form[action='/bots/resume'] button")
		tab.Has("#bot-tides", "● running")
		tab.Follow("#bot-quakes form[action='/bots/halt'] button")
		tab.Has("#bot-quakes", "■ halted")
		tab.Click("#bot-circle input[name=looked]")
		tab.Follow("#bot-circle form[action='/bots/latch'] button")
		tab.Has(".did", "what stopped circle is lifted")
		tab.Follow("#all-bots form[action='/bots/halt'] button")
		tab.Has("#bot-nats", "■ halted")
		tab.Shot("bots-halted")
		tab.Axe()
		tab.Follow("#all-bots form[action='/bots/resume'] button")
		tab.Has(".did", "all bots: resumed")
		tab.Follow("#bot-tides h2 a")
		tab.Has("h1", "tides")
		want := []string{"pause tides ann 8h0m0s", "resume tides [pause halt] ann", "halt quakes ann 0s", "resume circle [latch] ann", "halt * ann 0s", "resume * [pause halt] ann"}
		got := f.done()
		if len(got) != len(want) {
			t.Fatalf("%q", got)
		}
		for i := range want {
			if !strings.HasPrefix(got[i], strings.TrimSuffix(want[i], " 0s")) {
				t.Errorf("%q, not %q", got[i], want[i])
			}
		}
	})
}

// TestBrowserBotsChangeUnderOnesHand: what somebody else does comes in, and what was
// chosen and not sent yet stays.
func TestBrowserBotsChangeUnderOnesHand(t *testing.T) {
	f, h := aFleet()
	tab := webtest.Open(t, webtest.Views[0])
	r, _ := fleetRig(t, f, h)
	enter(tab, r)
	tab.Goto("http://" + r.addr + "/bots")
	tab.Until(`document.getElementById("live").textContent === "● live"`)
	tab.Click("#bot-circle input[name=looked]")
	f.change(func() {
		f.halts = append(f.halts, guards.Halt{Kind: guards.Halted, Scope: "tides", By: "bea", Reason: "a storm", At: now.Add(time.Second)})
		f.queues = []runner.Queue{{Bot: "tides", Waiting: 9}}
		close(f.changed)
		f.changed = make(chan struct{})
	})
	tab.Until(`document.getElementById("bot-tides").innerText.includes("a storm")`)
	var at struct {
		Focus  string
		Ticked bool
	}
	tab.Eval(`({Ticked: document.querySelector("#bot-circle input[name=looked]").checked, Focus: document.activeElement.name || ""})`, &at)
	if !at.Ticked || at.Focus != "looked" {
		t.Errorf("after the change: %+v", at)
	}
}
