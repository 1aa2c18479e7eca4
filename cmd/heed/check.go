package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"heed/config"
)

func (a *app) checkCmd() *cobra.Command {
	var secrets bool
	cmd := &cobra.Command{
		Use:     "check",
		Short:   "Say everything that is wrong with the settings; touches no network",
		Example: "  heed check\n  heed check --secrets --config /etc/heed/heed.toml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := config.Load(a.config)
			var problems config.Problems
			if err != nil && !errors.As(err, &problems) {
				return exit{exitConfig, err}
			}
			if err == nil {
				problems = cfg.Warnings
				if secrets {
					problems = append(problems, cfg.Missing(os.LookupEnv)...)
				}
			}
			a.warnOfOldTables(time.Now())
			return a.tellProblems(cfg, problems)
		},
	}
	cmd.Flags().BoolVar(&secrets, "secrets", false, "also say which secrets a run would miss here")
	return cmd
}

func (a *app) tellProblems(cfg *config.Config, problems config.Problems) error {
	wrong := 0
	for _, p := range problems {
		if !p.Warning {
			wrong++
		}
	}
	if a.json {
		if problems == nil {
			problems = config.Problems{}
		}
		answer := map[string]any{"ok": wrong == 0, "problems": problems}
		if err := json.NewEncoder(a.out).Encode(answer); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			fmt.Fprintln(a.out, p)
		}
	}
	if wrong > 0 {
		return exit{exitConfig, fmt.Errorf("%s: %d mistakes; nothing was started", a.config, wrong)}
	}
	if !a.json {
		fmt.Fprintf(a.out, "%s: good: %d bots, %d warnings\n", a.config, len(cfg.Bots), len(problems))
	}
	return nil
}
