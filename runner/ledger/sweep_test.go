package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// onDisk says whether any file of the ledger holds the bytes.
func onDisk(t *testing.T, l *Ledger, what string) bool {
	t.Helper()
	files, err := filepath.Glob(l.path + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(what)) {
			return true
		}
	}
	return false
}

func land(t *testing.T, l *Ledger, bot string, now time.Time, g guards.Guard) {
	t.Helper()
	p := guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "g"}, Guard: g}}}
	turn, ok, _, err := l.Decide(t.Context(), bots.Bot{Name: bot, Mode: bots.Live}, p, now)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	c := runner.Closing{Seq: turn.Seq, At: now, State: runner.Done, Answer: runner.Answer{Outcome: runner.Landed}}
	if err := l.Settle(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// telling puts the text into its evidence, as a careless guard might.
type telling struct{ needy }

func (telling) Judge(in bots.Intent, _ guards.Facts) guards.Finding {
	return guards.Pass().With("text", in.Text).With("length", len(in.Text))
}

func sweepAll(t *testing.T, l *Ledger, now time.Time) (wiped int) {
	t.Helper()
	for {
		n, more, err := l.Sweep(t.Context(), now, 0)
		if err != nil {
			t.Fatal(err)
		}
		if wiped += n; !more {
			return wiped
		}
	}
}

func TestSweepWipesTextsAfterTheirRetention(t *testing.T) {
	l := open(t)
	needs := guards.Needs{Alike: 2000 * time.Hour, Contacts: true}
	for i := range 1200 {
		enter(t, l, "tides", fmt.Sprint(i), post(fmt.Sprintf("canary text %d of the harbour wall", i)))
	}
	for range 1200 {
		land(t, l, "tides", t0, telling{needy{needs}})
	}
	enter(t, l, "tides", "young", post("young text"))
	land(t, l, "tides", t0.Add(time.Hour), telling{needy{needs}})
	heard := runner.Heard{Invitation: guards.Invitation{Event: "e1", Kind: guards.ByMention, Bot: "tides", From: "42", Post: "601", At: t0},
		Word: runner.Word{Meaning: runner.WantsOut, Rule: "en.stop", Scope: "*"}}
	if _, err := l.Hear(t.Context(), heard); err != nil {
		t.Fatal(err)
	}
	if n := sweepAll(t, l, t0.Add(720*time.Hour)); n != 0 {
		t.Fatalf("%d wiped too early", n)
	}
	if !onDisk(t, l, "canary text") {
		t.Fatal("the canary is not where it is looked for")
	}
	if n := sweepAll(t, l, t0.Add(720*time.Hour+time.Minute)); n < 1200 {
		t.Fatalf("%d wiped", n)
	}
	if onDisk(t, l, "canary text") {
		t.Fatal("a wiped text is still on the disk")
	}
	c, err := l.Case(t.Context(), runner.Ref{Bot: "tides", Key: "7"})
	if err != nil || c.Stored != nil || c.Facts != nil || c.Verdict == nil || c.Verdict.Effect != guards.Allow || c.State != runner.Done || len(c.History) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	if c, err = l.Case(t.Context(), runner.Ref{Bot: "tides", Key: "young"}); err != nil || c.Intent.Text != "young text" || c.Facts == nil {
		t.Fatalf("%+v, %v", c, err)
	}
	if again := enter(t, l, "tides", "7", post("again")); !again.Twice { // the key is used for ever
		t.Fatalf("%+v", again)
	}
	if _, err := l.Author(t.Context(), "601"); err == nil {
		t.Fatal("who wrote a post is kept for ever")
	}
	if ps, err := l.People(t.Context(), runner.PeopleQuery{OptedOut: true}); err != nil || len(ps) != 1 {
		t.Fatalf("the opt-out was swept: %+v, %v", ps, err)
	}
	_, f, err := l.Peek(t.Context(), bots.Bot{Name: "waves", Mode: bots.Live}, pipeline(needs),
		entryOf(t, "waves", "k", post("canary text 7 of the harbour wall"), t0).Intent, t0.Add(721*time.Hour))
	if err != nil || len(f.Alike) != 0 {
		t.Fatalf("a wiped text is compared: %+v, %v", f.Alike, err)
	}
}

func TestSweepRefusesASlip(t *testing.T) {
	if _, _, err := open(t).Sweep(t.Context(), t0, time.Minute); err == nil {
		t.Fatal("a minute's retention")
	}
}

// P7: an outgoing message's words are in the file while they are needed and never
// again, whatever its guards wrote into their evidence.
func TestP7OutgoingMessageLeavesTheDisk(t *testing.T) {
	l := open(t)
	words := "canary of a private answer"
	enter(t, l, "tides", "k", bots.Intent{Action: bots.DM, Text: words, Target: bots.Target{UserID: "42"}})
	land(t, l, "tides", t0, telling{needy{guards.Needs{Contacts: true, Alike: time.Hour}}})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if onDisk(t, l, "canary") || onDisk(t, l, "private answer") {
		t.Fatal("the words are on the disk")
	}
	again := openAt(t, l.path, Options{})
	c, err := again.Case(t.Context(), runner.Ref{Bot: "tides", Key: "k"})
	if err != nil || c.Verdict == nil || len(c.Verdict.Findings[0].Evidence) != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
}

// A bot that prints rubbish neither fills the disk nor slows the others down.
func TestFiftyThousandRefusedLines(t *testing.T) {
	l := open(t)
	begin := time.Now()
	for i := 0; i < 50_000; i += 500 {
		var es []runner.Entry
		for j := range 500 {
			es = append(es, runner.Entry{Bot: "noise", At: t0, Refusal: "intent: not one well-formed JSON object", Key: fmt.Sprint("r:", i+j)})
		}
		if _, err := l.Enter(t.Context(), es); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(begin)
	info, err := os.Stat(l.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("50,000 lines in %s, file of %d KiB", took, info.Size()>>10)
	if took > time.Minute || info.Size() > 8<<20 {
		t.Fatalf("50,000 lines took %s and %d KiB", took, info.Size()>>10)
	}
	rs, err := l.Records(t.Context(), runner.RecordQuery{Kinds: []runner.RecordKind{runner.RecNotice}})
	if err != nil || len(rs) < 40 || !strings.Contains(rs[len(rs)-1].Message, "refused lines so far") {
		t.Fatalf("%d notices, %v", len(rs), err)
	}
}

// The tally in memory says what the rows say, after every kind of change.
func TestTallyAgreesWithRows(t *testing.T) {
	l := open(t)
	for i := range 1000 {
		now := t0.Add(time.Duration(i) * time.Minute)
		bot := bots.Bot{Name: fmt.Sprint("bot", i%3), Mode: bots.Live}
		if i%7 == 0 {
			bot.Mode = bots.DryRun
		}
		enter(t, l, bot.Name, fmt.Sprint(i), post(fmt.Sprint("x", i)))
		w := guards.Window{Name: "w", Span: 5 * time.Hour, Limit: 40, All: i%2 == 0}
		var f guards.Facts
		turn, ok, _, err := l.Decide(t.Context(), bot, guards.Pipeline{Stations: []guards.Station{{Rule: guards.Rule{Name: "g"},
			Guard: spying{needy{guards.Needs{Windows: []guards.Window{w}}}, &f}}}}, now)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		want := countRows(t, l, w, bot, now, turn.Seq)
		if got := f.Used["w"].Count; got != want {
			t.Fatalf("act %d: %d counted, %d in the rows", i, got, want)
		}
		if turn.State == runner.Doing && i%5 == 0 {
			c := runner.Closing{Seq: turn.Seq, At: now, State: runner.Failed, Answer: runner.Answer{Outcome: runner.Refused}}
			if err := l.Settle(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		if i%200 == 199 {
			l.write(t.Context(), func(x *tx) error { x.l.tally = nil; return nil })
		}
	}
}

type spying struct {
	needy
	got *guards.Facts
}

func (s spying) Judge(_ bots.Intent, f guards.Facts) guards.Finding {
	*s.got = f
	return guards.Pass()
}

func countRows(t *testing.T, l *Ledger, w guards.Window, b bots.Bot, now time.Time, except int64) (n int) {
	t.Helper()
	err := l.read(t.Context(), func(c *conn) error {
		scope := fmt.Sprintf("bot = '%s'", b.Name)
		live := scope
		if w.All {
			live = "1"
		}
		cond := fmt.Sprintf("(dry = 0 AND %s)", live)
		if rehearses(b) {
			cond = fmt.Sprintf("(%s OR dry = 1 AND %s)", cond, scope)
		}
		var err error
		n, err = askInt(c, fmt.Sprintf(`SELECT count(*) FROM acts WHERE %s AND counts = 1 AND at > %d AND seq <> %d`,
			cond, now.Add(-w.Span).UnixMilli(), except))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// P6: bytes that are not those that were entered are refused, whoever changed them.
func TestP6ChangedBytesAreNotSent(t *testing.T) {
	l := open(t)
	enter(t, l, "tides", "k", post("judge me"))
	sqlite(t, l.path, `UPDATE intents SET stored = CAST(replace(CAST(stored AS TEXT), 'judge me', 'send me!') AS BLOB)`)
	turn, ok, _, err := l.Decide(t.Context(), bots.Bot{Name: "tides", Mode: bots.Live}, pipeline(guards.Needs{}), t0)
	if err != nil || !ok || turn.State != runner.Denied || turn.Verdict.Code != "ledger.bytes" {
		t.Fatalf("%+v, %v", turn, err)
	}
}

// The end of an id names an intent until it is swept, of a message that was sent too;
// afterwards its whole id does, and its bot and key.
func TestTheEndOfAnIDNamesWhatIsRecent(t *testing.T) {
	l := open(t)
	for key, in := range map[string]bots.Intent{"a post": post("High water at noon"), "a message": {Action: bots.DM, Text: "hi", Target: bots.Target{UserID: "42"}}} {
		enter(t, l, "tides", key, in)
		land(t, l, "tides", t0, needy{})
		id := "tides." + strings.ReplaceAll(key, " ", "-")
		end := runner.Ref{ID: id[len(id)-8:]}
		if c, err := l.Case(t.Context(), end); err != nil || c.Key != key {
			t.Errorf("%s by the end of its id: %+v, %v", key, c, err)
		}
		sweepAll(t, l, t0.Add(721*time.Hour))
		if _, err := l.Case(t.Context(), end); !errors.Is(err, runner.ErrNotFound) {
			t.Errorf("%s by the end of its id once it was swept: %v", key, err)
		}
		for _, ref := range []runner.Ref{{ID: id}, {Bot: "tides", Key: key}} {
			if c, err := l.Case(t.Context(), ref); err != nil || c.Key != key {
				t.Errorf("%s by %+v: %+v, %v", key, ref, c, err)
			}
		}
	}
}
