package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"heed/cmd/heed/table"
	"heed/config"
	"heed/runner"
)

func (a *app) logCmd() *cobra.Command {
	var follow bool
	var q runner.RecordQuery
	var kinds []string
	cmd := &cobra.Command{
		Use:     "log",
		Short:   "Show what happened, newest last",
		Example: "  heed log -f --bot quakes --kind verdict,outcome",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, k := range kinds {
				q.Kinds = append(q.Kinds, runner.RecordKind(k))
			}
			q.Last = true
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return a.desk(func(_ *config.Config, desk runner.Desk) error {
				for {
					changed := desk.Changed()
					records, err := desk.Records(ctx, q)
					if err != nil {
						return err
					}
					for _, r := range records {
						a.record(a.out, r)
						q.After = r.N
					}
					if !follow {
						return nil
					}
					if q.Last = false; len(records) > 0 {
						continue
					}
					select {
					case <-changed:
					case <-ctx.Done():
						return nil
					}
				}
			})
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&follow, "follow", "f", false, "go on as more happens")
	f.IntVarP(&q.Limit, "lines", "n", 40, "how many of the newest")
	f.StringVarP(&q.Bot, "bot", "b", "", "of this bot only")
	f.StringSliceVar(&kinds, "kind", nil, "of these kinds only: intent, verdict, outcome, heard, person, halt, audit, notice")
	return cmd
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
