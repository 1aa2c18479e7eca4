package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heed/runner/sandbox"
	"heed/runner/web/webtest"
)

// TestBrowserTenThousandRows: a long record is read a page at a time. A page is bounded
// however long the record is, what is far back is found by its key, and what happens now
// still comes in by itself.
func TestBrowserTenThousandRows(t *testing.T) {
	tab := webtest.Open(t, webtest.Views[0])
	tab.Forgive("net::ERR_INCOMPLETE_CHUNKED_ENCODING") // heed ends while the page listens
	tab.Forgive("htmx:sse:error: network error")
	dir := t.TempDir()
	x := newStage(t, sandbox.Options{})
	env := x.settings(t, dir, "", "tides")
	change(t, dir, `listen = ""`, fmt.Sprintf("listen = %q", freePort(t)))
	const intents = 5000 // each is two rows at least: that it came in, and its verdict
	write(t, filepath.Join(dir, "tides.sh"), fmt.Sprintf(`#!/bin/sh
i=0
while [ $i -lt %d ]; do
	i=$((i+1))
	echo '{"v":1,"action":"post","key":"k'$i'-","text":"High tide 14:32, 4.1 m"}'
done
cat >/dev/null
`, intents), 0o755)
	p := start(t, dir, env, "run", "--by", "ann")
	p.until(3*time.Minute, `dashboard.*`+linkForm.String(), fmt.Sprintf(`tides +verdict +.*k%d-`, intents))
	link := linkForm.FindString(strings.Join(p.said(), "\n"))
	home, _, _ := strings.Cut(link, "/sign-in")
	tab.Goto(link)
	tab.Has("h1", "Needs you") // signing in leads on by itself
	shown := func(at string) (rows int) {
		t.Helper()
		tab.Goto(home + at)
		tab.Text("h1")
		var took float64
		tab.Eval(`document.querySelectorAll(".rows tbody tr").length`, &rows)
		tab.Eval(`performance.getEntriesByType("navigation")[0].duration`, &took)
		t.Logf("%s: %d rows, loaded in %.0f ms", at, rows, took)
		return rows
	}
	if n := shown("/stream"); n != 100 {
		t.Errorf("the first page has %d rows", n)
	}
	if n := shown("/stream?text=k7-"); n == 0 {
		t.Error("what is far back is not found by its key")
	}
	tab.Has(".rows", "k7-")
	if n := shown("/stream?before=300&verdict=deny"); n == 0 {
		t.Error("no old page")
	}
	shown("/charts")
	shown("/needs")
	shown("/stream")
	tab.Until(`document.getElementById("live").textContent === "● live"`)
	if out, code := heed(t, dir, "", "optout", "add", "7777"); code != exitOK {
		t.Fatalf("exit %d: %s", code, out)
	}
	tab.Until(`document.querySelector("#main").innerText.includes("user 7777")`)
	var rows int
	if tab.Eval(`document.querySelectorAll(".rows tbody tr").length`, &rows); rows != 100 {
		t.Errorf("a page that is kept up to date has %d rows", rows)
	}
}
