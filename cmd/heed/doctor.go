package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/config"
	"heed/guards"
	"heed/runner"
)

func (a *app) doctorCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything that keeps bots from acting, and say what to do for each",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.desk(func(cfg *config.Config, desk runner.Desk) error {
				d := &doctor{app: a, now: time.Now()}
				d.house(cfg)
				if err := d.halts(cmd.Context(), desk); err != nil {
					return err
				}
				for _, b := range cfg.Bots {
					if err := d.bot(cmd.Context(), desk, b); err != nil {
						return err
					}
				}
				return d.tell()
			})
		},
	}
}

// sign is one thing the doctor looked at.
type sign struct {
	Level string `json:"level"` // good, warning, bad
	About string `json:"about"`
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"`
}

type doctor struct {
	*app
	now   time.Time
	signs []sign
}

func (d *doctor) note(level, about, do, format string, args ...any) {
	d.signs = append(d.signs, sign{level, about, fmt.Sprintf(format, args...), do})
}

const (
	good    = "good"
	warning = "warning"
	bad     = "bad"
)

// lowDisk is how much room the ledger's disk should have: less may end every write.
const lowDisk = 256 << 20

func (d *doctor) house(cfg *config.Config) {
	for _, w := range cfg.Warnings {
		d.note(warning, "settings", "", "%s", w)
	}
	missing := cfg.Missing(os.LookupEnv)
	for _, p := range missing {
		d.note(bad, "secrets", "", "%s", p)
	}
	if len(missing) == 0 {
		d.note(good, "secrets", "", "every one that the settings name is here")
	}
	if old := oldTables(d.now); old != "" {
		d.note(warning, "tables", "", "%s", old)
	} else {
		d.note(good, "tables", "", "rules as of %s", guards.AsOf.Format(time.DateOnly))
	}
	var fs syscall.Statfs_t
	dir := filepath.Dir(cfg.Ledger.Path)
	if err := syscall.Statfs(dir, &fs); err != nil {
		d.note(bad, "disk", "make the folder, or name another in [ledger] path", "%s: %v", dir, err)
	} else if free := fs.Bavail * uint64(fs.Bsize); free < lowDisk {
		d.note(bad, "disk", "make room: a full disk stops everything", "%d MiB are free at %s", free>>20, dir)
	} else {
		d.note(good, "disk", "", "%d MiB are free at %s", free>>20, dir)
	}
	d.signs = append(d.signs, walls()...)
}

func (d *doctor) halts(ctx context.Context, desk runner.Desk) error {
	halts, err := desk.Halts(ctx, d.now)
	for _, h := range halts {
		do := "heed resume " + h.Scope
		if h.Kind == guards.Latched {
			do = "put it right at X, then heed resume " + h.Scope + " --latch; register no other app or key meanwhile (rule A8)"
		}
		d.note(bad, "halts", strings.ReplaceAll(do, " *", ""), "%s of %s since %s by %s: %s", h.Kind, scopeName(h.Scope), stamp(h.At), h.By, h.Reason)
	}
	return err
}

func (d *doctor) bot(ctx context.Context, desk runner.Desk, b config.Bot) error {
	about := "bots." + b.Name
	p, err := desk.Profile(ctx, b.Name)
	switch {
	case errors.Is(err, runner.ErrNotFound):
		d.note(bad, about, "start heed run, with the account's credentials in place", "its account was never read")
	case err != nil:
		return err
	default:
		d.profile(about, b, p)
	}
	at, err := desk.InboxAt(ctx, b.Name)
	switch {
	case err != nil:
		return err
	case at.IsZero():
		d.note(bad, about, "start heed run", "its inbox was never read whole: nobody is contacted before")
	case d.now.Sub(at) > 15*time.Minute:
		d.note(warning, about, "see that heed run is up, and heed log --kind notice", "its inbox was last read at %s: a STOP may be waiting", stamp(at))
	default:
		d.note(good, about, "", "its inbox was read at %s", stamp(at))
	}
	if b.Owner != bots.OwnedByOther {
		return nil
	}
	g, err := desk.Granted(ctx, b.Name)
	if err != nil && !errors.Is(err, runner.ErrNotFound) {
		return err
	}
	if state := grantState(b.Bot, g, err == nil); state != "in force" {
		d.note(bad, about, "heed grant show "+b.Name+", then heed grant add", "the owner's grant is %s", state)
	}
	return nil
}

// profile judges the account as the guard does, and gives the bio to paste.
func (d *doctor) profile(about string, b config.Bot, p guards.Profile) {
	for _, st := range b.Pipeline.Stations {
		if st.Rule.Name != "disclosure" {
			continue
		}
		f := st.Guard.Judge(bots.Intent{Action: bots.Post, Text: "."}, guards.Facts{Now: d.now, Bot: b.Bot, Profile: p})
		switch {
		case f.Effect == guards.Allow:
			d.note(good, about, "", "its bio says that it is a bot and whose, read at %s", stamp(p.CheckedAt))
		case f.Effect == guards.Defer:
			d.note(warning, about, "start heed run", "%s", f.Because)
		default:
			d.note(bad, about, "set the bio to: "+guards.BioToPaste(b.Bot, p), "%s", f.Because)
		}
	}
	if !p.Automated {
		d.note(warning, about, "at X: Settings, Your account, Automation; link your own account (rule B3)", "it does not carry the Automated label")
	}
	if p.Protected {
		d.note(warning, about, "", "its posts are protected: only followers see them")
	}
}

func (d *doctor) tell() error {
	ill := 0
	for _, s := range d.signs {
		if s.Level == bad {
			ill++
		}
		if d.json {
			if err := json.NewEncoder(d.out).Encode(s); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(d.out, "%-8s %-14s %s\n", s.Level, s.About, s.Says)
		if s.Do != "" {
			fmt.Fprintf(d.out, "%-8s %-14s -> %s\n", "", "", s.Do)
		}
	}
	if ill > 0 {
		return exit{exitFailed, fmt.Errorf("%d things keep bots from acting", ill)}
	}
	return nil
}
