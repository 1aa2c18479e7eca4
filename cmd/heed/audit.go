package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"heed/config"
	"heed/runner"
)

func (a *app) auditCmd() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "The record of decisions: is it whole, and what is in it",
		Example: "  heed audit verify\n  heed audit export > decisions.jsonl"}
	cmd.AddCommand(a.auditVerifyCmd(), a.auditExportCmd())
	return cmd
}

// auditVerifyCmd walks the chain of decisions (docs/audit.md).
func (a *app) auditVerifyCmd() *cobra.Command {
	var head string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the whole record of decisions; exit 1 where an entry was edited, removed, moved or added",
		Long: "verify walks the record of decisions, entry by entry, and holds what is in force against it.\n" +
			"With --head it also holds the record against an end of it that you kept elsewhere: only that\n" +
			"shows a record that somebody has written anew as a whole. It works while heed runs.",
		Example: "  heed audit verify\n  heed audit verify --head 1204:9f2c…",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var kept *runner.Head
			if head != "" {
				h, err := runner.ParseHead(head)
				if err != nil {
					return usage("audit verify: %w", err)
				}
				kept = &h
			}
			return a.desk(func(_ *config.Config, desk runner.Desk) error {
				w := a.working("audit verify", "")
				found, err := desk.Verify(cmd.Context(), kept)
				w.end()
				if err != nil {
					return err
				}
				return a.audited(found)
			})
		},
	}
	cmd.Flags().StringVar(&head, "head", "", "an end of the record that was kept elsewhere, ORDINAL:HASH")
	return cmd
}

func (a *app) audited(found runner.Audit) error {
	if a.json {
		if err := json.NewEncoder(a.out).Encode(found); err != nil {
			return err
		}
	} else {
		for _, f := range found.Faults {
			fmt.Fprintln(a.out, faultText(f))
		}
		if more := found.Count - len(found.Faults); more > 0 {
			fmt.Fprintf(a.out, "and %d more\n", more)
		}
		fmt.Fprintf(a.out, "%d entries checked, %d of them erased in part; %d intents and %d choices, halts and grants held against them\nhead %s\n",
			found.Entries, found.Erased, found.Intents, found.States, found.Head)
	}
	if found.Count > 0 {
		return exit{exitFailed, fmt.Errorf("the record of decisions does not hold, %d faults: something other than heed changed the ledger; keep the file, and restore a backup", found.Count)}
	}
	return nil
}

// faultText is a fault with its place: what was done, the entry, the record's number.
func faultText(f runner.Fault) string {
	text := fmt.Sprintf("%-9s", f.What)
	if f.Entry > 0 {
		text += fmt.Sprintf(" entry %d", f.Entry)
	}
	if f.Record != 0 {
		text += fmt.Sprintf(" (record %d)", f.Record)
	}
	return text + ": " + f.Says
}

// auditExportCmd writes the decisions for whoever audits: ids, never words (rules M12, M16).
func (a *app) auditExportCmd() *cobra.Command {
	var since time.Duration
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the decisions as JSON lines: ids and codes, no text, no message; the last line is the head",
		Example: "  heed audit export --since 720h > decisions.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if since < 0 {
				return usage("audit export: --since %s: a span back from now is not negative", since)
			}
			var from time.Time
			if since > 0 {
				from = time.Now().Add(-since)
			}
			return a.desk(func(_ *config.Config, desk runner.Desk) error {
				w := a.working("audit export", "decisions")
				defer w.end()
				enc := json.NewEncoder(w.clear(a.out))
				head, err := desk.Decisions(cmd.Context(), from, func(d runner.Decision) error {
					w.add(1)
					return enc.Encode(d)
				})
				if err != nil {
					return err
				}
				return enc.Encode(map[string]runner.Head{"head": head})
			})
		},
	}
	cmd.Flags().DurationVar(&since, "since", 0, "no further back than this (default: all)")
	return cmd
}
