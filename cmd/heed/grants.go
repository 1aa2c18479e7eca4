package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/config"
	"heed/guards"
	"heed/runner"
)

// grantCmd keeps what the owners of other people's accounts allowed (rules P1 to P3).
func (a *app) grantCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "grant", Short: "What the owner of a bot's account allows it to do",
		Long: "Keeps what the owners of other people's accounts allowed a bot that has owner = \"other\". Show the owner\n" +
			"the text of show, and record their yes with add. Without it the bot does nothing.",
		Example: "  heed grant show quakes\n  heed grant add quakes --owner \"Ada Harbour\"\n  heed grant list"}
	var by string
	show := a.grantVerb("show BOT", "Print what to show the owner before they agree",
		"  heed grant show quakes",
		func(_ *cobra.Command, b config.Bot, _ runner.Desk) error {
			return a.print(map[string]any{"bot": b.Name, "text": grantText(b.Bot), "behaviour": b.Behaviour()}, "%s", grantText(b.Bot))
		})
	add := a.grantVerb("add BOT", "Record that the owner was shown this and agreed; a changed purpose needs a new one",
		"  heed grant add quakes --owner \"Ada Harbour\"",
		func(cmd *cobra.Command, b config.Bot, desk runner.Desk) error {
			g := guards.Grant{Actions: b.Actions, Behaviour: b.Behaviour(), By: by, Shown: bots.Hash([]byte(grantText(b.Bot))), At: time.Now()}
			if err := desk.Grant(cmd.Context(), b.Name, g); err != nil {
				return err
			}
			return a.print(map[string]any{"bot": b.Name, "by": by, "actions": g.Actions, "behaviour": g.Behaviour, "shown": g.Shown},
				"%s may act for %s: %v; recorded with the hash of what was shown, %.12s", b.Name, by, g.Actions, g.Shown)
		})
	withdraw := a.grantVerb("withdraw BOT", "Record that the owner took it back; what is under way is recalled",
		"  heed grant withdraw quakes --owner \"Ada Harbour\"",
		func(cmd *cobra.Command, b config.Bot, desk runner.Desk) error {
			r, err := desk.Withdraw(cmd.Context(), b.Name, by, time.Now())
			if err != nil {
				return err
			}
			return a.print(map[string]any{"bot": b.Name, "withdrawn": true, "recalled": len(r.Cancelled)},
				"%s acts for nobody any more; %d intents under way were recalled", b.Name, len(r.Cancelled))
		})
	for _, c := range []*cobra.Command{add, withdraw} {
		c.Flags().StringVar(&by, "owner", "", "who agreed: the account's owner, as you know them by")
		_ = c.MarkFlagRequired("owner")
	}
	cmd.AddCommand(show, add, withdraw, a.grantList())
	return cmd
}

func (a *app) grantVerb(use, short, example string, do func(*cobra.Command, config.Bot, runner.Desk) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return a.desk(func(cfg *config.Config, desk runner.Desk) error {
			b, err := a.findBot(cfg, args[0])
			if err != nil {
				return err
			}
			if b.Owner != bots.OwnedByOther && cmd.Name() != "show" {
				return exit{exitRefused, fmt.Errorf("%s: its account is the operator's own, and the settings are the grant; "+
					`for somebody else's account write owner = "other" in [bots.%s]`, b.Name, b.Name)}
			}
			return do(cmd, b, desk)
		})
	}}
}

func (a *app) grantList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the bots that act for others, with their grants", Example: "  heed grant list --json", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.desk(func(cfg *config.Config, desk runner.Desk) error {
				t := a.table("BOT", "!GRANT", "OWNER", "SINCE")
				for _, b := range cfg.Bots {
					if b.Owner != bots.OwnedByOther {
						continue
					}
					g, err := desk.Granted(cmd.Context(), b.Name)
					if err != nil && !errors.Is(err, runner.ErrNotFound) {
						return err
					}
					state := grantState(b.Bot, g, err == nil)
					if a.json {
						if err := a.print(map[string]any{"bot": b.Name, "state": state, "grant": g}, ""); err != nil {
							return err
						}
						continue
					}
					t.Row(b.Name, state, g.By, stamp(g.At))
				}
				if a.json {
					return nil
				}
				return t.Write(a.out)
			})
		}}
}

func grantState(b bots.Bot, g guards.Grant, there bool) string {
	switch {
	case !there:
		return "missing"
	case !g.EndedAt.IsZero():
		return "withdrawn"
	case g.Behaviour != b.Behaviour():
		return "stale: the bot declares something else now"
	}
	return "in force"
}

// grantText is what an account's owner is shown before they agree (rules P1, P2).
func grantText(b bots.Bot) string {
	var s strings.Builder
	op := strings.TrimSpace(b.House.Operator.Name + " " + b.House.Operator.Handle)
	fmt.Fprintf(&s, "%s asks to act through your account %s.\n", op, b.Handle)
	fmt.Fprintf(&s, "What for: %s.\n", strings.TrimSuffix(b.Purpose, "."))
	fmt.Fprintf(&s, "It may do this in your name, by itself: %s. Nothing else.\n", spelled(b.Actions))
	if b.AIGenerated {
		s.WriteString("Its texts are written by a model.\n")
	}
	s.WriteString("It adds no place to what it posts. It does not read your password, which you never give to anybody.\n")
	s.WriteString("You can take this back at any time, and it stops at once: tell the operator, or revoke the app at X under Settings, Security, Apps.\n")
	s.WriteString("If its purpose or its actions change, you will be asked again first.")
	if u := b.House.Operator.PrivacyURL; u != "" {
		fmt.Fprintf(&s, "\nWhat is kept of you: %s", u)
	}
	return s.String()
}

func spelled(actions []bots.Action) string {
	names := make([]string, len(actions))
	for i, act := range actions {
		names[i] = string(act)
	}
	return strings.Join(names, ", ")
}
