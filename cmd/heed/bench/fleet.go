package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// fleetCases are ways in which a bot's script can be asleep.
var fleetCases = []struct{ says, runs string }{
	{"asleep", `cron = "0 0 1 1 *"`},
	{"sleeping scripts", `run = "service"`},
}

// fleet measures heed with a thousand bots that do nothing, as a process of its own
// beside a stand-in for X; its start; and how long a stop takes to recall what waits.
func fleet(ctx context.Context, o Options) (all []Figure, err error) {
	if all, err = cold(ctx, o); err != nil {
		return nil, err
	}
	n := o.of(1000, 4)
	s, err := openStand(ctx, n)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for i, c := range fleetCases {
		o.say("%d bots, %s", n, c.says)
		got, err := fleetIdle(ctx, o, s, fmt.Sprint("fleet", i), n, c.runs)
		if err != nil {
			return nil, fmt.Errorf("%d bots, %s: %w", n, c.says, err)
		}
		for _, f := range got {
			f.Case = fmt.Sprintf("%d bots, %s", n, c.says)
			all = append(all, f)
		}
	}
	got, err := recall(ctx, o)
	return append(all, got...), err
}

// fleetIdle starts a fleet, lets it settle, and looks at what it takes while it idles
// for a whole round of polling.
func fleetIdle(ctx context.Context, o Options, s *stand, name string, n int, runs string) (_ []Figure, err error) {
	dir := filepath.Join(o.Dir, name)
	env, err := s.house(dir, n, runs)
	if err != nil {
		return nil, err
	}
	p, err := startProcess(ctx, o.Heed, dir, env)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.end(), os.RemoveAll(dir)) }()
	ready, err := p.awaitReady(ctx)
	if err != nil {
		return nil, err
	}
	began, err := p.footprint()
	if err == nil {
		err = settled(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	before, err := p.footprint()
	if err != nil {
		return nil, err
	}
	span := time.Duration(min(1, o.Scale) * float64(time.Minute))
	if err := rest(ctx, span); err != nil {
		return nil, err
	}
	after, err := p.footprint()
	if err != nil {
		return nil, err
	}
	f := func(name string, value float64, unit string) Figure {
		return Figure{Bench: "fleet", Name: name, Value: value, Unit: unit}
	}
	return []Figure{
		f("ready", ready.Seconds(), "s").atMost(1),
		f("processor until ready", began.cpu.Seconds(), "s"),
		f("memory without the scripts", after.rss, "MiB").atMost(100),
		f("memory at its highest", after.peak, "MiB"),
		f("idle, of a core", 100*(after.cpu-before.cpu).Seconds()/span.Seconds(), "%").atMost(1),
		f("threads", float64(after.threads), "threads"),
	}, nil
}

// settled waits until a process that has started takes little: a second with less than a
// tenth of a core.
func settled(ctx context.Context, p *process) error {
	for range 180 {
		before, err := p.footprint()
		if err == nil {
			err = rest(ctx, time.Second)
		}
		if err != nil {
			return err
		}
		after, err := p.footprint()
		if err != nil || after.cpu-before.cpu < 100*time.Millisecond {
			return err
		}
	}
	return errors.New("heed is still busy with its start after three minutes")
}

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// cold measures the program itself: its size, and how soon it answers.
func cold(ctx context.Context, o Options) (all []Figure, err error) {
	info, err := os.Stat(o.Heed)
	if err != nil {
		return nil, err
	}
	var version []float64
	for range o.of(20, 3) {
		began := time.Now()
		if out, err := exec.CommandContext(ctx, o.Heed, "version").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("heed version: %w: %s", err, out)
		}
		version = append(version, time.Since(began).Seconds()*1000)
	}
	s, err := openStand(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	var one []float64
	for i := range o.of(10, 1) {
		dir := filepath.Join(o.Dir, fmt.Sprint("one", i))
		ready, err := startOne(ctx, o, s, dir)
		if err != nil {
			return nil, fmt.Errorf("one bot: %w", err)
		}
		one = append(one, ready.Seconds()*1000)
	}
	return []Figure{
		{Bench: "fleet", Case: "the program", Name: "size", Value: float64(info.Size()) / (1 << 20), Unit: "MiB"},
		{Bench: "fleet", Case: "the program", Name: "heed version", Value: median(version), Unit: "ms"},
		{Bench: "fleet", Case: "one bot", Name: "ready", Value: median(one), Unit: "ms"},
	}, nil
}

func startOne(ctx context.Context, o Options, s *stand, dir string) (ready time.Duration, err error) {
	env, err := s.house(dir, 1, fleetCases[0].runs)
	if err != nil {
		return 0, err
	}
	p, err := startProcess(ctx, o.Heed, dir, env)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.end(), os.RemoveAll(dir)) }()
	return p.awaitReady(ctx)
}
