package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/cmd/heed/table"
	"heed/config"
	"heed/guards"
	"heed/runner"
)

func (a *app) logCmd() *cobra.Command {
	g := logbook{app: a}
	cmd := &cobra.Command{
		Use:   "log",
		Short: "Show what happened, newest last",
		Example: "  heed log -f --bot quakes --kind verdict,outcome\n" +
			"  heed log --verdict deny,hold --since 24h\n" +
			"  heed log -f --rule C4 --json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := g.sift.ready(time.Now()); err != nil {
				return err
			}
			if g.lines < 0 {
				return usage("--lines: %d; must be 0 or more", g.lines)
			}
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return a.desk(func(cfg *config.Config, desk runner.Desk) error {
				if err := g.sift.wantBots(ctx, cfg, desk); err != nil {
					return orderly(ctx, err)
				}
				g.whole = cmd.Flags().Changed("since") && !cmd.Flags().Changed("lines")
				return orderly(ctx, g.show(ctx, desk))
			})
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&g.follow, "follow", "f", false, "go on as more happens, until ctrl-C")
	f.IntVarP(&g.lines, "lines", "n", 40, "how many of the newest; with --since all, unless this is said")
	f.StringSliceVarP(&g.sift.bots, "bot", "b", nil, "of these bots only")
	f.StringSliceVar(&g.sift.kinds, "kind", nil, "of these kinds only: "+strings.Join(recordKinds(), ", "))
	f.StringSliceVar(&g.sift.verdicts, "verdict", nil, "only verdicts that say one of: "+strings.Join(guards.EffectNames(), ", "))
	f.StringVar(&g.sift.guard, "guard", "", "only what this guard said: its name, or a whole code such as duplicate.same")
	f.StringVar(&g.sift.rule, "rule", "", "only what cites this rule, such as C4 (heed rules lists them)")
	f.DurationVar(&g.sift.ago, "since", 0, "of so long back only, such as 90m or 24h (default: all)")
	cmd.MarkFlagsMutuallyExclusive("kind", "verdict")
	return cmd
}

// logbook is one reading of the record.
type logbook struct {
	*app
	sift   sift
	lines  int
	whole  bool // all since the time, not the newest lines alone
	follow bool
}

// logBatch is how many records are read at once.
const logBatch = 1000

// show tells what there is, oldest first, and then what comes.
func (g *logbook) show(ctx context.Context, desk runner.Desk) error {
	newest, err := desk.Log(ctx, runner.LogQuery{Limit: 1})
	if err != nil {
		return err
	}
	var after int64
	if len(newest.Records) > 0 {
		after = newest.Records[0].N
	}
	if g.whole {
		after, err = before(ctx, desk, g.sift.from)
	} else {
		err = g.last(ctx, desk, after)
	}
	if err != nil || !g.whole && !g.follow {
		return err
	}
	for {
		changed := desk.Changed()
		records, err := desk.Records(ctx, runner.RecordQuery{After: after, Limit: logBatch})
		if err != nil {
			return err
		}
		for _, r := range records {
			if after = r.N; g.sift.wants(r) {
				g.record(g.out, r)
			}
		}
		if len(records) > 0 {
			continue
		}
		if !g.follow {
			return nil
		}
		select {
		case <-changed:
		case <-time.After(time.Second): // a note wakes nobody
		case <-ctx.Done():
			return nil
		}
	}
}

// last tells the newest lines up to a number. It looks back page by page, no further
// than the lines or the time ask for.
func (g *logbook) last(ctx context.Context, desk runner.Desk, upTo int64) error {
	var found []runner.Record // newest first
	q := g.sift.q
	for q.Before = upTo + 1; q.Before > 0 && len(found) < g.lines; {
		q.Limit = min(logBatch, g.lines-len(found))
		p, err := desk.Log(ctx, q)
		if err != nil {
			return err
		}
		for _, r := range p.Records {
			if g.sift.wants(r) {
				found = append(found, r)
			}
		}
		q.Before = p.Older
		if g.sift.from.IsZero() || p.Older == 0 {
			continue
		}
		edge, err := desk.Log(ctx, runner.LogQuery{Before: p.Older, Limit: 1})
		if err != nil {
			return err
		}
		if len(edge.Records) == 0 || edge.Records[0].At.Before(g.sift.from) {
			break
		}
	}
	for i := len(found) - 1; i >= 0; i-- {
		g.record(g.out, found[i])
	}
	return nil
}

// before is the number of the newest record that is older than a time, 0 when there is
// none. What it costs grows with what is newer, not with what is older.
func before(ctx context.Context, desk runner.Desk, t time.Time) (int64, error) {
	for q := (runner.LogQuery{Limit: logBatch}); ; {
		p, err := desk.Log(ctx, q)
		if err != nil {
			return 0, err
		}
		for _, r := range p.Records {
			if r.At.Before(t) {
				return r.N, nil
			}
		}
		if q.Before = p.Older; q.Before == 0 {
			return 0, nil
		}
	}
}

func (a *app) record(w io.Writer, r runner.Record) {
	if a.json {
		_ = json.NewEncoder(w).Encode(r)
		return
	}
	fmt.Fprintln(w, recordText(r, a.screen))
}

// recordText is one plain prefixed line. What scripts and people chose is made safe to show.
func recordText(r runner.Record, s table.Screen) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %-9s %-8s", r.At.Local().Format("15:04:05"), orDash(r.Bot), r.Kind)
	if r.State != "" {
		b.WriteString(" " + s.Paint(fmt.Sprintf("%-8s", strings.ToUpper(string(r.State)))))
	}
	begin := b.String()
	b.Reset()
	for _, s := range []string{string(r.Action), r.Key, r.Code} {
		if s != "" {
			b.WriteString(" " + s)
		}
	}
	if r.User != "" {
		b.WriteString(" user " + string(r.User))
	}
	if r.Message != "" {
		b.WriteString(": " + r.Message)
	} else if r.Erased {
		b.WriteString(": (what it said is erased)")
	}
	if r.PostID != "" && r.Kind == runner.RecOutcome {
		b.WriteString(" -> " + string(r.PostID))
	}
	if len(r.Rules) > 0 {
		b.WriteString(" [" + strings.Join(r.Rules, " ") + "]")
	}
	if r.Remedy != "" && r.State != runner.Deferred {
		b.WriteString("; to change it: " + r.Remedy)
	}
	return begin + table.Clean(b.String())
}

func orDash(s string) string {
	if s == "" {
		return "heed"
	}
	return s
}
