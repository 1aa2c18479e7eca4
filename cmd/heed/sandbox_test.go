package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"heed/runner/sandbox"
)

// buildXurl builds X's own command-line client from its published module, or skips.
func buildXurl(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	dir := t.TempDir()
	run := func(in string, env []string, args ...string) []byte {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir, cmd.Env = in, append(os.Environ(), append(env, "GOFLAGS=-buildvcs=false")...)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Skipf("xurl v1.3.1 cannot be had here: go %s: %v: %s%s", strings.Join(args, " "), err, out, errs.Bytes())
		}
		return out
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(run(dir, nil, "mod", "download", "-json", "github.com/xdevplatform/xurl@v1.3.1"), &module); err != nil || module.Dir == "" {
		t.Skipf("xurl v1.3.1 cannot be had here: %v", err)
	}
	// The module cache is read-only, and -mod=mod may write go.sum.
	source := filepath.Join(dir, "source")
	copySource(t, module.Dir, source)
	binary := filepath.Join(dir, "xurl")
	run(source, []string{"CGO_ENABLED=0"}, "build", "-mod=mod", "-o", binary, ".")
	return binary
}

func copySource(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestXurl holds the sandbox against a client that X wrote: what it signs is
// accepted, what it reads it understands, and what it does is what landed.
func TestXurl(t *testing.T) {
	if testing.Short() {
		t.Skip("builds X's client")
	}
	binary := buildXurl(t)
	w := sandbox.New(sandbox.Options{Seed: 1})
	srv := httptest.NewServer(w)
	defer srv.Close()
	app, err := w.AddApp("xurl", "")
	if err != nil {
		t.Fatal(err)
	}
	ann, err := w.AddUser(sandbox.User{Username: "ann", DMOpen: true})
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.AddBot(app.ID, sandbox.User{Username: "deskbot"})
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	xurl := func(args ...string) map[string]any {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, binary, args...)
		cmd.Dir = home
		cmd.Env = []string{"HOME=" + home, "PATH=/nonexistent", "API_BASE_URL=" + srv.URL, "AUTH_URL=" + srv.URL + "/i/oauth2/authorize",
			"TOKEN_URL=" + srv.URL + "/2/oauth2/token", "INFO_URL=" + srv.URL + "/2/users/me"}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("xurl %s: %v\n%s", args[0], err, out)
		}
		var answer map[string]any
		d := json.NewDecoder(bytes.NewReader(colours.ReplaceAll(out, nil)))
		if err := d.Decode(&answer); err != nil && err != io.EOF && args[0] != "auth" {
			t.Fatalf("xurl %s printed %s", args[0], out)
		}
		return answer
	}
	data := func(m map[string]any, name string) string {
		inner, _ := m["data"].(map[string]any)
		s, _ := inner[name].(string)
		return s
	}
	xurl("auth", "oauth1", "--consumer-key", c.ConsumerKey, "--consumer-secret", c.ConsumerSecret, "--access-token", c.AccessToken, "--token-secret", c.AccessSecret)
	if got := data(xurl("whoami", "--auth", "oauth1"), "username"); got != "deskbot" {
		t.Errorf("whoami: %q", got)
	}
	made := data(xurl("post", "good morning & more", "--auth", "oauth1"), "id")
	if got := data(xurl("read", made, "--auth", "oauth1"), "text"); got != "good morning &amp; more" {
		t.Errorf("read: %q", got)
	}
	asked, err := w.Mention("ann", "deskbot", "are you there?")
	if err != nil {
		t.Fatal(err)
	}
	answer := data(xurl("reply", asked, "I am", "--auth", "oauth1"), "id")
	event := data(xurl("dm", "@ann", "a word in private", "--auth", "oauth1"), "dm_event_id")
	if list, _ := xurl("dms", "--auth", "oauth1")["data"].([]any); len(list) != 1 || list[0].(map[string]any)["id"] != event || list[0].(map[string]any)["text"] != "a word in private" {
		t.Errorf("dms: %v", list)
	}
	xurl("delete", made, "--auth", "oauth1")

	var did []string
	for _, a := range w.Acts(c.UserID) {
		did = append(did, a.Action)
	}
	if got := strings.Join(did, " "); got != "post reply dm delete" {
		t.Errorf("what landed: %s", got)
	}
	if left := w.Posts(c.UserID); len(left) != 1 || left[0].ID != answer || left[0].ReplyTo != asked {
		t.Errorf("what is left: %+v", left)
	}
	if m := w.Messages(c.UserID, ann.ID); len(m) != 1 || m[0].ID != event || m[0].SenderID != c.UserID {
		t.Errorf("%d messages", len(m))
	}
	for _, call := range w.Calls() {
		if call.Status/100 != 2 || call.UserID != c.UserID {
			t.Errorf("%s %s: %d", call.Method, call.Path, call.Status)
		}
	}
	if v := w.Violations(); len(v) != 0 {
		t.Errorf("broken promises: %+v", v)
	}
}

func TestSandboxFlags(t *testing.T) {
	good := sandboxFlags{listen: "127.0.0.1:0", tier: "self_serve", clock: "real", seed: 7, lag: time.Second}
	o, err := good.options()
	if err != nil || o.Clock != nil || o.Seed != 7 || o.Lag != time.Second {
		t.Fatalf("%+v, %v", o, err)
	}
	in := good
	in.clock = "2026-09-01T12:00:00Z"
	if o, err = in.options(); err != nil || o.Clock == nil || o.Clock.Now().Format(time.RFC3339) != in.clock {
		t.Errorf("a driven clock from a time: %v", err)
	}
	in.clock = "driven"
	if o, err = in.options(); err != nil || o.Clock == nil || time.Since(o.Clock.Now()) > time.Minute {
		t.Errorf("a driven clock from now: %v", err)
	}
	for why, spoil := range map[string]func(*sandboxFlags){
		"an open address":      func(f *sandboxFlags) { f.listen = "0.0.0.0:8090" },
		"a name":               func(f *sandboxFlags) { f.listen = "localhost:8090" },
		"an unknown tier":      func(f *sandboxFlags) { f.tier = "gold" },
		"an unknown clock":     func(f *sandboxFlags) { f.clock = "slow" },
		"a lag before its act": func(f *sandboxFlags) { f.lag = -time.Second },
		"a lag of days":        func(f *sandboxFlags) { f.lag = 25 * time.Hour },
	} {
		in := good
		spoil(&in)
		if _, err := in.options(); err == nil {
			t.Errorf("%s was taken", why)
		}
	}
}
