package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
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
	sameInCLI(t, tab)
	tab.Goto(home + "/promises")
	sameInCLI(t, tab)
	tab.Has("#main", "disk", "clock", "ledger", "nats", "tables", "sandbox", "its inbox was read", "heed runs")
	tab.Goto(home + "/bots/tides")
	tab.Has("#main", "● running", "last end", "none since heed started", "post_rate", "per_hour", "heed.toml:")
	sameInCLI(t, tab)
	tab.Goto(home + "/bots")
	sameInCLI(t, tab)
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

// TestBrowserAMorning: what an operator looks at, on the real ledger: what happened, why one
// thing was refused, who left, and the numbers; what comes in meanwhile, comes in by itself.
func TestBrowserAMorning(t *testing.T) {
	dir := t.TempDir()
	x := newStage(t, sandbox.Options{})
	env := x.settings(t, dir, "", "tides")
	change(t, dir, `listen = ""`, fmt.Sprintf("listen = %q", freePort(t)))
	write(t, filepath.Join(dir, "tides.sh"), `#!/bin/sh
echo '{"v":1,"action":"post","key":"good","text":"High tide 14:32, 4.1 m"}'
echo '{"v":1,"action":"post","key":"copied","text":"High tide 14:32, 4.1 m"}'
echo '{"v":1,"action":"follow","key":"stranger","target":{"user_id":"44196397"}}'
cat >/dev/null
`, 0o755)
	p := start(t, dir, env, "run", "--by", "ann")
	p.until(time.Minute, `dashboard.*`+linkForm.String(), `tides +verdict +.*good`, `tides .*copied`, `tides .*stranger`, `outcome.*good`)
	link := linkForm.FindString(strings.Join(p.said(), "\n"))
	for i, v := range webtest.Views {
		t.Run(v.String(), func(t *testing.T) {
			tab := webtest.Open(t, v)
			if i > 0 { // a link is good once
				out, code := heed(t, dir, "", "dashboard")
				if link = linkForm.FindString(out); code != exitOK || link == "" {
					t.Fatalf("exit %d: %s", code, out)
				}
			}
			user := fmt.Sprint(7000 + i)
			tab.Goto(link)
			tab.Has("h1", "Needs you")
			tab.Follow("nav a[href='/stream']")
			tab.Has("#main", "good", "copied", "stranger", "duplicate.same", "x.not_permitted")
			tab.Until(`document.getElementById("live").textContent === "● live"`)
			if out, code := heed(t, dir, "", "optout", "add", user); code != exitOK { // another process
				t.Fatalf("exit %d: %s", code, out)
			}
			tab.Until(fmt.Sprintf(`document.querySelector("#main").innerText.includes("user %s")`, user))
			tab.Follow("a[href^='/stream?before=']") // it stands still from here on
			tab.Has(".pager", "This page stands still")
			tab.Follow(".pager a")
			tab.Click("select[name=verdict]")
			tab.Type("select[name=verdict]", "deny")
			tab.Follow(".filters button")
			if got := sameInCLI(t, tab); got != "heed log -f --verdict deny" {
				t.Errorf("the same in CLI: %q", got)
			}
			var rows []string
			tab.Eval(`[...document.querySelectorAll(".rows tbody tr .sign")].map(e => e.innerText)`, &rows)
			if len(rows) == 0 || slices.ContainsFunc(rows, func(s string) bool { return s != "denied" }) {
				t.Errorf("the filter leaves %q", rows)
			}
			tab.Axe()
			tab.Shot("morning-stream")
			tab.Follow(".rows a[href^='/why']")
			tab.Has("#main", "Guard by guard", "to change it", "Facts as they were then", "History", "heed why")
			tab.Axe()
			tab.Shot("morning-why")
			sameInCLI(t, tab)
			tab.Follow("nav a[href='/people']")
			tab.Type("input[name=id]", user)
			tab.Follow(".filters button")
			tab.Has(".rows", user, "opt-out", "every bot")
			tab.Click(".rows summary")
			tab.Type(".rows input[name=reason]", "she asked by mail")
			tab.Click(".rows input[name=sure]")
			tab.Follow(".rows form[action='/people/lift'] button")
			tab.Has(".did", "the opt-out of "+user+" from all bots is lifted")
			tab.Type("form[action='/people/opt-out'] input[name=user]", "9"+user)
			tab.Follow("form[action='/people/opt-out'] button")
			tab.Has(".did", "9"+user+" is contacted by all bots no more")
			tab.Type("form[action='/people/opt-in'] input[name=user]", "8"+user)
			tab.Type("form[action='/people/opt-in'] input[name=event]", "form-1")
			tab.Follow("form[action='/people/opt-in'] button")
			tab.Has(".did", "8"+user+" may be contacted by tides")
			tab.Type("form[action='/people/opt-in'] input[name=user]", "9"+user)
			tab.Type("form[action='/people/opt-in'] input[name=event]", "form-1")
			tab.Forgive("409 (Conflict)")
			tab.Follow("form[action='/people/opt-in'] button")
			tab.Has("#main", "an opt-out beats every consent")
			tab.Follow("nav a[href='/people']")
			tab.Axe()
			tab.Shot("morning-people")
			sameInCLI(t, tab)
			tab.Follow("nav a[href='/charts']")
			tab.Has("#main", "Verdicts per hour", "Refusals by rule", "Ledger time for a turn", "Queue")
			tab.Click(".drawn summary")
			tab.Has(".drawn table", "deny")
			tab.Axe()
			tab.Shot("morning-charts")
			sameInCLI(t, tab)
			if out, code := heed(t, dir, "", "optout", "list"); code != exitOK || !strings.Contains(out, "9"+user) {
				t.Errorf("what was done on a page is not what the CLI shows: exit %d: %s", code, out)
			}
		})
	}
	if code := p.end(syscall.SIGTERM, time.Minute); code != exitOK {
		t.Errorf("TERM: exit %d", code)
	}
}

// sameInCLI fails unless every command that the page shows is one of this program's, with
// flags and arguments that it takes. It gives them all.
func sameInCLI(t *testing.T, tab *webtest.Tab) string {
	t.Helper()
	var shown []string
	tab.Eval(`[...document.querySelectorAll(".cli code")].map(e => e.textContent)`, &shown)
	if len(shown) == 0 {
		t.Error("the page shows no command")
	}
	for line := range strings.SplitSeq(strings.Join(shown, "; "), "; ") {
		args, ok := strings.CutPrefix(line, "heed ")
		if _, err := understood(shellWords(args)); !ok || err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
	return strings.Join(shown, "; ")
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
