package ledgertest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// judged are the keys that Judged gives.
func (b *bench) judged(since time.Time) (keys []string) {
	b.Helper()
	b.must(b.Desk.Judged(b.ctx(), since, func(c runner.Case) error {
		if c.Verdict == nil || c.Facts == nil || bots.Hash(c.Stored) != c.Hash || c.Intent.Key != c.Key || !c.Facts.Now.Equal(c.Verdict.At) {
			b.Fatalf("not whole: %+v", c)
		}
		keys = append(keys, c.Key)
		return nil
	}))
	return keys
}

var _ = add("Judged gives what can be judged again, oldest first", func(b *bench) {
	b.enter("tides", "deferred", post("a"), t0)
	b.decide(bot("tides"), always(guards.Deferred("t.d", "d", "", at(time.Hour))), t0)
	b.did(bot("tides"), "done", post("b"), at(time.Minute))
	b.enter("waves", "denied", post("c"), at(2*time.Minute))
	b.decide(bot("waves"), always(guards.Denied("t.no", "no", "")), at(2*time.Minute))
	b.did(bot("tides"), "message", dm("42", "wiped with its end"), at(3*time.Minute))
	b.enter("waves", "held message", dm("42", "still needed"), at(4*time.Minute))
	b.decide(bot("waves"), always(guards.Held("t.h", "h", "")), at(4*time.Minute))
	b.enter("waves", "waiting", post("d"), at(5*time.Minute))
	if _, err := b.Enter(b.ctx(), []runner.Entry{{Bot: "tides", At: t0, Refusal: "no JSON", Key: "run:1"}}); err != nil {
		b.Fatal(err)
	}
	b.restart()
	if keys := b.judged(at(-time.Second)); !slices.Equal(keys, []string{"deferred", "done", "denied", "held message"}) {
		b.Fatalf("judged %v", keys)
	}
	if keys := b.judged(at(time.Minute)); !slices.Equal(keys, []string{"denied", "held message"}) {
		b.Fatalf("after a minute %v", keys)
	}
	b.decide(bot("tides"), allow(), at(time.Hour)) // judged again: the latest verdict counts
	if keys := b.judged(at(-time.Second)); !slices.Equal(keys, []string{"done", "denied", "held message", "deferred"}) {
		b.Fatalf("judged %v", keys)
	}
})

var _ = add("Judged streams many, lets each use the ledger, and ends with its error", func(b *bench) {
	var want []string
	for i := range 200 {
		key := fmt.Sprintf("k%03d", i)
		want = append(want, key)
		b.did(bot("tides"), key, post("text "+key), at(time.Duration(i/7)*time.Second)) // many at one instant
	}
	if keys := b.judged(at(-time.Second)); !slices.Equal(keys, want) {
		b.Fatalf("judged %v", keys)
	}
	enough, n := errors.New("enough"), 0
	err := b.Desk.Judged(b.ctx(), at(-time.Second), func(c runner.Case) error {
		if n++; n == 100 {
			return enough
		}
		if _, err := b.Desk.Case(b.ctx(), runner.Ref{ID: c.ID}); err != nil {
			return err
		}
		b.did(bot("waves"), "meanwhile "+c.Key, post("more "+c.Key), at(time.Hour))
		return nil
	})
	if !errors.Is(err, enough) || n != 100 {
		b.Fatalf("%d cases, %v", n, err)
	}
})
