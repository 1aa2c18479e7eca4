package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

const (
	stopBots = 256
	stopsAt  = 16 // people at a time
	toEach   = 4  // bots that write to a person
)

// optOut measures how soon a stop binds while every bot's road is full, from when it is
// handed to heed until it is on the disk; and that nobody is written to after it.
func optOut(ctx context.Context, o Options) (_ []Figure, err error) {
	h, err := openStops(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	n := o.of(800, 4)
	o.say("%d people say stop", n)
	if err := h.invite(ctx, n); err != nil {
		return nil, err
	}
	load, stop := context.WithCancel(ctx)
	defer stop()
	var loading sync.WaitGroup
	loading.Go(func() { h.saturate(load) })
	var bare []float64
	loading.Go(func() { bare = bareSyncs(load, filepath.Join(o.Dir, "bare")) })
	defer loading.Wait()
	defer stop()

	people := make(chan int)
	errs := make(chan error, stopsAt)
	for range stopsAt {
		go func() {
			var err error
			for i := range people {
				if e := h.person(ctx, i); err == nil {
					err = e
				}
			}
			errs <- err
		}()
	}
	began, judged := time.Now(), h.meter.judged.Load()
	for i := range n {
		people <- i
	}
	close(people)
	for range stopsAt {
		err = errors.Join(err, <-errs)
	}
	rate := float64(h.meter.judged.Load()-judged) / time.Since(began).Seconds()
	if err != nil {
		return nil, err
	}
	stop()
	loading.Wait()
	late, recalled, err := h.lateActs(ctx)
	if err != nil {
		return nil, err
	}
	kind := fmt.Sprintf("%d bots, their roads full", stopBots)
	figures := []Figure{
		{Bench: "optout", Case: kind, Name: "verdicts meanwhile", Value: rate, Unit: "verdicts/s"},
		{Bench: "optout", Case: kind, Name: "intents recalled", Value: float64(recalled), Unit: "intents"},
		Figure{Bench: "optout", Case: kind, Name: "acts claimed after their person's stop", Value: float64(late), Unit: "acts"}.atMost(0),
	}
	for _, of := range []struct {
		what string
		took []float64
	}{{"a bare write and sync beside it", bare}, {"polled", h.meter.took("polled")}, {"pushed", h.meter.took("pushed")}} {
		if len(of.took) == 0 {
			return nil, fmt.Errorf("%s: nothing was measured", of.what)
		}
		p50 := Figure{Bench: "optout", Case: kind, Name: of.what + ", p50", Value: percentile(of.took, 50), Unit: "ms"}
		p99 := Figure{Bench: "optout", Case: kind, Name: of.what + ", p99", Value: percentile(of.took, 99), Unit: "ms"}
		if of.what != "a bare write and sync beside it" {
			p99 = p99.atMost(50)
		}
		figures = append(figures, p50, p99)
	}
	return figures, nil
}

// invite has people write to some bots each, so that these may answer.
func (h *stopHouse) invite(ctx context.Context, n int) error {
	var all sync.WaitGroup
	errs := make([]error, 64)
	for from := range errs {
		all.Go(func() {
			for x := from; x < n*toEach && errs[from] == nil; x += len(errs) {
				_, errs[from] = h.ledger.Hear(ctx, runner.Heard{Behaviour: "b", Invitation: guards.Invitation{Event: fmt.Sprint("dm:", x),
					Kind: guards.ByDM, Bot: stopBot(x), From: stopPerson(x / toEach), At: time.Now(), Summons: true}})
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// bareSyncs are the milliseconds that a small write took until it was on the disk, again
// and again until ctx ends: what the machine itself can do under this load.
func bareSyncs(ctx context.Context, path string) (all []float64) {
	f, err := os.Create(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	for rest(ctx, 20*time.Millisecond) == nil {
		began := time.Now()
		if _, err := f.WriteAt(make([]byte, 4096), 0); err != nil || f.Sync() != nil {
			return nil
		}
		all = append(all, time.Since(began).Seconds()*1000)
	}
	return all
}

// person is written to by some bots, and says stop while a part of it waits.
func (h *stopHouse) person(ctx context.Context, i int) error {
	who, first := stopPerson(i), i*toEach
	for k := range toEach {
		bot := stopBot(first + k)
		in := bots.Intent{Action: bots.DM, Text: unlike(5_000_000 + first + k), Target: bots.Target{UserID: who}, Key: personKey(who, k)}
		if err := h.publish(ctx, bot, in); err != nil {
			return err
		}
	}
	if err := rest(ctx, time.Duration(i%8)*100*time.Millisecond); err != nil {
		return err
	}
	way := "polled"
	if i%2 == 1 {
		way = "pushed"
	}
	return h.hear(ctx, way, first, who, fmt.Sprintf("dm:%d-stop", i), "STOP")
}

func stopPerson(i int) bots.UserID { return bots.UserID(fmt.Sprint(1_000_000 + i)) }

func personKey(who bots.UserID, k int) string { return fmt.Sprintf("to-%s-%d", who, k) }

// hear lets heed hear somebody in one of two ways, and returns when that is written down.
func (h *stopHouse) hear(ctx context.Context, way string, bot int, who bots.UserID, event, text string) error {
	s := runner.Said{Text: text, Invitation: guards.Invitation{Event: event, Kind: guards.ByDM, Bot: stopBot(bot), From: who,
		At: time.Now(), Summons: true}}
	done := h.meter.expect(event, way)
	if way == "polled" {
		h.x.put(s)
	} else {
		h.x.pushes <- runner.Push{Bot: s.Bot, Event: event, At: s.At, Said: &s}
	}
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	select {
	case <-done:
		return nil
	case <-late.C:
		return fmt.Errorf("%s of user %s was not heard within a minute; %s", event, who, h.meter.why())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// saturate keeps every bot's road full: posts that are done as far as X's limits go, and
// then such as are refused after a look at all that is known.
func (h *stopHouse) saturate(ctx context.Context) {
	const posts, frame, waiting = 8000, 16, 32 * stopBots
	for n := 0; ctx.Err() == nil; {
		for h.meter.published.Load()-h.meter.judged.Load() > waiting && ctx.Err() == nil {
			_ = rest(ctx, time.Millisecond)
		}
		var some []bots.Intent
		for range frame {
			some = append(some, bots.Intent{Action: bots.Post, Text: unlike(n % posts), Key: fmt.Sprint("post-", n)})
			n++
		}
		if err := h.publish(ctx, stopBot(n/frame), some...); err != nil && !errors.Is(err, runner.ErrFull) && ctx.Err() == nil {
			h.meter.fault(runner.Record{Code: "publish", Message: err.Error()})
		}
	}
}

func (h *stopHouse) publish(ctx context.Context, bot string, all ...bots.Intent) error {
	f := runner.Frame{Run: "bench:" + all[0].Key, First: 1}
	for _, in := range all {
		in.V, in.Type = 1, "intent"
		line, err := in.Encode()
		if err != nil {
			return err
		}
		f.Lines = append(f.Lines, line)
	}
	err := h.bus.Publish(ctx, bot, f)
	if err == nil {
		h.meter.published.Add(int64(len(all)))
	}
	return err
}

// lateActs reads the record in its order: acts whose claim stands behind their person's
// stop, and intents that stops recalled.
func (h *stopHouse) lateActs(ctx context.Context) (late, recalled int, err error) {
	out := map[string]bool{}
	q := runner.RecordQuery{Limit: 5000}
	for {
		page, err := h.ledger.Records(ctx, q)
		if err != nil {
			return 0, 0, err
		}
		for _, r := range page {
			q.After = r.N
			who, isTo := strings.CutPrefix(r.Key, "to-")
			who, _, _ = strings.Cut(who, "-")
			switch {
			case r.Kind == runner.RecPerson && r.Code == "person.opt_out":
				out[string(r.User)] = true
			case isTo && r.State == runner.Doing && out[who]:
				late++
			case isTo && r.State == runner.Cancelled:
				recalled++
			}
		}
		if len(page) < q.Limit {
			break
		}
	}
	if len(out) == 0 {
		return 0, 0, errors.New("no stop is on record")
	}
	return late, recalled, nil
}
