package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/cmd/heed/table"
	"heed/config"
	"heed/runner"
)

func (a *app) heldCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "held",
		Short: "List the intents that wait for a person, with exactly what would be sent",
		Long: "Lists the intents that wait for a person, with exactly what would be sent, and the approve command of\n" +
			"each: it is bound to the hash of what you looked at.",
		Example: "  heed held\n  heed held --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.desk(func(cfg *config.Config, desk runner.Desk) error {
				cases, err := desk.Waiting(cmd.Context(), []runner.State{runner.Held}, "", 1000)
				if err != nil {
					return err
				}
				for _, c := range cases {
					handle := handleOf(cfg, c.Bot)
					if a.json {
						if err := json.NewEncoder(a.out).Encode(previewJSON(c, handle)); err != nil {
							return err
						}
						continue
					}
					fmt.Fprintf(a.out, "%s/%s\n  held     %s\n  %s\n  heed approve %s/%s --hash %.12s\n",
						c.Bot, table.Clean(c.Key), table.Clean(holdReason(c)), strings.Join(previewLines(c, handle), "\n  "), c.Bot, table.Clean(c.Key), c.Hash)
				}
				return nil
			})
		},
	}
}

// handleOf is a bot's account, or its bare name when the settings have it no more.
func handleOf(cfg *config.Config, bot string) string {
	for _, b := range cfg.Bots {
		if b.Name == bot {
			return b.Handle
		}
	}
	return bot
}

func holdReason(c runner.Case) string {
	if c.Detail != "" {
		return c.Detail
	}
	if c.Verdict == nil {
		return "-"
	}
	var why []string
	for _, f := range c.Verdict.Holds() {
		why = append(why, f.Code+": "+f.Because)
	}
	return strings.Join(why, "; ")
}

func (a *app) approveCmd() *cobra.Command {
	var hash string
	cmd := a.caseVerb("approve KEY", "Release a held intent, bound to exactly what it would send",
		"  heed approve tides/tide-14\n  heed approve tides/tide-14 --hash 5f2b8c01d3aa",
		func(cmd *cobra.Command, desk runner.Desk, c runner.Case) error {
			if err := a.approve(cmd.Context(), desk, c, hash); err != nil {
				return err
			}
			return a.print(map[string]any{"id": c.ID, "bot": c.Bot, "key": c.Key, "approved": true, "hash": c.Hash},
				"approved %s/%s: %s%s; the guards judge it once more before it is done", c.Bot, c.Key, c.Intent.Action, wants(c))
		})
	cmd.Flags().StringVar(&hash, "hash", "", "what you looked at: the hash, or its beginning")
	return cmd
}

// approve releases a held case, if its hash begins as what the person looked at did.
func (a *app) approve(ctx context.Context, desk runner.Desk, c runner.Case, hash string) error {
	if hash != "" && !strings.HasPrefix(c.Hash, hash) {
		return exit{exitRefused, fmt.Errorf("%s/%s: its hash is %.12s, not %s: it is not what you looked at", c.Bot, c.Key, c.Hash, hash)}
	}
	if err := desk.Approve(ctx, refOf(c), a.actor(), c.Hash, time.Now()); err != nil {
		return exit{exitRefused, err}
	}
	return nil
}

func (a *app) rejectCmd() *cobra.Command {
	var reason string
	cmd := a.caseVerb("reject KEY", "Cancel an intent that waits for a person",
		"  heed reject tides/tide-14 --reason \"the height is wrong\"",
		func(cmd *cobra.Command, desk runner.Desk, c runner.Case) error {
			if err := desk.Reject(cmd.Context(), refOf(c), a.actor(), reason, time.Now()); err != nil {
				return exit{exitRefused, err}
			}
			return a.print(map[string]any{"id": c.ID, "bot": c.Bot, "key": c.Key, "rejected": true}, "rejected %s/%s", c.Bot, c.Key)
		})
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func refOf(c runner.Case) runner.Ref { return runner.Ref{Bot: c.Bot, Key: c.Key} }

func (a *app) caseVerb(use, short, example string, do func(*cobra.Command, runner.Desk, runner.Case) error) *cobra.Command {
	var bot string
	cmd := &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return a.desk(func(cfg *config.Config, desk runner.Desk) error {
			c, err := a.findCase(cmd.Context(), cfg, desk, bot, args[0])
			if err != nil {
				return err
			}
			return do(cmd, desk, c)
		})
	}}
	cmd.Flags().StringVarP(&bot, "bot", "b", "", "the bot, when several used the key")
	return cmd
}
