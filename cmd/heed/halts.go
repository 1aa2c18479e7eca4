package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/config"
	"heed/guards"
	"heed/runner"
)

func (a *app) pauseCmd() *cobra.Command {
	var length time.Duration
	var reason string
	cmd := a.haltVerb("pause [BOT]", "Let a bot, or all of them, rest for a while; what they want waits",
		"  heed pause quakes --for 2h --reason \"the source is down\"\n  heed pause --for 30m",
		func(cmd *cobra.Command, desk runner.Desk, scope string) error {
			if length <= 0 {
				return usage("pause: --for must be a time above 0; for a stop without end there is `heed halt`")
			}
			until := time.Now().Add(length)
			h := guards.Halt{Kind: guards.Paused, Scope: scope, By: a.actor(), Reason: reason, At: time.Now(), Until: until}
			if err := desk.Halt(cmd.Context(), h); err != nil {
				return err
			}
			return a.print(h, "%s paused until %s", runner.ScopeName(scope), stamp(until))
		})
	cmd.Flags().DurationVar(&length, "for", time.Hour, "how long, like 30m or 2h")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func (a *app) haltCmd() *cobra.Command {
	var reason string
	cmd := a.haltVerb("halt [BOT]", "Stop a bot, or all of them, until somebody resumes",
		"  heed halt quakes --reason \"wrong magnitudes\"\n  heed halt",
		func(cmd *cobra.Command, desk runner.Desk, scope string) error {
			h := guards.Halt{Kind: guards.Halted, Scope: scope, By: a.actor(), Reason: reason, At: time.Now()}
			if err := desk.Halt(cmd.Context(), h); err != nil {
				return err
			}
			return a.print(h, "%s halted; `heed resume` lifts it", runner.ScopeName(scope))
		})
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the record")
	return cmd
}

func (a *app) resumeCmd() *cobra.Command {
	var latch bool
	cmd := a.haltVerb("resume [BOT]", "Lift a pause or a halt; with --latch also what heed stopped itself",
		"  heed resume quakes\n  heed resume quakes --latch\n  heed resume",
		func(cmd *cobra.Command, desk runner.Desk, scope string) error {
			kinds := []guards.HaltKind{guards.Paused, guards.Halted}
			if latch {
				kinds = append(kinds, guards.Latched)
			}
			n, err := desk.Resume(cmd.Context(), scope, kinds, a.actor(), time.Now())
			if err != nil {
				return err
			}
			if err := a.print(map[string]any{"scope": scope, "lifted": n}, "%s: %d stops lifted", runner.ScopeName(scope), n); err != nil || n > 0 {
				return err
			}
			return exit{exitNotFound, errors.New(strings.TrimSpace(stillStopped(cmd, desk)))}
		})
	cmd.Flags().BoolVar(&latch, "latch", false, "you have seen to what X refused: the account is not suspended, the credentials are good")
	return cmd
}

// haltVerb takes a bot of the settings, or none for all of them.
func (a *app) haltVerb(use, short, example string, do func(*cobra.Command, runner.Desk, string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Example: example, Args: cobra.MaximumNArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return a.desk(func(cfg *config.Config, desk runner.Desk) error {
			scope := runner.EveryBot
			if len(args) == 1 && args[0] != runner.EveryBot {
				if _, err := a.findBot(cfg, args[0]); err != nil {
					return err
				}
				scope = args[0]
			}
			return do(cmd, desk, scope)
		})
	}}
}

// stillStopped says what there is to lift, where what was asked for is not.
func stillStopped(cmd *cobra.Command, desk runner.Desk) string {
	halts, err := desk.Halts(cmd.Context(), time.Now())
	if err != nil || len(halts) == 0 {
		return "nothing is stopped"
	}
	text := "what is stopped:"
	for _, h := range halts {
		text += fmt.Sprintf(" %s of %s (%s);", h.Kind, h.Scope, h.Reason)
	}
	return text + " name the bot, and --latch for a latch"
}
