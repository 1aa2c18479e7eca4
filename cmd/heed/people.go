package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/config"
	"heed/guards"
	"heed/runner"
)

func (a *app) optoutCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "optout", Short: "People who are not to be contacted",
		Long: "Keeps the people who are not to be contacted. STOP by message or mention, a block and #nobots in a\n" +
			"bio are recorded by heed itself; this is for what reaches you on other ways. It works while heed runs.",
		Example: "  heed optout add 2244994945\n  heed optout list\n  heed optout review"}
	var bot, reason string
	add := a.personVerb("add USER_ID...", "Record that people are not to be contacted; recalls what is under way to them",
		"  heed optout add 2244994945\n  heed optout add 2244994945 783214 --bot quakes",
		func(cmd *cobra.Command, desk runner.Desk, user bots.UserID) error {
			r, err := desk.OptOut(cmd.Context(), user, guards.Choice{At: time.Now(), How: "cli", Scope: scopeOf(bot), Rule: "by " + a.actor()})
			if err != nil {
				return err
			}
			return a.print(map[string]any{"user_id": user, "opted_out": true, "scope": scopeOf(bot), "recalled": len(r.Cancelled)},
				"%s is not contacted any more by %s; %d intents under way were recalled", user, scopeText(bot), len(r.Cancelled))
		})
	rm := a.personVerb("rm USER_ID...", "Lift an opt-out, where the person asked for it; needs --reason",
		"  heed optout rm 2244994945 --reason \"asked by mail, ticket 81\"",
		func(cmd *cobra.Command, desk runner.Desk, user bots.UserID) error {
			if reason == "" {
				return usage("optout rm: --reason is needed: how did the person ask for it?")
			}
			if err := desk.Forgive(cmd.Context(), user, scopeOf(bot), a.actor(), reason, time.Now()); err != nil {
				return err
			}
			return a.print(map[string]any{"user_id": user, "opted_out": false, "scope": scopeOf(bot)},
				"the opt-out of %s from %s is lifted", user, scopeText(bot))
		})
	rm.Flags().StringVar(&reason, "reason", "", "how the person asked for it")
	for _, c := range []*cobra.Command{add, rm} {
		c.Flags().StringVarP(&bot, "bot", "b", "", "from this bot only (default: all of them)")
		a.wantBot(c, &bot)
	}
	cmd.AddCommand(add, rm,
		a.peopleVerb("list", "List who opted out", "  heed optout list --limit 50", runner.PeopleQuery{OptedOut: true}, false),
		a.peopleVerb("export", "Write the opt-outs as JSON lines, for import elsewhere", "  heed optout export > stops.jsonl", runner.PeopleQuery{OptedOut: true}, true),
		a.peopleVerb("review", "List who said something that may be a stop, and waits for a person's eye", "  heed optout review", runner.PeopleQuery{Review: true}, false),
		a.personVerb("reviewed USER_ID...", "Say that you have looked: what this person said was no stop",
			"  heed optout reviewed 2244994945",
			func(cmd *cobra.Command, desk runner.Desk, user bots.UserID) error {
				if err := desk.Reviewed(cmd.Context(), user, a.actor(), time.Now()); err != nil {
					return err
				}
				return a.print(map[string]any{"user_id": user, "review": false}, "%s may be contacted again", user)
			}),
		a.importCmd())
	return cmd
}

// wantBot refuses a bot that the settings do not have: a choice for it would bind nobody.
func (a *app) wantBot(cmd *cobra.Command, bot *string) { a.wantBotAs(cmd, bot, new(config.Bot)) }

// wantBotAs gives the bot that is named, too.
func (a *app) wantBotAs(cmd *cobra.Command, bot *string, found *config.Bot) {
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if *bot == "" {
			return nil
		}
		cfg, err := a.load()
		if err == nil {
			*found, err = a.findBot(cfg, *bot)
		}
		return err
	}
}

// personVerb runs a verb for each user id given. Every id is looked at before any is acted on.
func (a *app) personVerb(use, short, example string, do func(*cobra.Command, runner.Desk, bots.UserID) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.MinimumNArgs(1), RunE: func(cmd *cobra.Command, ids []string) error {
		for _, id := range ids {
			if !bots.IsSnowflake(id) {
				return usage("%q is no user id: X's ids are 1 to 20 digits; handles change, so heed does not keep them", id)
			}
		}
		return a.desk(func(_ *config.Config, desk runner.Desk) error {
			for _, id := range ids {
				if err := do(cmd, desk, bots.UserID(id)); err != nil {
					return err
				}
			}
			return nil
		})
	}}
}

func (a *app) peopleVerb(use, short, example string, q runner.PeopleQuery, lines bool) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return a.desk(func(_ *config.Config, desk runner.Desk) error {
			rows, err := desk.People(cmd.Context(), q)
			if err != nil {
				return err
			}
			if a.json || lines {
				enc := json.NewEncoder(a.out)
				for _, r := range rows {
					if err := enc.Encode(r); err != nil {
						return err
					}
				}
				return nil
			}
			t := a.table("USER", "KIND", "SCOPE", "HOW", "SINCE", "RULE")
			for _, r := range rows {
				t.Row(r.User, r.Kind, r.Scope, r.How, stamp(r.At), r.Rule)
			}
			return t.Write(a.out)
		})
	}}
	cmd.Flags().IntVarP(&q.Limit, "limit", "n", 1000000, "at most so many people")
	return cmd
}

// importCmd takes opt-outs in: what export wrote, or bare ids. Everything is read
// before anything is written.
func (a *app) importCmd() *cobra.Command {
	return &cobra.Command{Use: "import < FILE", Short: "Take opt-outs in: ids, or what export wrote, a line each", Example: "  heed optout import < stops.jsonl",
		Long: "Takes opt-outs in from the standard input: user ids, or what export wrote, a line each. All lines are\n" +
			"read before the first is taken; where one is wrong, none is. The stop of a bot that this house does\n" +
			"not have counts for all of its bots.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rows, err := readPeople(a.in)
			if err != nil {
				return exit{exitFailed, err}
			}
			return a.desk(func(cfg *config.Config, desk runner.Desk) error {
				w := a.working("optout import", "opt-outs")
				defer w.end()
				w.of(int64(len(rows)))
				recalled := 0
				for _, row := range rows {
					if !hasBot(cfg, row.Scope) { // a bot of another house: taken for all of this one's
						row.Scope = runner.EveryBot
					}
					r, err := desk.OptOut(cmd.Context(), row.User, row.Choice)
					if err != nil {
						return err
					}
					recalled += len(r.Cancelled)
					w.add(1)
				}
				w.end()
				return a.print(map[string]any{"imported": len(rows), "recalled": recalled},
					"%d opt-outs are on record; %d intents under way were recalled", len(rows), recalled)
			})
		}}
}

func readPeople(in io.Reader) ([]runner.PersonRow, error) {
	var rows []runner.PersonRow
	var wrong []error
	sc := bufio.NewScanner(in)
	for n := 1; sc.Scan(); n++ {
		line := sc.Bytes()
		if len(line) == 0 {
			continue
		}
		row := runner.PersonRow{User: bots.UserID(line)}
		if line[0] == '{' {
			row = runner.PersonRow{}
			if err := json.Unmarshal(line, &row); err != nil {
				wrong = append(wrong, fmt.Errorf("line %d: %w", n, err))
				continue
			}
		}
		if !bots.IsSnowflake(string(row.User)) {
			wrong = append(wrong, fmt.Errorf("line %d: %.40q is no user id", n, string(row.User)))
			continue
		}
		if row.At.IsZero() {
			row.At = time.Now()
		}
		if row.Scope == "" {
			row.Scope = runner.EveryBot
		}
		row.How = "import"
		rows = append(rows, row)
	}
	if err := errors.Join(append(wrong, sc.Err())...); err != nil {
		return nil, fmt.Errorf("nothing was imported: %w", err)
	}
	return rows, nil
}

func scopeOf(bot string) string {
	if bot == "" {
		return runner.EveryBot
	}
	return bot
}

func scopeText(bot string) string {
	if bot == "" {
		return "any bot"
	}
	return bot
}
