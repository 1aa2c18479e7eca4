package main

import (
	"cmp"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heed/config"
)

// first is what init is told.
type first struct {
	config.Start
	lang, dir string
	noInput   bool
	own       bool // the bot has a program already
}

const (
	anyOperator = "My Organisation" // a place-holder, and told to be one
	anyBot      = "mybot"
	anyLanguage = "sh" // heed needs it anyhow
)

func (a *app) initCmd() *cobra.Command {
	var in first
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a commented heed.toml and a first bot, and say what to do next",
		Long: "Writes a commented heed.toml, a first bot that works in the sandbox, the people it meets\n" +
			"there and a .gitignore, and says what to do next. What is missing it asks on a terminal;\n" +
			"elsewhere, and with --no-input, it takes the defaults. It writes over nothing.",
		Example: "  heed init\n  heed init --operator \"Harbour Lab\" --bot quakes --lang python\n" +
			"  heed init --dir harbour --bot tides --command ./tides",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if in.dir != "" {
				if cmd.Flags().Changed("config") {
					return usage("init: --dir and --config both say where: leave one of the two out")
				}
				a.config = filepath.Join(in.dir, a.config)
			}
			in.own = len(in.Command) > 0
			return a.init(&in)
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Operator, "operator", "", "who answers for the bots (default \""+anyOperator+"\", to be changed)")
	f.StringVar(&in.Bot, "bot", "", "the first bot's name (default \""+anyBot+"\")")
	f.StringVar(&in.Handle, "handle", "", "its account (default its name, with @)")
	f.StringVar(&in.Purpose, "purpose", "", "what it does, in a sentence")
	f.StringVar(&in.lang, "lang", "", "write its program in this language: "+strings.Join(languageNames(), ", ")+" (default "+anyLanguage+")")
	f.StringSliceVar(&in.Command, "command", nil, "it has a program: how that is started, in words with commas between")
	f.StringVar(&in.dir, "dir", "", "write into this folder (default the folder of --config)")
	f.BoolVar(&in.noInput, "no-input", false, "ask nothing")
	cmd.MarkFlagsMutuallyExclusive("lang", "command")
	return cmd
}

func (a *app) init(in *first) error {
	if !in.noInput && !a.json && terminal(a.in) {
		if err := a.askFirst(in); err != nil {
			return err
		}
	}
	in.Operator = cmp.Or(in.Operator, anyOperator)
	in.Bot = cmp.Or(in.Bot, anyBot)
	var l language
	errs := []error{in.Check()}
	if !in.own {
		var err error
		l, err = languageOf(cmp.Or(in.lang, anyLanguage))
		errs = append(errs, err, l.check(in.Bot))
	}
	if err := errors.Join(errs...); err != nil {
		return exit{exitUsage, fmt.Errorf("init: nothing was written:\n%w", err)}
	}
	dir := filepath.Dir(a.config)
	files, err := in.files(l, filepath.Base(a.config))
	if err != nil {
		return err
	}
	lacks, there := ignores(dir)
	if there {
		files = slices.DeleteFunc(files, func(f starterFile) bool { return f.path == gitignore })
	}
	if err := writeNew(dir, files, l.builds(in.Bot)); err != nil {
		return err
	}
	var notes []string
	if in.Operator == anyOperator {
		notes = append(notes, fmt.Sprintf("%q is a place-holder: write who answers for the bots at [operator] in %s", anyOperator, a.config))
	}
	if len(lacks) > 0 {
		notes = append(notes, fmt.Sprintf("%s was there and stays as it is; it lacks %s", filepath.Join(dir, gitignore), strings.Join(lacks, " ")))
	}
	if _, err := exec.LookPath(l.needs); err != nil && l.needs != "" {
		notes = append(notes, l.needs+" is not installed here, and the bot needs it")
	}
	return a.tellFirst(in, l, files, notes)
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
