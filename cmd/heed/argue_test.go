package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
)

// TestArguingWithAVerdict: after a day's work, would other settings have said otherwise,
// and when would one more post pass.
func TestArguingWithAVerdict(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	write(t, filepath.Join(dir, "one.sh"), oneShot(
		`{"action":"post","key":"a","text":"The first ferry leaves at six from the northern pier."}`,
		`{"action":"post","key":"b","text":"Gulls have taken over the fish market once more."}`,
		`{"action":"post","key":"c","hold":true,"text":"Somebody lost a red kite near the lighthouse."}`), 0o755)
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +outcome +DONE +post a`, `one +outcome +DONE +post b`, `one +verdict +HELD +post c`)

	out, code := heed(t, dir, "", "held")
	for _, want := range []string{"account  @one (one)", `"Somebody lost a red kite near the lighthouse."`, "place    none", "hash     "} {
		if code != exitOK || !strings.Contains(out, want) {
			t.Errorf("held does not tell %q: exit %d: %s", want, code, out)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "heed.toml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "strict.toml"), strings.Replace(string(b), "per_hour = 2000", "per_hour = 1", 1), 0o600)

	out, code = heed(t, dir, "", "replay", "--with", "strict.toml", "--since", "1h", "--json")
	var sum struct {
		Same, Changed int
		Untold        map[string]int
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &sum); code != exitOK || err != nil || sum.Changed != 1 || sum.Same != 2 || len(sum.Untold) != 0 {
		t.Errorf("replay: exit %d, %v: %s", code, err, out)
	}
	if !strings.Contains(lines[0], `"key":"b"`) || !strings.Contains(lines[0], "post_rate.hour_full") {
		t.Errorf("the second post would have waited: %s", lines[0])
	}
	out, code = heed(t, dir, "", "replay", "--with", "heed.toml")
	if code != exitOK || !strings.Contains(out, "0 would change, 3 would not") {
		t.Errorf("under its own settings: exit %d: %s", code, out)
	}
	if out, code = heed(t, dir, "", "replay", "--with", "nowhere.toml"); code != exitConfig {
		t.Errorf("settings that are not there: exit %d: %s", code, out)
	}

	next := `{"action":"post","text":"High tide at noon, and a strong wind from the west."}`
	out, code = heed(t, dir, next, "judge", "-c", "strict.toml", "--bot", "one", "--peek")
	if code != exitRefused || !strings.Contains(out, "it would pass at ") || !strings.Contains(out, "2 of 1 posts in the last 1h") {
		t.Errorf("peek: exit %d: %s", code, out)
	}
	if out, code = heed(t, dir, next, "judge", "--bot", "one", "--peek"); code != exitOK || !strings.Contains(out, "it would pass now") {
		t.Errorf("peek under the settings in force: exit %d: %s", code, out)
	}
	if acts := x.Acts(""); len(acts) != 2 {
		t.Errorf("asking did something: %d acts", len(acts))
	}
	p.end(syscall.SIGTERM, 30*time.Second)
}
