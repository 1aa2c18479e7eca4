package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"heed/config"
	"heed/runner"
	"heed/runner/ledger"
)

func (a *app) doctorCmd() *cobra.Command {
	var local, offline bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything that keeps bots from acting, and say what to do for each",
		Long: "Looks at everything that keeps bots from acting, and says what to do for each. X is asked once\n" +
			"for each bot's own account; with --offline it is not asked. --local is for a health check: it looks\n" +
			"whether heed runs and can write, touches no network, and exits 0 or 1.",
		Example: "  heed doctor\n  heed doctor --offline --json\n  heed doctor --local",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil && local {
				return exit{exitFailed, err}
			}
			if err != nil {
				return err
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return a.tellSigns(a.examine(ctx, cfg, local, offline))
		},
	}
	f := cmd.Flags()
	f.BoolVar(&local, "local", false, "look only whether the daemon runs and can write; for a container's health check")
	f.BoolVar(&offline, "offline", false, "do not ask X for the bots' accounts")
	cmd.MarkFlagsMutuallyExclusive("local", "offline")
	return cmd
}

// sign is one thing the doctor looked at.
type sign struct {
	Level string `json:"level"` // good, warning, bad
	About string `json:"about"`
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"`
}

const (
	good    = "good"
	warning = "warning"
	bad     = "bad"
)

// doctor looks at a house. No check keeps another from being made: what cannot be
// read is a sign of its own.
type doctor struct {
	cfg     *config.Config
	now     time.Time
	desk    runner.Desk // nil: the ledger cannot be opened
	running bool        // a daemon works on the ledger
	ask     asker       // asks X whose account a bot signs with; nil: X is not asked

	signs []sign
}

func (d *doctor) note(level, about, do, format string, args ...any) {
	d.signs = append(d.signs, sign{level, about, fmt.Sprintf(format, args...), do})
}

// failed notes that a check could not be made.
func (d *doctor) failed(about string, err error) {
	if err != nil {
		d.note(bad, about, "put right what stands here, and look again", "cannot be read: %v", err)
	}
}

// examine looks at a house from outside of its daemon.
func (a *app) examine(ctx context.Context, cfg *config.Config, local, offline bool) []sign {
	d := &doctor{cfg: cfg, now: time.Now()}
	running, err := ledger.Locked(cfg.Ledger.Path)
	d.failed("daemon", err)
	d.running = running
	l, err := ledger.Open(cfg.Ledger.Path, ledger.Options{Trust: true, Retention: cfg.Ledger.Retention})
	if err != nil {
		d.note(bad, "ledger", "see docs/backup.md; or name another file in [ledger] path", "cannot be opened: %v", err)
	} else {
		d.desk = l
		defer func() { _ = l.Close() }() // nothing was written
	}
	if local {
		return d.alive(ctx)
	}
	if !offline && !cfg.X.Sandbox() {
		d.ask = a.whose
	}
	return d.all(ctx)
}

// alive is what a health check needs: heed runs, and what it must write to takes it.
func (d *doctor) alive(ctx context.Context) []sign {
	if !d.running {
		d.note(bad, "daemon", "start heed run", "no heed runs on %s", d.cfg.Ledger.Path)
	} else {
		d.note(good, "daemon", "", "heed runs")
	}
	d.ledger(ctx)
	d.disks()
	return d.signs
}

// all is everything. A running daemon asks it of itself, with running set and no asker.
func (d *doctor) all(ctx context.Context) []sign {
	if d.running {
		d.note(good, "daemon", "", "heed runs")
	} else {
		d.note(warning, "daemon", "start heed run", "heed does not run: nothing is done, and no STOP is heard")
	}
	d.settings()
	d.files()
	d.ledger(ctx)
	d.backup()
	d.disks()
	d.clock(ctx)
	d.doors()
	d.events()
	d.signs = append(d.signs, walls()...)
	d.halts(ctx)
	for _, b := range d.cfg.Bots {
		d.bot(ctx, b)
	}
	return d.signs
}

func (a *app) tellSigns(signs []sign) error {
	ill := 0
	for _, s := range signs {
		if s.Level == bad {
			ill++
		}
		if a.json {
			if err := json.NewEncoder(a.out).Encode(s); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.out, "%-8s %-14s %s\n", s.Level, s.About, s.Says)
		if s.Do != "" {
			fmt.Fprintf(a.out, "%-8s %-14s -> %s\n", "", "", s.Do)
		}
	}
	switch {
	case ill == 1:
		return exit{exitFailed, errors.New("1 thing keeps bots from acting")}
	case ill > 1:
		return exit{exitFailed, fmt.Errorf("%d things keep bots from acting", ill)}
	}
	return nil
}
