package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heed/cmd/heed/table"
	"heed/config"
	"heed/guards"
	"heed/runner"
)

func (a *app) whyCmd() *cobra.Command {
	var bot string
	cmd := &cobra.Command{
		Use:     "why KEY | BOT/KEY | ID",
		Short:   "Tell all that is known of one intent: every finding, its numbers, its sources",
		Example: "  heed why quakes/us2000crkq\n  heed why 0199f0c2-6d1e-7000-8000-3f2a55d0c1aa",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.desk(func(cfg *config.Config, desk runner.Desk) error {
				c, err := a.findCase(cmd.Context(), cfg, desk, bot, args[0])
				if err != nil {
					return err
				}
				if a.json {
					return json.NewEncoder(a.out).Encode(caseJSON(c))
				}
				_, err = fmt.Fprintln(a.out, caseText(c))
				return err
			})
		},
	}
	cmd.Flags().StringVarP(&bot, "bot", "b", "", "the bot, when several used the key")
	return cmd
}

// findCase finds an intent by what a person would type: its key, bot/key, or an id.
func (a *app) findCase(ctx context.Context, cfg *config.Config, desk runner.Desk, bot, word string) (runner.Case, error) {
	var refs []runner.Ref
	if name, key, ok := strings.Cut(word, "/"); ok && hasBot(cfg, name) {
		refs = append(refs, runner.Ref{Bot: name, Key: key})
	}
	if bot != "" {
		refs = append(refs, runner.Ref{Bot: bot, Key: word})
	} else {
		for _, b := range cfg.Bots {
			refs = append(refs, runner.Ref{Bot: b.Name, Key: word})
		}
	}
	refs = append(refs, runner.Ref{ID: word})
	var found []runner.Case
	seen := map[int64]bool{}
	for _, ref := range refs {
		c, err := desk.Case(ctx, ref)
		if err != nil && !errors.Is(err, runner.ErrNotFound) {
			return c, err
		}
		if err == nil && !seen[c.Seq] {
			seen[c.Seq] = true
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		near, err := nearKey(ctx, desk, word)
		if err != nil {
			return runner.Case{}, err
		}
		return runner.Case{}, exit{exitNotFound, fmt.Errorf("%s: no intent has this key or id%s", word, near)}
	case 1:
		return found[0], nil
	}
	var names []string
	for _, c := range found {
		names = append(names, c.Bot+"/"+c.Key)
	}
	return runner.Case{}, usage("%s: more than one intent: %s", word, strings.Join(names, ", "))
}

func hasBot(cfg *config.Config, name string) bool {
	return slices.ContainsFunc(cfg.Bots, func(b config.Bot) bool { return b.Name == name })
}

// caseJSON is a case as a machine reads it.
func caseJSON(c runner.Case) map[string]any {
	m := map[string]any{
		"id": c.ID, "bot": c.Bot, "key": c.Key, "state": c.State, "entered_at": c.EnteredAt, "attempts": c.Attempts,
		"hash": c.Hash, "verdict": c.Verdict, "facts": c.Facts, "answer": c.Answer, "approval": c.Approval, "history": c.History,
	}
	if c.Stored != nil {
		m["intent"] = json.RawMessage(c.Stored)
	}
	for k, v := range map[string]string{"refusal": c.Refusal, "detail": c.Detail} {
		if v != "" {
			m[k] = v
		}
	}
	return m
}

func caseText(c runner.Case) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-9s %s\n", name, table.CleanLines(fmt.Sprintf(format, args...)))
	}
	line("intent", "%s/%s  (%s)", c.Bot, c.Key, c.ID)
	if c.Intent.Action != "" {
		line("wants", "%s%s", c.Intent.Action, wants(c))
	}
	line("state", "%s, entered %s%s", c.State, stamp(c.EnteredAt), ended(c))
	if c.Refusal != "" {
		line("refused", "%s", c.Refusal)
	}
	if c.Approval != nil {
		line("approved", "by %s at %s, for exactly these bytes", c.Approval.By, stamp(c.Approval.At))
	}
	if c.Verdict != nil {
		line("verdict", "%s", strings.ReplaceAll(verdictText(*c.Verdict), "\n", "\n          "))
	}
	if c.Facts != nil {
		line("facts", "%s", strings.ReplaceAll(factsText(*c.Facts), "\n", "\n          "))
	}
	if c.Answer != nil {
		line("answer", "%s %s %s", c.Answer.Outcome, c.Answer.Code, c.Detail)
	} else if c.Detail != "" {
		line("detail", "%s", c.Detail)
	}
	if len(c.History) > 0 {
		fmt.Fprintln(&b, "history")
	}
	for _, r := range c.History {
		fmt.Fprintf(&b, "  %s\n", recordText(r, table.Screen{}))
	}
	return strings.TrimRight(b.String(), "\n")
}

func wants(c runner.Case) string {
	var parts []string
	if t := c.Intent.Target; t.PostID != "" {
		parts = append(parts, "on post "+string(t.PostID))
	} else if t.UserID != "" {
		parts = append(parts, "to user "+string(t.UserID))
	}
	if c.Intent.Text != "" {
		parts = append(parts, fmt.Sprintf("%q", c.Intent.Text))
	}
	if c.Intent.Cause != "" {
		parts = append(parts, "because of "+c.Intent.Cause)
	}
	if len(parts) == 0 {
		return ""
	}
	return " " + strings.Join(parts, ", ")
}

func ended(c runner.Case) string {
	switch {
	case !c.EndedAt.IsZero():
		return ", ended " + stamp(c.EndedAt)
	case c.State == runner.Deferred:
		return ", judged again " + stamp(c.DueAt)
	}
	return ""
}

// verdictText tells a verdict with all that stands behind it (promise P10).
func verdictText(v guards.Verdict) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s", strings.ToUpper(v.Effect.String()), v.Code, v.Message)
	if !v.Until.IsZero() {
		fmt.Fprintf(&b, " (until %s)", stamp(v.Until))
	}
	fmt.Fprintf(&b, "\njudged %s in mode %s under policy %s", stamp(v.At), v.Mode, v.Policy)
	passed := []string{}
	for _, f := range v.Findings {
		if f.Effect == guards.Allow {
			passed = append(passed, f.Guard)
			continue
		}
		fmt.Fprintf(&b, "\n  %-5s %s: %s", f.Effect, f.Code, f.Because)
		if f.Watched {
			b.WriteString(" [watched, not obeyed]")
		}
		if f.Released {
			b.WriteString(" [released by a person]")
		}
		fmt.Fprintf(&b, "\n        to change it: %s", f.Remedy)
		for _, id := range f.Rules {
			if c, ok := guards.ClauseOf(id); ok {
				fmt.Fprintf(&b, "\n        %s %s (%s)", c.ID, c.Says, c.Source)
			}
		}
		if len(f.Evidence) > 0 {
			e, _ := json.Marshal(f.Evidence)
			fmt.Fprintf(&b, "\n        evidence %s", e)
		}
	}
	if len(passed) > 0 {
		fmt.Fprintf(&b, "\n  pass  %s", strings.Join(passed, ", "))
	}
	return b.String()
}
