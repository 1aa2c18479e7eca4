package guards

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
)

func TestHalt(t *testing.T) {
	with := func(hs ...Halt) func(*bots.Intent, *Facts) {
		return func(_ *bots.Intent, f *Facts) { f.Halts = hs }
	}
	pause := Halt{Kind: Paused, Scope: "tides", By: "anna", Reason: "holiday", At: noon.Add(-time.Hour), Until: noon.Add(time.Hour)}
	over := pause
	over.Until = noon
	latch := Halt{Kind: Latched, Scope: "*", Reason: "code 32", At: noon}
	try(t, "halt", []trial{
		{"without a halt nothing stands against it", bots.Post, nil, Allow, ""},
		{"a pause defers", bots.Post, with(pause), Defer, "halt.paused"},
		{"a pause that has ended binds no more", bots.Post, with(over), Allow, ""},
		{"a pause without an end binds", bots.Post, with(Halt{Kind: Paused, Scope: "*", At: noon}), Defer, "halt.paused"},
		{"a person's halt defers", bots.Delete, with(Halt{Kind: Halted, Scope: "tides", By: "anna"}), Defer, "halt.halted"},
		{"a latch defers", bots.Reply, with(latch), Defer, "halt.latched"},
		{"a latch beside a pause speaks, for it has no end", bots.Reply, with(pause, latch), Defer, "halt.latched"},
		{"a pause after a latch does not outshine it", bots.Reply, with(latch, pause), Defer, "halt.latched"},
		{"a halt of a kind nobody knows still stops", bots.Post, with(Halt{Kind: "?", Until: noon.Add(-time.Hour)}), Defer, "halt.halted"},
	})
}

func TestP12LatchHasNoEndAndNamesTheWayOut(t *testing.T) {
	in, f := readyCase(bots.Post)
	f.Halts = []Halt{{Kind: Latched, Scope: "tides", Reason: "X suspended the account", At: noon, Until: noon.Add(time.Hour)}}
	got := (&halt{}).Judge(in, f)
	if !got.Until.IsZero() {
		t.Errorf("a latch ends by itself at %s", got.Until)
	}
	for _, part := range []string{"heed resume tides", "no other app or key"} {
		if !strings.Contains(got.Remedy, part) {
			t.Errorf("remedy %q lacks %q", got.Remedy, part)
		}
	}
	if !strings.Contains(got.Because, "X suspended the account") || !cites(got, "A8") {
		t.Errorf("because %q, rules %v", got.Because, got.Rules)
	}
}

func TestHaltEndsWithTheLongestPause(t *testing.T) {
	in, f := readyCase(bots.Post)
	f.Halts = []Halt{
		{Kind: Paused, Scope: "tides", By: "a", Until: noon.Add(time.Hour)},
		{Kind: Paused, Scope: "*", By: "b", Until: noon.Add(3 * time.Hour)},
		{Kind: Paused, Scope: "tides", By: "c", Until: noon.Add(2 * time.Hour)},
	}
	got := (&halt{}).Judge(in, f)
	if !got.Until.Equal(noon.Add(3*time.Hour)) || !strings.Contains(got.Because, "by b") {
		t.Errorf("until %s: %s", got.Until, got.Because)
	}
}
