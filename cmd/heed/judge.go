package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/cmd/heed/table"
	"heed/config"
	"heed/guards"
	"heed/runner"
)

func (a *app) judgeCmd() *cobra.Command {
	var name string
	var peek bool
	cmd := &cobra.Command{
		Use:   "judge --bot NAME < intent.json",
		Short: "Say what would happen to an intent now; nothing is recorded",
		Long: "Reads one intent, a line of JSON, and judges it as heed would at this instant. Nothing is recorded and\n" +
			"nothing is sent. Exit 4: it would not pass. With --peek it also says when it would.",
		Example: "  heed judge --bot tides < intent.json\n  heed emit post --text \"High tide 14:32\" | heed judge --bot tides --peek",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			line, err := io.ReadAll(io.LimitReader(a.in, bots.MaxLine+1))
			if err != nil {
				return err
			}
			in, err := bots.DecodeIntent(line)
			if err != nil {
				return exit{exitRefused, err}
			}
			return a.desk(func(cfg *config.Config, desk runner.Desk) error {
				b, err := a.findBot(cfg, name)
				if err != nil {
					return err
				}
				v, facts, err := desk.Peek(cmd.Context(), b.Bot, b.Pipeline, in, time.Now())
				if err != nil {
					return err
				}
				if peek {
					w, err := whenPasses(cmd.Context(), desk, b, in, v, facts)
					if err != nil {
						return err
					}
					return a.tellPeek(v, w)
				}
				return a.tellJudgement(v, facts)
			})
		},
	}
	cmd.Flags().StringVarP(&name, "bot", "b", "", "the bot that would want it")
	cmd.Flags().BoolVar(&peek, "peek", false, "say whether it would pass now, and when it would")
	_ = cmd.MarkFlagRequired("bot")
	return cmd
}

func (a *app) tellJudgement(v guards.Verdict, facts guards.Facts) error {
	if a.json {
		if err := json.NewEncoder(a.out).Encode(map[string]any{"verdict": v, "facts": facts}); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(a.out, table.CleanLines(verdictText(v)))
	}
	if v.Effect != guards.Allow {
		return exit{code: exitRefused}
	}
	return nil
}

// findBot finds a configured bot, or says which there are.
func (a *app) findBot(cfg *config.Config, name string) (config.Bot, error) {
	for _, b := range cfg.Bots {
		if b.Name == name {
			return b, nil
		}
	}
	return config.Bot{}, exit{exitNotFound, fmt.Errorf("bot %q: %s has none of this name; %s", name, a.config, meant(name, cfg.BotNames()))}
}
