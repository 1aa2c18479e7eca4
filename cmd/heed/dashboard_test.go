package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
)

var linkForm = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/sign-in\?code=[A-Z2-7]{26}`)

// open follows a link as a browser does, and gives the page behind it.
func open(t *testing.T, client *http.Client, link string) (int, string) {
	t.Helper()
	return fetch(t, client, link, http.Header{"Accept": {"text/html"}})
}

func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
}

// A person gets into the running heed by its link, stays in when it is started anew, and
// learns from the verb when there is no heed to get into.
func TestDashboard(t *testing.T) {
	dir := t.TempDir()
	x := newStage(t, sandbox.Options{})
	env := x.settings(t, dir, "", "tides")
	write(t, filepath.Join(dir, "tides.sh"), "#!/bin/sh\ncat >/dev/null\n", 0o755)
	if out, code := heed(t, dir, "", "dashboard"); code != exitUsage || !strings.Contains(out, "[web] listen") {
		t.Errorf("switched off: %d %s", code, out)
	}
	at := freePort(t)
	change(t, dir, `listen = ""`, fmt.Sprintf("listen = %q", at))
	if out, code := heed(t, dir, "", "dashboard"); code != exitUnreachable || !strings.Contains(out, "heed run") {
		t.Errorf("before the first start: %d %s", code, out)
	}
	p := start(t, dir, env, "run", "--by", "ann")
	p.until(time.Minute, `dashboard.*`+linkForm.String(), `ctrl-C ends`)
	b := browser(t)
	status, page := open(t, b, linkForm.FindString(strings.Join(p.said(), "\n")))
	if status != 200 || !strings.Contains(page, "Nothing waits for you") || !strings.Contains(page, "signed in as ann") {
		t.Fatalf("%d %s", status, page)
	}
	out, code := heed(t, dir, "", "dashboard", "--by", "bea")
	if code != 0 || !strings.HasPrefix(out, "http://"+at+"/sign-in?code=") {
		t.Fatalf("%d %s", code, out)
	}
	if _, page := open(t, browser(t), strings.TrimSpace(out)); !strings.Contains(page, "signed in as bea") {
		t.Errorf("%s", page)
	}
	if code := p.end(syscall.SIGTERM, time.Minute); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if out, code := heed(t, dir, "", "dashboard"); code != exitUnreachable || !strings.Contains(out, "no heed runs here") {
		t.Errorf("after its end: %d %s", code, out)
	}
	write(t, filepath.Join(dir, "state", "web.address"), at+"\n", 0o600) // it could not clean up
	thief, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	other := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })}
	go func() { _ = other.Serve(thief) }()
	if out, code := heed(t, dir, "", "dashboard"); code != exitUnreachable || !strings.Contains(out, "no heed runs here") || asked.Load() != 0 {
		t.Errorf("after it was killed: %d %s; who took its port was asked %d times", code, out, asked.Load())
	}
	_ = other.Close()
	p = start(t, dir, env, "run")
	p.until(time.Minute, `ctrl-C ends`)
	if status, page := open(t, b, "http://"+at+"/needs"); status != 200 || !strings.Contains(page, "signed in as ann") {
		t.Errorf("after a restart: %d", status)
	}
}

// Where another program has the address, a house that acts at X does not start; the
// example, which acts in the sandbox, takes another port and says so.
func TestAnAddressThatIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	dir := t.TempDir()
	x := newStage(t, sandbox.Options{})
	env := x.settings(t, dir, "", "tides")
	write(t, filepath.Join(dir, "tides.sh"), "#!/bin/sh\ncat >/dev/null\n", 0o755)
	change(t, dir, `listen = ""`, fmt.Sprintf("listen = %q", l.Addr()))
	p := start(t, dir, env, "run")
	p.until(time.Minute, `another heed may be running`)
	<-p.ended
	change(t, dir, fmt.Sprintf("api_url = %q", x.url), `api_url = "sandbox"`)
	p = start(t, dir, env, "run")
	p.until(time.Minute, `another program has `+l.Addr().String(), `ctrl-C ends`)
	out, code := heed(t, dir, "", "dashboard")
	if code != 0 || strings.Contains(out, l.Addr().String()) {
		t.Fatalf("%d %s", code, out)
	}
	if status, page := open(t, browser(t), strings.TrimSpace(out)); status != 200 || !strings.Contains(page, "Needs you") {
		t.Errorf("%d %s", status, page)
	}
}
