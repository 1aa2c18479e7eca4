package ledger

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"heed/guards/likeness"
)

// What ended is found by the index of texts that are kept, what has not by its state:
// neither walks what was swept. Bare signs keep SQLite from taking the other index.
var (
	keptTexts = sql(`SELECT seq, coalesce(claimed_at, entered_at) FROM intents
		WHERE ended_at > ? AND ended_at IS NOT NULL AND stored IS NOT NULL AND +state = 'done'
		AND refusal IS NULL AND action IN ('post', 'reply', 'quote', 'dm') AND entered_at > ?`)
	openTexts = sql(`SELECT seq, coalesce(claimed_at, entered_at) FROM intents
		WHERE state IN ('waiting', 'deferred', 'held', 'doing', 'unknown') AND stored IS NOT NULL
		AND refusal IS NULL AND action IN ('post', 'reply', 'quote', 'dm') AND entered_at > ?`)
)

// textsAtOnce is how many intents are in memory while their texts are read.
const textsAtOnce = 1024

// readTexts reads the texts and pictures of intents entered since a moment that count in
// comparisons, in the order they were acted on, so that a restart gives the same answers.
func readTexts(c *conn, since time.Time) (*texts, error) {
	type entry struct{ seq, at int64 }
	var all []entry
	scan := func(r *row) { all = append(all, entry{r.num(), r.num()}) }
	if err := c.each(keptTexts, scan, since.Add(-clockSkew), since); err != nil {
		return nil, err
	}
	if err := c.each(openTexts, scan, since); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	x := newTexts()
	for chunk := range slices.Chunk(all, textsAtOnce) {
		its := make([]*intent, 0, len(chunk))
		for _, e := range chunk {
			it, err := loadIntent(c, e.seq)
			if err != nil {
				return nil, err
			}
			its = append(its, it)
		}
		if err := x.fileAll(its); err != nil {
			return nil, err
		}
	}
	var err error
	if x.looks, err = readLooks(c, since); err != nil {
		return nil, err
	}
	x.loaded = true
	return x, nil
}

// fileAll files intents in their order. Making texts ready takes most of the time, and
// is done on all processors.
func (x *texts) fileAll(its []*intent) error {
	sketches := make([]likeness.Sketch, len(its))
	has := make([]bool, len(its))
	var all sync.WaitGroup
	most := runtime.GOMAXPROCS(0)
	for w := range most {
		all.Go(func() {
			for i := w; i < len(its); i += most {
				if in, err := its[i].decode(); err == nil { // what cannot be read cannot be compared
					sketches[i], has[i] = sketch(in)
				}
			}
		})
	}
	all.Wait()
	for i, it := range its {
		p, counts := poolOf(it)
		if !counts || !has[i] {
			continue
		}
		if err := x.put(it.seq, sketches[i], aText{bot: it.bot, at: placedAt(it).UnixMilli(), in: p, dry: it.dry}); err != nil {
			return err
		}
	}
	return nil
}

// loadTexts reads the texts beside the writer, so that a STOP need not wait for that. What
// is changed meanwhile is looked at again: intents with a new record, and those that the
// writer put or dropped. Where it fails, the first turn reads them.
func (l *Ledger) loadTexts(ctx context.Context, now time.Time) error {
	loaded := false
	err := l.write(ctx, func(t *tx) error {
		loaded = t.l.texts.loaded
		t.l.texts.awaited = !loaded
		return nil
	})
	if err != nil || loaded {
		return err
	}
	x, upTo, err := l.readBeside(ctx, now)
	if err != nil {
		return err
	}
	return l.takeTexts(ctx, x, upTo, now)
}

// readBeside reads the texts as they are in one state of the file, and up to which record
// that is.
func (l *Ledger) readBeside(ctx context.Context, now time.Time) (x *texts, upTo int64, err error) {
	err = l.read(ctx, func(c *conn) error {
		if _, err := c.first(newestRecord, func(r *row) { upTo = r.num() }); err != nil {
			return err
		}
		x, err = readTexts(c, now.Add(-l.o.Retention))
		return err
	})
	return x, upTo, err
}

// takeTexts makes what was read beside the writer the writer's own.
func (l *Ledger) takeTexts(ctx context.Context, x *texts, upTo int64, now time.Time) error {
	return l.write(ctx, func(t *tx) error {
		if t.l.texts.loaded {
			return nil
		}
		for more := true; more; {
			more = false
			err := t.each(recordedSince, func(r *row) {
				more = true
				upTo = r.num()
				if seq := r.num(); seq != 0 {
					x.stale = append(x.stale, seq)
				}
			}, upTo)
			if err != nil {
				return err
			}
		}
		x.stale = append(x.stale, t.l.texts.stale...)
		t.l.texts, t.loadedTexts = x, true
		return t.ensureTexts(now)
	})
}
