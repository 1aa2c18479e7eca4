package bus_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"heed/runner"
	"heed/runner/bus"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("HEED_TEST_PUBLISHER"); dir != "" {
		publishAndSay(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// open starts a bus that lives as long as the test.
func open(t testing.TB, o bus.Options) *bus.Bus {
	t.Helper()
	if o.Dir == "" && o.URL == "" {
		o.Dir = t.TempDir()
	}
	if o.Bots == nil {
		o.Bots = func() []string { return []string{"tides", "news"} }
	}
	b, err := bus.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// road collects deliveries.
type road struct {
	got  chan runner.Delivery
	done chan error
	stop context.CancelFunc
}

func receive(t testing.TB, b *bus.Bus) *road {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &road{got: make(chan runner.Delivery, 4096), done: make(chan error, 1), stop: cancel}
	var once sync.Once
	go func() { r.done <- b.Receive(ctx, func(d runner.Delivery) { r.got <- d }) }()
	t.Cleanup(func() { once.Do(cancel) })
	return r
}

func (r *road) next(t testing.TB) runner.Delivery {
	t.Helper()
	select {
	case d := <-r.got:
		return d
	case err := <-r.done:
		t.Fatal("Receive ended: ", err)
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
	}
	return runner.Delivery{}
}

func frame(run string, first int, lines ...string) runner.Frame {
	f := runner.Frame{Run: run, First: first}
	for _, l := range lines {
		f.Lines = append(f.Lines, []byte(l))
	}
	return f
}

func text(f runner.Frame) string {
	var lines []string
	for _, l := range f.Lines {
		lines = append(lines, string(l))
	}
	return fmt.Sprintf("%s/%d/%s", f.Run, f.First, strings.Join(lines, "|"))
}

func publish(t testing.TB, b *bus.Bus, bot string, f runner.Frame) {
	t.Helper()
	if err := b.Publish(t.Context(), bot, f); err != nil {
		t.Fatal(err)
	}
}

func TestAFrameComesAsItWasPublished(t *testing.T) {
	b := open(t, bus.Options{})
	publish(t, b, "tides", frame("tick:2026-11-22T10:00:00Z", 7, `{"a":1}`, `{"a":2}`))
	publish(t, b, "news", frame("", 0, `{"a":3}`))
	r := receive(t, b)
	d := r.next(t)
	if d.Bot != "tides" || text(d.Frame) != `tick:2026-11-22T10:00:00Z/7/{"a":1}|{"a":2}` || d.Seq != 1 {
		t.Errorf("first: %s %d %s", d.Bot, d.Seq, text(d.Frame))
	}
	if err := d.Accept(); err != nil {
		t.Error(err)
	}
	if d = r.next(t); d.Bot != "news" || text(d.Frame) != `/0/{"a":3}` {
		t.Errorf("second: %s %s", d.Bot, text(d.Frame))
	}
}

func TestALineOfTheLargestSizePasses(t *testing.T) {
	b := open(t, bus.Options{})
	long := strings.Repeat("x", 1<<20)
	publish(t, b, "tides", frame("r", 1, long))
	if d := receive(t, b).next(t); string(d.Frame.Lines[0]) != long {
		t.Errorf("%d bytes came", len(d.Frame.Lines[0]))
	}
}

func TestWhatCannotBeAFrameIsRefusedBeforeTheRoad(t *testing.T) {
	b := open(t, bus.Options{})
	many := make([]string, bus.MaxLines+1)
	for i := range many {
		many[i] = "x"
	}
	for name, c := range map[string]struct {
		bot string
		f   runner.Frame
	}{
		"no lines":                    {"tides", frame("r", 1)},
		"an empty line":               {"tides", frame("r", 1, "a", "")},
		"a newline inside":            {"tides", frame("r", 1, "a\nb")},
		"too many lines":              {"tides", frame("r", 1, many...)},
		"too many bytes":              {"tides", frame("r", 1, strings.Repeat("x", 1<<20), "y")},
		"a bot of two tokens":         {"tides.news", frame("r", 1, "a")},
		"a wildcard bot":              {"*", frame("r", 1, "a")},
		"a run that splits headers":   {"tides", frame("r\r\nNats-Rollup: all", 1, "a")},
		"a run without end":           {"tides", frame(strings.Repeat("r", 129), 1, "a")},
		"a line number that is below": {"tides", frame("r", -1, "a")},
	} {
		if err := b.Publish(t.Context(), c.bot, c.f); err == nil || errors.Is(err, runner.ErrFull) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

func TestEachBotsFramesComeInOrder(t *testing.T) {
	b := open(t, bus.Options{SyncInterval: time.Minute})
	const bots, frames = 8, 60
	var wg sync.WaitGroup
	r := receive(t, b)
	for i := range bots {
		wg.Go(func() {
			for n := range frames {
				if err := b.Publish(t.Context(), fmt.Sprintf("bot%d", i), frame("r", n, "x")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	next := map[string]int{}
	for range bots * frames {
		d := r.next(t)
		if d.Frame.First != next[d.Bot] {
			t.Fatalf("%s: frame %d came, %d was due", d.Bot, d.Frame.First, next[d.Bot])
		}
		next[d.Bot]++
	}
	wg.Wait()
}

func TestAFullBotIsToldSoAndNobodyElseNotices(t *testing.T) {
	b := open(t, bus.Options{SyncInterval: time.Minute})
	for i := range bus.MaxUnread {
		publish(t, b, "tides", frame("r", i, "x"))
	}
	if err := b.Publish(t.Context(), "tides", frame("r", 999, "x")); !errors.Is(err, runner.ErrFull) {
		t.Fatalf("one too many: err = %v", err)
	}
	publish(t, b, "news", frame("r", 1, "fine"))
	// What tides has unaccepted does not stand before news either.
	r := receive(t, b)
	var first runner.Delivery
	for i := range bus.MaxUnread + 1 {
		d := r.next(t)
		if i == 0 {
			first = d
		}
		if d.Bot == "news" && i != bus.MaxUnread {
			t.Error("news came out of order")
		}
	}
	if err := first.Accept(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "accepting one frame makes room for one", func() bool {
		return b.Publish(t.Context(), "tides", frame("r", 999, "x")) == nil
	})
}

// eventually tries until it is so, without a sleep of its own choosing.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); {
		if time.Now().After(end) {
			t.Fatal("not so in 20 s: ", what)
		}
	}
}

func TestPublishKeepsToItsContext(t *testing.T) {
	b := open(t, bus.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Publish(ctx, "tides", frame("r", 1, "x")); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestReceiveEndsWithItsContextAndWithTheBus(t *testing.T) {
	b := open(t, bus.Options{})
	r := receive(t, b)
	r.stop()
	if err := <-r.done; !errors.Is(err, context.Canceled) {
		t.Errorf("after its context: %v", err)
	}
	r = receive(t, b)
	publish(t, b, "tides", frame("r", 1, "x"))
	r.next(t)
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := <-r.done; !errors.Is(err, context.Canceled) {
		t.Errorf("after the bus: %v", err)
	}
}

func TestASecondReceiveEndsTheFirst(t *testing.T) {
	b := open(t, bus.Options{})
	one := receive(t, b)
	publish(t, b, "tides", frame("r", 1, "x"))
	one.next(t)
	two := receive(t, b)
	if err := <-one.done; err == nil || !strings.Contains(err.Error(), "taken over") {
		t.Errorf("the first: %v", err)
	}
	if d := two.next(t); d.Frame.First != 1 {
		t.Errorf("the second: %s", text(d.Frame))
	}
}

func TestWhatWasNotAcceptedComesAgainAfterARestart(t *testing.T) {
	dir := t.TempDir()
	b := open(t, bus.Options{Dir: dir})
	for i := range 4 {
		publish(t, b, "tides", frame("r", i, "x"))
	}
	r := receive(t, b)
	var seqs []uint64
	for i := range 4 {
		d := r.next(t)
		seqs = append(seqs, d.Seq)
		if i == 1 {
			if err := d.Accept(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, bus.Options{Dir: dir})
	publish(t, again, "tides", frame("r", 9, "x"))
	r = receive(t, again)
	for _, want := range []struct {
		first int
		seq   uint64
	}{{0, seqs[0]}, {2, seqs[2]}, {3, seqs[3]}, {9, seqs[3] + 1}} {
		if d := r.next(t); d.Frame.First != want.first || d.Seq != want.seq {
			t.Errorf("came %d as %d, want %d as %d", d.Frame.First, d.Seq, want.first, want.seq)
		}
	}
}

// TestP5AcknowledgedFramesSurviveAKill publishes from a process that is killed with
// SIGKILL at the instant it has said what was acknowledged.
func TestP5AcknowledgedFramesSurviveAKill(t *testing.T) {
	dir := t.TempDir()
	acked := runPublisherAndKill(t, dir, 200)
	b := open(t, bus.Options{Dir: dir})
	r := receive(t, b)
	for i := range acked {
		if d := r.next(t); d.Frame.First != i {
			t.Fatalf("frame %d came, %d was acknowledged and due", d.Frame.First, i)
		}
	}
}

func publishAndSay(dir string) {
	b, err := bus.Open(context.Background(), bus.Options{Dir: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for i := range 1 << 20 {
		// More bots than one, so that no quota ends it.
		if err := b.Publish(context.Background(), fmt.Sprintf("bot%d", i/100), frame("r", i, "x")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_ = binary.Write(os.Stdout, binary.BigEndian, uint32(i))
	}
}

func TestP7EventsAreNotStored(t *testing.T) {
	const canary = "canary-of-a-direct-message"
	dir := t.TempDir()
	var logged strings.Builder
	var mu sync.Mutex
	b := open(t, bus.Options{Dir: dir, Listen: "127.0.0.1:0", Logf: func(f string, v ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(&logged, f+"\n", v...)
	}})
	nc := connect(t, b, "tides", nil)
	sub, err := nc.SubscribeSync("heed.v1.event.tides")
	must(t, err)
	must(t, nc.Flush())
	publish(t, b, "tides", frame("r", 1, "an intent is stored"))
	b.Tell("tides", []byte(canary))
	b.Tell("ti.des", []byte(canary))
	b.Tell("tides", []byte(canary+strings.Repeat("x", 2<<20)))
	m, err := sub.NextMsg(10 * time.Second)
	must(t, err)
	if string(m.Data) != canary {
		t.Errorf("came %q", m.Data)
	}
	must(t, b.Close())
	found := map[string]bool{}
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, s := range []string{canary, "an intent is stored"} {
			found[s] = found[s] || strings.Contains(string(data), s)
		}
		return err
	}))
	if found[canary] || strings.Contains(logged.String(), canary) {
		t.Error("the event was written down")
	}
	if !found["an intent is stored"] {
		t.Error("the search finds not even what is stored: it proves nothing")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
