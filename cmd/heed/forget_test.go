package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"heed/runner/sandbox"
)

func TestCountID(t *testing.T) {
	for text, want := range map[string][2]int{
		"":                     {0, 0},
		"4711001":              {1, 1},
		"x4711001":             {1, 1},
		"4711001y":             {1, 1},
		"4711001 4711001":      {2, 2},
		"14711001":             {0, 1},
		"47110019":             {0, 1},
		"4711001,4711001":      {2, 2},
		"47110014711001":       {0, 2},
		"4711 001":             {0, 0},
		`{"user_id":"4711001"`: {1, 1},
	} {
		for _, pad := range []int{0, 1<<20 - 9, 1<<20 - 7, 1<<20 - 4, 1<<20 - 1, 1 << 20} {
			long := strings.Repeat("-", pad) + text
			for i, whole := range []bool{true, false} {
				if n, err := countID(strings.NewReader(long), "4711001", whole); err != nil || n != want[i] {
					t.Errorf("%d bytes and %q, whole %v: %d times, %v", pad, text, whole, n, err)
				}
			}
		}
		if n, err := countID(iotest.OneByteReader(strings.NewReader(text)), "4711001", true); err != nil || n != want[0] {
			t.Errorf("%q byte by byte: %d times, %v", text, n, err)
		}
	}
}

// TestForgetWhileHeedRuns: the whole program. The person who said stop is forgotten while
// heed works, the files are searched, contact stays refused, and the record verifies;
// what is exported has nobody's words in it.
func TestForgetWhileHeedRuns(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "desk")
	write(t, filepath.Join(dir, "desk.sh"), chattyBot, 0o755)
	const id = "3000000000000000017"
	if _, err := x.AddUser(sandbox.User{ID: id, Username: "annofthesea", Name: "Ann Margarete", Bio: "I collect sextants"}); err != nil {
		t.Fatal(err)
	}
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `desk +script +script.started`)
	if _, err := x.DM("annofthesea", "desk", "is the lighthouse open?"); err != nil {
		t.Fatal(err)
	}
	p.until(60*time.Second, `desk +outcome +DONE +dm`)
	if _, err := x.DM("annofthesea", "desk", "STOP"); err != nil {
		t.Fatal(err)
	}
	p.until(60*time.Second, `person +person.opt_out user `+id)
	out, code := heed(t, dir, "", "forget", "--user", id, "--dry-run")
	if code != exitOK || !strings.Contains(out, "to erase: 1 intents") {
		t.Errorf("dry run: exit %d: %s", code, out)
	}
	out, _ = heed(t, dir, "", "forget", "--user", id, "--json") // NATS may still hold what it was handed
	var told struct {
		Erased struct {
			Intents, Kept int
			Elsewhere     []any
		}
		Files []holding
	}
	if err := json.Unmarshal([]byte(strings.SplitN(out, "\n", 2)[0]), &told); err != nil || told.Erased.Intents != 1 || told.Erased.Kept != 1 || len(told.Erased.Elsewhere) != 0 {
		t.Errorf("forget: %v: %s", err, out)
	}
	for _, f := range told.Files {
		if !f.Expected && !within(f.File, filepath.Join(dir, "state", "nats")) {
			t.Errorf("left in %s: %s", f.File, f.Says)
		}
	}
	if out, code := heed(t, dir, `{"action":"dm","key":"more","text":"One more thing.","target":{"user_id":"`+id+`"}}`, "judge", "--bot", "desk"); code != exitRefused || !strings.Contains(out, "opt") {
		t.Errorf("a message to who is forgotten: exit %d: %s", code, out)
	}
	verified, code := heed(t, dir, "", "audit", "verify")
	if code != exitOK || !strings.Contains(verified, "erased in part") {
		t.Errorf("verify: exit %d: %s", code, verified)
	}
	exported, code := heed(t, dir, "", "audit", "export", "--since", "24h")
	lines := strings.Split(strings.TrimSpace(exported), "\n")
	if code != exitOK || len(lines) < 5 || !strings.HasPrefix(lines[len(lines)-1], `{"head":"`) {
		t.Errorf("export: exit %d: %s", code, exported)
	}
	for _, word := range []string{"annofthesea", "Margarete", "sextants", "lighthouse", "Thank you", "One more", "message", "text"} {
		if strings.Contains(exported, word) {
			t.Errorf("the export tells %q", word)
		}
	}
	p.end(syscall.SIGTERM, 30*time.Second)
}
