package main

import (
	"context"
	"os"
	"sync"
	"time"

	"heed/config"
	"heed/guards"
	"heed/runner"
	"heed/runner/web"
)

// webHouse is what the dashboard shows of this daemon.
func (d *daemon) webHouse() *web.House {
	return &web.House{
		Name: d.settings().Operator.Name, Version: version, Desk: d.ledger,
		Bots:     func() []runner.Charge { return chargesOf(d.settings()) },
		Status:   d.runner.Status,
		Signs:    cached(signsFor, d.signs),
		Settings: func(bot string) []web.Setting { return settingsOf(d.settings(), bot) },
		Facts:    factsText,
		Beats:    d.meter.Beats,
		Fresh:    func() time.Duration { return freshness(d.settings()) },
	}
}

// signsFor is how long what the doctor found is shown again: a page that is looked at asks
// often, and each look knocks at doors.
const signsFor = 5 * time.Second

// cached gives again what was looked for less than so long ago.
func cached(long time.Duration, look func(context.Context) []web.Sign) func(context.Context) []web.Sign {
	var mu sync.Mutex
	var at time.Time
	var last []web.Sign
	return func(ctx context.Context) []web.Sign {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); last == nil || now.Sub(at) >= long {
			at, last = now, look(ctx)
		}
		return last
	}
}

// signs are what the doctor finds from inside the daemon, and what only it knows. X is
// not asked.
func (d *daemon) signs(ctx context.Context) (out []web.Sign) {
	doc := &doctor{cfg: d.settings(), now: time.Now(), desk: d.ledger, running: true}
	doc.all(ctx)
	if err := d.bus.Health(ctx); err != nil {
		doc.note(bad, "nats", "make room where NATS keeps its files, and see heed's log", "%v", err)
	} else {
		doc.note(good, "nats", "", "the road takes what bots say")
	}
	if info, err := os.Stat(doc.cfg.Ledger.Path); err == nil {
		doc.note(good, "ledger", "", "its file has %d MiB, at %s", (info.Size()+1<<20-1)>>20, doc.cfg.Ledger.Path)
	} else {
		doc.failed("ledger", err)
	}
	for _, s := range doc.signs {
		out = append(out, web.Sign(s))
	}
	return out
}

// settingsOf are the settings of a bot's guards, in the order of the guards.
func settingsOf(cfg *config.Config, bot string) (out []web.Setting) {
	for _, b := range cfg.Bots {
		if b.Name != bot {
			continue
		}
		for _, st := range b.Pipeline.Stations {
			mode := st.Mode
			if mode == "" || st.Rule.Firm {
				mode = guards.Enforce
			}
			row := web.Setting{Guard: st.Rule.Name, Mode: string(mode), Place: st.Place}
			all := config.Settings(st.Guard)
			for _, s := range all {
				row.Key, row.Value = s.Key, s.Value
				out = append(out, row)
			}
			if len(all) == 0 {
				out = append(out, row)
			}
		}
	}
	return out
}
