package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/config"
	"heed/guards"
	"heed/runner"
)

func (a *app) consentCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "consent", Short: "People who have expressly asked to be contacted",
		Long: "Keeps the people who have expressly asked a bot to contact them, each with the evidence. Who writes\n" +
			"to a bot is answered without it, and an opt-out is stronger than any consent.",
		Example: "  heed consent add 2244994945 --bot tides --channel dm --evidence \"form 8812\"\n  heed consent list"}
	var bot, channel, evidence string
	var to config.Bot // the one that bot names
	add := a.personVerb("add USER_ID...", "Record an express opt-in, with its evidence",
		"  heed consent add 2244994945 --bot tides --channel dm --evidence \"form 8812\"",
		func(cmd *cobra.Command, desk runner.Desk, user bots.UserID) error {
			switch {
			case bot == "":
				return usage("consent add: --bot is needed: consent is given to one bot")
			case !slices.Contains(guards.Channels(), channel):
				return usage("consent add: --channel %s: must be one of %s", channel, strings.Join(guards.Channels(), ", "))
			case evidence == "":
				return usage("consent add: --evidence is needed: a following or a login is no consent (rule C6)")
			}
			c := guards.Choice{At: time.Now(), How: "import", Scope: bot, Channel: channel, Event: evidence, Rule: "by " + a.actor(), Behaviour: to.Behaviour()}
			if err := desk.Consent(cmd.Context(), user, c); err != nil {
				return exit{exitRefused, err}
			}
			return a.print(map[string]any{"user_id": user, "bot": bot, "channel": channel}, "%s may be contacted by %s (%s)", user, bot, channel)
		})
	add.Flags().StringVarP(&bot, "bot", "b", "", "the bot it was given to")
	a.wantBotAs(add, &bot, &to)
	add.Flags().StringVar(&channel, "channel", "*", "reply, dm, quote, or * for all")
	add.Flags().StringVar(&evidence, "evidence", "", "where it can be seen: a post's id, a form's number")
	rm := a.personVerb("rm USER_ID...", "Withdraw an opt-in",
		"  heed consent rm 2244994945\n  heed consent rm 2244994945 --bot tides",
		func(cmd *cobra.Command, desk runner.Desk, user bots.UserID) error {
			if err := desk.Revoke(cmd.Context(), user, scopeOf(bot), time.Now()); err != nil {
				return err
			}
			return a.print(map[string]any{"user_id": user, "revoked": true}, "the opt-in of %s is withdrawn", user)
		})
	rm.Flags().StringVarP(&bot, "bot", "b", "", "from this bot only (default: all of them)")
	a.wantBot(rm, &bot)
	cmd.AddCommand(add, rm, a.peopleVerb("list", "List who opted in", "  heed consent list --json", runner.PeopleQuery{Consents: true}, false), a.consentImport())
	return cmd
}

// consentImport takes opt-ins in that were given elsewhere, each with its evidence. One
// by somebody who opted out is refused and told; the others are taken (rule C2).
func (a *app) consentImport() *cobra.Command {
	return &cobra.Command{Use: "import < FILE", Short: `Take opt-ins in, a line each: {"user_id","scope","channel","at","event"}; event is the evidence`,
		Example: "  heed consent import < opted-in.jsonl",
		Args:    cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
			rows, err := readPeople(a.in)
			if err != nil {
				return exit{exitFailed, err}
			}
			return a.desk(func(cfg *config.Config, desk runner.Desk) error {
				for i, row := range rows {
					b, err := a.findBot(cfg, row.Scope)
					switch {
					case err != nil:
						return exit{exitFailed, fmt.Errorf("nothing was imported: line %d: consent is given to one bot: %w", i+1, err)}
					case !slices.Contains(guards.Channels(), row.Channel):
						return exit{exitFailed, fmt.Errorf("nothing was imported: line %d: channel %q is none of %s", i+1, row.Channel, strings.Join(guards.Channels(), ", "))}
					case row.Event == "":
						return exit{exitFailed, fmt.Errorf("nothing was imported: line %d: no evidence: a following or a login is no consent (rule C6)", i+1)}
					}
					rows[i].Behaviour, rows[i].Rule = b.Behaviour(), "by "+a.actor()
				}
				w := a.working("consent import", "opt-ins")
				defer w.end()
				w.of(int64(len(rows)))
				taken, refused := 0, []string{}
				for _, row := range rows {
					w.add(1)
					if err := desk.Consent(cmd.Context(), row.User, row.Choice); err != nil {
						refused = append(refused, err.Error())
						continue
					}
					taken++
				}
				w.end()
				if err := a.print(map[string]any{"imported": taken, "refused": refused}, "%d opt-ins are on record, %d were refused", taken, len(refused)); err != nil {
					return err
				}
				if len(refused) > 0 {
					return exit{exitRefused, errors.New(strings.Join(refused, "\n      "))}
				}
				return nil
			})
		}}
}
