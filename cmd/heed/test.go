package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heed/cmd/heed/table"
	"heed/cmd/heed/trial"
	"heed/config"
)

// caseFiles are the files that heed test reads where none is named.
const caseFiles = "*" + config.CasesEnd

func (a *app) testCmd() *cobra.Command {
	var run string
	cmd := &cobra.Command{
		Use:   "test [FILE...]",
		Short: "Try verdict cases: what a bot wants, what is so, and what heed should say",
		Long: "Judges the cases of the files, else of every " + caseFiles + " beside heed.toml and beside the\n" +
			"files that it includes. Each case is judged by the very guards that the settings make for its\n" +
			"bot, and by nothing else: no ledger is opened, no clock is read, nothing reaches X.\n\n" +
			"A case:\n\n" +
			"  [[case]]\n" +
			"  name   = \"nobody is answered after a stop\"\n" +
			"  bot    = \"tides\"\n" +
			"  intent = { reply_to = \"1857\", cause = \"post:1857\", text = \"At 14:32.\" }\n" +
			"  facts  = { invited = { from = \"42\" }, opted_out = [\"42\"] }\n" +
			"  expect = \"deny\"              # allow, defer, hold or deny\n" +
			"  code   = \"opt_out\"           # if it matters: the guard, or its whole code\n" +
			"  rule   = \"C2\"                # if it matters: a rule that the refusal cites\n\n" + trial.Help + "\n\n" +
			"Exit codes: 0 every case is as expected, 1 one is not, 2 a file has a mistake, 3 heed.toml has,\n" +
			"5 there is no case.",
		Example: "  heed test\n  heed test tides.test.toml --run stop\n  heed test --json",
		RunE: func(_ *cobra.Command, files []string) error {
			pattern, err := regexp.Compile(run)
			if err != nil {
				return usage("--run: %q is no pattern: %v", run, err)
			}
			cfg, err := a.load()
			if err != nil {
				return err
			}
			if len(files) == 0 {
				if files, err = besideBots(cfg); err != nil {
					return err
				}
			}
			cases, err := readCases(cfg, files)
			if err != nil {
				return err
			}
			cases = slices.DeleteFunc(cases, func(c trial.Case) bool { return !pattern.MatchString(c.Name) })
			if len(cases) == 0 {
				return exit{exitNotFound, fmt.Errorf("no case of %s has a name that --run %q matches", listed(files), run)}
			}
			return a.try(cases)
		},
	}
	cmd.Flags().StringVar(&run, "run", "", "only cases whose name this `pattern` (a regular expression) matches")
	return cmd
}

// besideBots finds the files of cases beside the settings' files, each once.
func besideBots(cfg *config.Config) (files []string, err error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	main, err := filepath.Abs(filepath.Dir(cfg.Path))
	if err != nil {
		return nil, err
	}
	dirs := []string{main}
	for _, b := range cfg.Bots {
		if !slices.Contains(dirs, b.Script.Dir) {
			dirs = append(dirs, b.Script.Dir)
		}
	}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("test: %w", err)
		}
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), config.CasesEnd) || e.IsDir() {
				continue
			}
			name := filepath.Join(dir, e.Name())
			if near, err := filepath.Rel(here, name); err == nil && !strings.HasPrefix(near, "..") {
				name = near
			}
			files = append(files, name)
		}
	}
	if len(files) == 0 {
		return nil, exit{exitNotFound, fmt.Errorf("no %s lies beside %s; heed test --help shows a case", caseFiles, cfg.Path)}
	}
	return files, nil
}

// readCases reads every file, and tells the mistakes of all of them at once.
func readCases(cfg *config.Config, files []string) (cases []trial.Case, err error) {
	var problems config.Problems
	for _, f := range files {
		some, wrong := trial.Read(f, cfg)
		cases, problems = append(cases, some...), append(problems, wrong...)
	}
	if len(problems) > 0 {
		return nil, exit{exitUsage, errors.New(problems.Error() + fmt.Sprintf("\nmistakes: %d; no case was tried", len(problems)))}
	}
	return cases, nil
}

// try judges the cases and tells each.
func (a *app) try(cases []trial.Case) error {
	var results []trial.Result
	failed := 0
	for _, c := range cases {
		r := c.Judge()
		results = append(results, r)
		if !r.OK {
			failed++
		}
		if err := a.tellTrial(r); err != nil {
			return err
		}
	}
	if !a.json {
		some, none := trial.Refusing(results)
		fmt.Fprintf(a.out, "cases: %d, not as expected: %d\n", len(results), failed)
		fmt.Fprintf(a.out, "guards that refuse in a case: %s; in none: %s\n", orNone(some), orNone(none))
	}
	if failed > 0 {
		return exit{code: exitFailed}
	}
	return nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (a *app) tellTrial(r trial.Result) error {
	if a.json {
		return json.NewEncoder(a.out).Encode(map[string]any{"file": r.File, "line": r.Line, "name": r.Name, "bot": r.Bot.Name, "ok": r.OK,
			"expected": r.Expect, "verdict": r.Verdict})
	}
	if r.OK {
		_, err := fmt.Fprintln(a.out, table.Clean(fmt.Sprintf("ok    %s  %s: %s %s", r.Place(), r.Name, r.Verdict.Effect, r.Verdict.Code)))
		return err
	}
	said := strings.ReplaceAll(verdictText(r.Verdict), "\n", "\n            ")
	_, err := fmt.Fprintf(a.out, "%s\n  expected  %s\n  found     %s\n", table.Clean(fmt.Sprintf("FAIL  %s  %s", r.Place(), r.Name)), r.Expect, table.CleanLines(said))
	return err
}
