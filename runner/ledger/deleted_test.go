package ledger

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// TestADeletedPostsTextLeavesTheDisk: what a post said that is gone from X stands in no
// file of the ledger either (rule M4).
func TestADeletedPostsTextLeavesTheDisk(t *testing.T) {
	const canary = "zugvogelkanarie"
	path := filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, path, Options{})
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	in := bots.Intent{Action: bots.Post, Text: "high water " + canary, Key: "k", ID: "0198f000-0000-7000-8000-000000000001", ExpiresAt: now.Add(time.Hour)}
	stored, err := in.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Enter(t.Context(), []runner.Entry{{Bot: "tides", At: now, Intent: in, Stored: stored}}); err != nil {
		t.Fatal(err)
	}
	b := bots.Bot{Name: "tides", Handle: "@tides", Mode: bots.Live, Actions: bots.Actions()}
	turn, ok, _, err := l.Decide(t.Context(), b, guards.Pipeline{Policy: "test", Stations: []guards.Station{
		{Rule: guards.Rule{Name: "yes"}, Guard: yes{}, Mode: guards.Enforce}}}, now)
	if err != nil || !ok || turn.State != runner.Doing {
		t.Fatalf("turn %+v, %v, %v", turn, ok, err)
	}
	made := bots.PostID(bots.SnowflakeAt(now))
	if err := l.Settle(t.Context(), runner.Closing{Seq: turn.Seq, At: now, State: runner.Done, Answer: runner.Answer{Outcome: runner.Landed, PostID: made}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Deleted(t.Context(), "tides", made, now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		got, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(got, []byte(canary)) {
			t.Errorf("%s still holds the text", strings.TrimPrefix(f, filepath.Dir(path)))
		}
	}
}

// yes is a guard that lets everything pass.
type yes struct{}

func (yes) Check() []string                                { return nil }
func (yes) Needs(bots.Intent) guards.Needs                 { return guards.Needs{} }
func (yes) Judge(bots.Intent, guards.Facts) guards.Finding { return guards.Pass() }
