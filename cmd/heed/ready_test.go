package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
)

// The built program tells that it is ready once its turns have begun, and counts them.
func TestReadyAndMetricsOfTheProgram(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	_ = free.Close()
	dir, s := t.TempDir(), newStage(t, sandbox.Options{})
	env := s.settings(t, dir, "", "tides")
	change(t, dir, `listen = ""`, `listen = "`+addr+`"`)
	write(t, filepath.Join(dir, "tides.sh"), `echo '{"action":"post","text":"High tide 14:32","key":"tide-14"}'; cat >/dev/null`, 0o644)
	p := start(t, dir, env, "run")
	p.until(time.Minute, "turns begin", "outcome.*tide-14|tide-14.*done")
	if status, body := get(t, addr, "/readyz", ""); status != 200 {
		t.Errorf("ready: %d %s", status, body)
	}
	tokens, err := filepath.Glob(filepath.Join(dir, "*", "web.token"))
	if err != nil || len(tokens) != 1 {
		t.Fatal(tokens, err)
	}
	token, err := os.ReadFile(tokens[0])
	if err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, addr, "/metrics", ""); status != 401 {
		t.Errorf("metrics without the token: %d %s", status, body)
	}
	status, body := get(t, addr, "/metrics", strings.TrimSpace(string(token)))
	for _, line := range []string{`heed_verdicts_total{action="post",bot="tides",effect="allow"} 1`, `heed_ended_total{action="post",bot="tides",state="done"} 1`,
		`heed_lines_total{bot="tides",how="new"} 1`, `heed_ready 1`, `heed_bus_up 1`, `heed_state_unreadable 0`} {
		if status != 200 || !strings.Contains(body, "\n"+line+"\n") {
			t.Errorf("metrics: %d, without %s", status, line)
		}
	}
	if t.Failed() {
		t.Log(body)
	}
	if code := p.end(syscall.SIGTERM, time.Minute); code != 0 {
		t.Errorf("exit %d", code)
	}
}

func get(t *testing.T, addr, path, token string) (status int, body string) {
	t.Helper()
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return fetch(t, http.DefaultClient, "http://"+addr+path, header)
}

// fetch gets what is at a link, whole.
func fetch(t *testing.T, client *http.Client, link string, header http.Header) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}
