package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"heed/config"
	"heed/runner"
	"heed/runner/ledger"
	"heed/runner/mcp"
	"heed/runner/scripts"
)

func (a *app) mcpCmd() *cobra.Command {
	var name string
	var noHold bool
	cmd := &cobra.Command{
		Use:   "mcp --bot NAME",
		Short: "Let an AI agent propose for one bot, over the Model Context Protocol on stdin and stdout",
		Long: "mcp is what an AI agent's program starts to speak for one bot of a running heed. The agent may\n" +
			"propose intents, ask how they stand and why, and list the bot's guards and last intents. It can\n" +
			"approve, resume and set nothing. Each proposal waits for a person, but with --no-hold.",
		Example: "  heed mcp --bot tides --config /srv/heed/heed.toml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return orderly(ctx, a.mcp(ctx, name, noHold))
		},
	}
	cmd.Flags().StringVarP(&name, "bot", "b", "", "the bot that the agent speaks for")
	cmd.Flags().BoolVar(&noHold, "no-hold", false, "let guards alone decide on what the agent proposes")
	_ = cmd.MarkFlagRequired("bot")
	return cmd
}

func (a *app) mcp(ctx context.Context, name string, noHold bool) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	b, err := a.agentsBot(cfg, name)
	if err != nil {
		return err
	}
	if err := reach(ctx, cfg, name); err != nil {
		return exit{exitUnreachable, err}
	}
	book, err := ledger.OpenReader(cfg.Ledger.Path)
	if err != nil {
		return err
	}
	how := "each proposal waits for a person"
	if noHold {
		how = "guards alone decide on its proposals"
	}
	fmt.Fprintf(a.errs, "heed mcp: an agent speaks for the bot %s (%s); %s\n", b.Name, b.Handle, how)
	err = mcp.Serve(ctx, mcp.Options{Bot: name, Version: version, Book: book, NoHold: noHold, Charge: a.chargeOf(name),
		Emit: func(ctx context.Context, intent []byte, each func([]byte) error) error {
			return emitFor(ctx, cfg, name, intent, each)
		}}, a.in, a.out)
	return errors.Join(err, book.Close())
}

// agentsBot is the bot that an agent is to speak for. What an agent says was made by a
// model, so its bot must say that of itself (rule C12).
func (a *app) agentsBot(cfg *config.Config, name string) (config.Bot, error) {
	var names []string
	for _, b := range cfg.Bots {
		if b.Name == name && !b.AIGenerated {
			return b, exit{exitConfig, fmt.Errorf("mcp: the texts of an agent are made by a model, and bots.%s does not say so: "+
				"write ai_generated = true there (rule C12), and restart heed", name)}
		}
		if b.Name == name {
			return b, nil
		}
		names = append(names, b.Name)
	}
	if near := config.Nearest(name, names); near != "" {
		return config.Bot{}, usage("mcp: --bot %q: %s has no bot of this name; did you mean %q?", name, a.config, near)
	}
	return config.Bot{}, usage("mcp: --bot %q: %s has no bot of this name, it has %v", name, a.config, names)
}

// chargeOf gives the bot by the settings as they are when it is asked.
func (a *app) chargeOf(name string) func() (runner.Charge, error) {
	return func() (runner.Charge, error) {
		cfg, err := a.load()
		if err != nil {
			return runner.Charge{}, err
		}
		b, err := a.agentsBot(cfg, name)
		return runner.Charge{Bot: b.Bot, Pipeline: b.Pipeline}, err
	}
}

// away says what to do when the bot's socket does not answer. Where the socket lies is not
// said: an agent that spoke to it by itself would not be held.
func away(bot string) error {
	return fmt.Errorf("heed cannot be reached for the bot %s: a person starts it with heed run; nothing was taken in", bot)
}

// reach says whether heed runs and keeps the bot.
func reach(ctx context.Context, cfg *config.Config, bot string) error {
	socket, err := scripts.Socket(stateDir(cfg), bot)
	if err != nil {
		return away(bot)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return away(bot)
	}
	return conn.Close()
}

// emitFor hands an intent in by the bot's own socket, as heed emit --wait does. The
// socket is looked up each time: a heed that was restarted has another.
func emitFor(ctx context.Context, cfg *config.Config, bot string, intent []byte, each func([]byte) error) error {
	socket, err := scripts.Socket(stateDir(cfg), bot)
	if err != nil {
		return away(bot)
	}
	err = scripts.Emit(ctx, socket, json.RawMessage(intent), true, each)
	if err == nil || errors.Is(err, scripts.ErrRefused) || ctx.Err() != nil {
		return err
	}
	return away(bot)
}
