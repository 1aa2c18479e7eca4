package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
	"heed/runner/web"
	"heed/runner/web/webtest"
)

// TestBrowserPagesOutliveARestart: somebody looks at the page of bots while heed ends and
// is started anew. The page says so, comes back by itself, and goes on changing.
func TestBrowserPagesOutliveARestart(t *testing.T) {
	tab := webtest.Open(t, webtest.Views[0])
	tab.Forgive("net::ERR_INCOMPLETE_CHUNKED_ENCODING") // heed ends while the page listens
	tab.Forgive("htmx:sse:error: network error")
	dir := t.TempDir()
	x := newStage(t, sandbox.Options{})
	env := x.settings(t, dir, "", "tides", "waves")
	change(t, dir, `listen = ""`, fmt.Sprintf("listen = %q", freePort(t)))
	write(t, filepath.Join(dir, "tides.sh"), "#!/bin/sh\ncat >/dev/null\n", 0o755)
	write(t, filepath.Join(dir, "waves.sh"), "#!/bin/sh\nexit 78\n", 0o755)
	p := start(t, dir, env, "run", "--by", "ann")
	p.until(time.Minute, `dashboard.*`+linkForm.String(), `tides +script +script.started`, `waves .*script.stopped_for_good`)
	link := linkForm.FindString(strings.Join(p.said(), "\n"))
	home, _, _ := strings.Cut(link, "/sign-in")
	tab.Goto(link)
	tab.Has("h1", "Needs you")
	tab.Goto(home + "/promises")
	tab.Has("#main", "disk", "clock", "ledger", "nats", "tables", "sandbox", "its inbox was read", "heed runs")
	tab.Goto(home + "/bots/tides")
	tab.Has("#main", "● running", "last end", "none since heed started", "post_rate", "per_hour", "heed.toml:")
	tab.Goto(home + "/bots")
	tab.Until(`document.getElementById("live").textContent === "● live"`)
	tab.Has("#bot-waves", "script stopped for good, exit 78")
	if code := p.end(syscall.SIGTERM, time.Minute); code != exitOK {
		t.Errorf("TERM: exit %d", code)
	}
	tab.Until(`document.getElementById("live").textContent === "○ heed does not answer"`)
	again := start(t, dir, env, "run", "--by", "ann")
	again.until(time.Minute, `tides +script +script.started`)
	tab.Until(`document.getElementById("live").textContent === "● live"`)
	tab.Follow("#bot-tides form[action='/bots/halt'] button")
	tab.Has(".did", "tides: halted")
	if out, code := heed(t, dir, "", "doctor", "--offline"); !strings.Contains(out, "halt of tides") {
		t.Errorf("doctor: exit %d: %s", code, out)
	}
	if out, code := heed(t, dir, "", "resume", "tides"); code != exitOK { // another process: the page is told
		t.Errorf("resume: exit %d: %s", code, out)
	}
	tab.Until(`document.getElementById("bot-tides").innerText.includes("● running")`)
}

func TestSignsAreCachedForAWhile(t *testing.T) {
	looks := 0
	look := func(context.Context) []web.Sign { looks++; return []web.Sign{{Says: fmt.Sprint(looks)}} }
	for _, c := range []struct {
		long time.Duration
		want string
	}{{time.Hour, "1"}, {0, "3"}} {
		looks = 0
		get := cached(c.long, look)
		var last []web.Sign
		for range 3 {
			last = get(t.Context())
		}
		if last[0].Says != c.want {
			t.Errorf("cached for %s: %s looks", c.long, last[0].Says)
		}
	}
}
