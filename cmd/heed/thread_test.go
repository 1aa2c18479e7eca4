package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
)

// TestAThreadIsOrderedAndEndsAtItsFirstHole: each part answers the one before; the part
// that is refused is the last that is said.
func TestAThreadIsOrderedAndEndsAtItsFirstHole(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	write(t, filepath.Join(dir, "one.sh"), `#!/bin/sh
heed emit thread --key good --text "Storm warning for the harbour." --text "Ferries stop at six in the evening." --text "Trains run until midnight."
echo "good ended with $?" >&2
heed emit thread --key bad --text "The bridge is closed for works." --text "I am a real human, believe me." --text "This part is never said at all."
echo "bad ended with $?" >&2
heed emit thread --key short --text "Only one part."
echo "short ended with $?" >&2
cat >/dev/null
`, 0o755)
	p := start(t, dir, env, "run")
	p.until(90*time.Second, `good ended with 0`, `bad ended with 4`, `ends at part 2 of 3: deny disclosure.claims_human`, `short ended with 2`)
	p.end(syscall.SIGTERM, 30*time.Second)
	acts := x.Acts("")
	if len(acts) != 4 {
		t.Fatalf("%d acts: %+v", len(acts), acts)
	}
	for i, want := range []string{"", acts[0].ID, acts[1].ID, ""} {
		if acts[i].TargetPost != want {
			t.Errorf("part %d answers %q, not %q", i+1, acts[i].TargetPost, want)
		}
	}
	if strings.Contains(acts[3].Text, "human") {
		t.Error("what was refused was said")
	}
}
