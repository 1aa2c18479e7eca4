package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/config"
	"heed/guards"
	"heed/runner"
)

func (a *app) replayCmd() *cobra.Command {
	var with, bot string
	var since time.Duration
	cmd := &cobra.Command{
		Use:   "replay --with FILE",
		Short: "Judge past intents again under other settings, on the facts as they were; says which verdicts would change",
		Long: "Judges past intents again under other settings, on the facts as they were, and says which verdicts would\n" +
			"change. Nothing is recorded. What was not read then cannot be judged, and is counted apart.",
		Example: "  heed replay --with new.toml --since 168h",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			other, err := config.Load(with)
			if err != nil {
				return exit{exitConfig, err}
			}
			return a.desk(func(_ *config.Config, desk runner.Desk) error {
				w := a.working("replay", "verdicts")
				defer w.end()
				r := replay{app: a, out: w.clear(a.out), bots: map[string]config.Bot{}}
				for _, b := range other.Bots {
					r.bots[b.Name] = b
				}
				err := desk.Judged(cmd.Context(), time.Now().Add(-since), func(c runner.Case) error {
					if bot != "" && c.Bot != bot {
						return nil
					}
					w.add(1)
					return r.again(c)
				})
				w.end()
				if err != nil {
					return err
				}
				return r.sum(with, since)
			})
		},
	}
	cmd.Flags().StringVar(&with, "with", "", "the other heed.toml")
	cmd.Flags().DurationVar(&since, "since", 168*time.Hour, "how far back from now, like 24h")
	cmd.Flags().StringVarP(&bot, "bot", "b", "", "of this bot only")
	_ = cmd.MarkFlagRequired("with")
	return cmd
}

// replay counts what other settings would have said.
type replay struct {
	*app
	out           io.Writer
	bots          map[string]config.Bot
	same, changed int
	untold        map[string]int // why no answer can be given, and how often
}

func (r *replay) cannot(why string) {
	if r.untold == nil {
		r.untold = map[string]int{}
	}
	r.untold[why]++
}

// again judges one case on the facts of its last judgement. What those facts do not
// hold cannot be judged: no answer is better than a made-up one.
func (r *replay) again(c runner.Case) error {
	b, ok := r.bots[c.Bot]
	switch {
	case !ok:
		r.cannot("the other settings have no bot " + c.Bot)
		return nil
	case c.Verdict == nil || c.Facts == nil:
		r.cannot("its facts were not kept")
		return nil
	}
	f := *c.Facts
	account := f.Bot.UserID // learnt from X, and no setting
	f.Bot = b.Bot
	f.Bot.UserID = account
	if lacks := lacking(b.Pipeline.Needs(c.Intent), f); lacks != "" {
		r.cannot(lacks)
		return nil
	}
	v := b.Pipeline.Judge(c.Intent, c.Hash, f)
	if v.Effect == c.Verdict.Effect && v.Code == c.Verdict.Code {
		r.same++
		return nil
	}
	r.changed++
	if r.json {
		return json.NewEncoder(r.out).Encode(map[string]any{"bot": c.Bot, "key": c.Key, "id": c.ID, "at": c.Verdict.At,
			"was": said(*c.Verdict), "would_be": said(v)})
	}
	_, err := fmt.Fprintf(r.out, "%s/%s  %s %s -> %s %s\n  was:      %s\n  would be: %s\n", c.Bot, c.Key,
		c.Verdict.Effect, c.Verdict.Code, v.Effect, v.Code, c.Verdict.Message, v.Message)
	return err
}

func said(v guards.Verdict) map[string]any {
	return map[string]any{"effect": v.Effect, "code": v.Code, "message": v.Message}
}

// lacking says what the guards would have to know that was not read at the time.
func lacking(n guards.Needs, f guards.Facts) string {
	for _, w := range n.Windows {
		if _, counted := f.Used[w.Name]; !counted {
			return w.Name + " was not counted then"
		}
	}
	switch {
	case n.Profile && f.Profile.CheckedAt.IsZero():
		return "the bot's profile was not read then"
	case n.Grant && f.Grant == nil && f.Bot.Owner != "" && f.Bot.Owner != bots.OwnedByOperator:
		return "the owner's grant was not read then"
	}
	return ""
}

func (r *replay) sum(with string, since time.Duration) error {
	n := 0
	for _, k := range r.untold {
		n += k
	}
	if r.json {
		return json.NewEncoder(r.out).Encode(map[string]any{"same": r.same, "changed": r.changed, "untold": r.untold})
	}
	fmt.Fprintf(r.out, "%d verdicts of the last %.0fh judged again under %s: %d would change, %d would not", r.same+r.changed, since.Hours(), with, r.changed, r.same)
	var why []string
	for _, reason := range slices.Sorted(maps.Keys(r.untold)) {
		why = append(why, fmt.Sprintf("%d: %s", r.untold[reason], reason))
	}
	if n > 0 {
		fmt.Fprintf(r.out, "; %d cannot be told (%s)", n, strings.Join(why, "; "))
	}
	_, err := fmt.Fprintln(r.out, "\nnot judged again: messages, whose text is not kept, and texts past their retention")
	return err
}
