package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/cmd/heed/table"
	"heed/config"
	"heed/runner"
	"heed/runner/ledger"
)

// The exit codes of every verb. They never change.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitConfig      = 3
	exitRefused     = 4
	exitNotFound    = 5
	exitUnreachable = 6
)

// exit is an error with its code. A nil err has been told already.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

// app is what every verb shares.
type app struct {
	in     io.Reader
	out    io.Writer // data
	errs   io.Writer // talk
	config string
	screen table.Screen // what out is, when somebody looks at it
	json   bool
	by     string
}

// Main runs one command line and gives its exit code.
func Main(args []string, in io.Reader, out, errs io.Writer) int {
	a := &app{in: in, out: out, errs: errs, screen: table.Of(out, os.Getenv)}
	root := a.root()
	a.completions(root)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.Execute()
	if err == nil {
		return exitOK
	}
	var e exit
	if !errors.As(err, &e) {
		e = exit{codeOf(err), err}
	}
	if msg := e.Error(); msg != "" {
		fmt.Fprintln(errs, "heed:", table.CleanLines(msg))
	}
	return e.code
}

// codeOf sorts the errors that the rooms below give.
func codeOf(err error) int {
	var problems config.Problems
	switch {
	case errors.As(err, &problems):
		return exitConfig
	case errors.Is(err, runner.ErrNotFound):
		return exitNotFound
	case isUsage(err):
		return exitUsage
	}
	return exitFailed
}

// isUsage knows cobra's own complaints, which bear no type.
func isUsage(err error) bool {
	for _, start := range []string{"unknown command", "unknown flag", "unknown shorthand", "flag needs", "invalid argument",
		"accepts ", "requires ", "required flag", "if any flags in the group", "at least one of the flags"} {
		if strings.HasPrefix(err.Error(), start) {
			return true
		}
	}
	return false
}

func usage(format string, args ...any) error { return exit{exitUsage, fmt.Errorf(format, args...)} }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "heed",
		Short: "Runs bot accounts on X that heed people",
		Long: "heed runs bot accounts that heed people. Bots say what they want to do; heed decides\n" +
			"whether they may, does it on X for them, and stops when somebody says stop.\n\n" +
			"Exit codes: 0 ok, 1 failed, 2 usage, 3 settings invalid, 4 refused or held by a guard,\n" +
			"5 not found, 6 daemon not reachable.\n\n" +
			"With --json every verb writes JSON lines to the standard output: one object a line, and of a\n" +
			"list one a row. A list without rows has no lines; a verb without data writes one object that\n" +
			"says what was done. Talk, errors and warnings go to the standard error, as text; without\n" +
			"--json it is told there, too, how far what takes long has come.",
		Example:                    "  heed demo\n  heed init --operator \"Harbour Lab\" --bot tides --handle @tidesbot\n  heed check\n  heed run",
		SilenceUsage:               true,
		SilenceErrors:              true,
		SuggestionsMinimumDistance: 2,
	}
	root.PersistentPreRunE = a.noScriptInJSON
	a.helpInJSON(root)
	f := root.PersistentFlags()
	f.StringVarP(&a.config, "config", "c", "heed.toml", "the settings' file")
	f.BoolVar(&a.json, "json", false, "answer in JSON, one object a line")
	f.StringVar(&a.by, "by", os.Getenv("USER"), "who does this, for the record")
	f.Lookup("by").DefValue = "$USER" // help says the same wherever it is made
	root.AddCommand(a.initCmd(), a.runCmd(), a.demoCmd(), a.checkCmd(), a.rulesCmd(), a.judgeCmd(), a.testCmd(), a.replayCmd(), a.whyCmd(), a.logCmd(), a.doctorCmd(), a.dashboardCmd(), a.likenessCmd(),
		a.optoutCmd(), a.consentCmd(), a.grantCmd(), a.approveCmd(), a.rejectCmd(), a.heldCmd(), a.pauseCmd(), a.resumeCmd(), a.haltCmd(),
		a.backupCmd(), a.auditCmd(), a.forgetCmd(), a.loginCmd(), a.whoamiCmd(), a.logoutCmd(), a.emitCmd(), a.mcpCmd(), a.sandboxCmd(), a.benchCmd(), a.manCmd(), a.versionCmd())
	headings(root)
	helpVerb(root)
	return root
}

// load reads the settings, or says all that is wrong with them.
func (a *app) load() (*config.Config, error) {
	cfg, err := config.Load(a.config)
	if err != nil {
		return nil, exit{exitConfig, err}
	}
	return cfg, nil
}

// desk opens the ledger for a person's verb. It works beside a running daemon.
func (a *app) desk(use func(*config.Config, runner.Desk) error) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	l, err := ledger.Open(cfg.Ledger.Path, ledger.Options{Trust: true, Retention: cfg.Ledger.Retention})
	if err != nil {
		return err
	}
	err = use(cfg, l)
	return errors.Join(err, l.Close())
}

// print gives data: v as one line of JSON, or the text for people.
func (a *app) print(v any, text string, args ...any) error {
	if a.json {
		return json.NewEncoder(a.out).Encode(v)
	}
	_, err := fmt.Fprintf(a.out, text+"\n", args...)
	return err
}

// table makes a table for people; its columns are told in package table.
func (a *app) table(heads ...string) *table.Table { return table.New(a.screen, heads...) }

func (a *app) actor() string {
	if a.by == "" {
		return "somebody"
	}
	return a.by
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}
