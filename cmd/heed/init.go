package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"heed/config"
)

func (a *app) initCmd() *cobra.Command {
	var operator, bot, handle string
	var command []string
	cmd := &cobra.Command{
		Use:     "init",
		Short:   "Write a commented heed.toml to start from",
		Example: "  heed init --operator \"Harbour Lab\" --bot tides --handle @tidesbot",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			f, err := os.OpenFile(a.config, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s: is there already; nothing was written", a.config)
			}
			if err != nil {
				return err
			}
			_, err = f.Write(config.Starter(config.Start{Operator: operator, Bot: bot, Handle: handle, Command: command}))
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
			return a.print(map[string]string{"wrote": a.config}, "wrote %s; look through it, then `heed check`", a.config)
		},
	}
	f := cmd.Flags()
	f.StringVar(&operator, "operator", "My Organisation", "who answers for the bots")
	f.StringVar(&bot, "bot", "mybot", "the first bot's name")
	f.StringVar(&handle, "handle", "@mybot", "its account")
	f.StringSliceVar(&command, "command", []string{"sh", "mybot.sh"}, "how its script is started")
	return cmd
}

// version is set by the linker.
var version = "devel"

func (a *app) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which heed this is",
		Example: "  heed version --json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			goVersion := "unknown"
			if info, ok := debug.ReadBuildInfo(); ok {
				goVersion = info.GoVersion
			}
			return a.print(map[string]string{"version": version, "go": goVersion}, "heed %s (%s)", version, goVersion)
		},
	}
}
