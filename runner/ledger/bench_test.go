package ledger

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// benchNeeds are about what the guards of a real house ask for.
var benchNeeds = guards.Needs{Contacts: true, Cause: true, Same: 720 * time.Hour, Alike: 720 * time.Hour, Profile: true, Lanes: true,
	Windows: []guards.Window{
		{Name: "hour", Actions: []bots.Action{bots.Post}, Span: time.Hour, Limit: 50},
		{Name: "day", Actions: []bots.Action{bots.Post}, Span: 24 * time.Hour, Limit: 2400},
		{Name: "quarter", Actions: []bots.Action{bots.Post, bots.Reply, bots.Quote}, Span: 15 * time.Minute, Limit: 100},
		{Name: "app", Actions: []bots.Action{bots.Post, bots.Reply, bots.Quote}, Span: 24 * time.Hour, Limit: 10000, All: true},
	}}

// BenchmarkWay is the way of one intent: entered, decided, settled, each durable.
// ns/op is the time of one intent; commits/op shows how many calls share a commit.
func BenchmarkWay(b *testing.B) {
	for _, callers := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			l := open(b)
			if _, err := l.Recover(b.Context(), t0); err != nil {
				b.Fatal(err)
			}
			var n atomic.Int64
			work := make(chan struct{}, 4*callers)
			var wg sync.WaitGroup
			for i := range callers {
				wg.Go(func() {
					for range work {
						if err := way(b, l, fmt.Sprint("bot", i), n.Add(1)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			before := l.commits.Load()
			for b.Loop() {
				work <- struct{}{}
			}
			close(work)
			wg.Wait()
			b.ReportMetric(float64(l.commits.Load()-before)/float64(b.N), "commits/op")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "intents/s")
		})
	}
}

func way(b *testing.B, l *Ledger, bot string, n int64) error {
	now := t0.Add(time.Duration(n) * 10 * time.Second) // so that windows hold what a day may hold
	text := fmt.Sprintf("High water at %02d:%02d, %d.%d m over the bar, wind %d, report %d", n%24, n%60, n%9, n%10, n%12, n)
	e := entryOf(b, bot, fmt.Sprint(n), post(text), now)
	e.Intent.ID = fmt.Sprintf("0198f%03x-%04x-7000-8000-%012x", n>>16&0xfff, n&0xffff, uint64(n)*0x9e3779b97f4a7c15&0xffffffffffff)
	var err error
	if e.Stored, err = e.Intent.Encode(); err != nil {
		return err
	}
	if _, err := l.Enter(b.Context(), []runner.Entry{e}); err != nil {
		return err
	}
	who := bots.Bot{Name: bot, Mode: bots.Live, Actions: bots.Actions(), Purpose: "tides"}
	turn, ok, _, err := l.Decide(b.Context(), who, pipeline(benchNeeds), now)
	if err != nil || !ok {
		return fmt.Errorf("no turn: %w", err)
	}
	return l.Settle(b.Context(), runner.Closing{Seq: turn.Seq, At: now, State: runner.Done,
		Answer: runner.Answer{Outcome: runner.Landed, Status: 201, PostID: bots.PostID(fmt.Sprint(1<<60 + n))}})
}

// BenchmarkDurable is what it costs that a commit is on the disk: opt-outs of one
// caller, and of 64 at once, with synchronous FULL and NORMAL in turn.
func BenchmarkDurable(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			var took [2]time.Duration
			ledgers := [2]*Ledger{open(b), open(b)}
			if err := ledgers[1].conn.script(`PRAGMA synchronous = NORMAL`); err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				n++
				for i, l := range ledgers {
					began := time.Now()
					var wg sync.WaitGroup
					for c := range callers {
						wg.Go(func() {
							who := bots.UserID(fmt.Sprint(n*callers + c + 1))
							if _, err := l.OptOut(b.Context(), who, guards.Choice{At: t0, How: "import", Scope: runner.EveryBot, Rule: "bench"}); err != nil {
								b.Error(err)
							}
						})
					}
					wg.Wait()
					took[i] += time.Since(began)
				}
			}
			b.ReportMetric(float64(n*callers)/took[0].Seconds(), "durable/s")
			b.ReportMetric(float64(n*callers)/took[1].Seconds(), "later/s")
			b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "times")
		})
	}
}
