package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"heed/guards"
)

func (a *app) rulesCmd() *cobra.Command {
	var policy, markdown bool
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "List the guards, what each demands, and the policy clauses it serves",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if policy {
				return a.printPolicy()
			}
			return a.printRules(markdown)
		},
	}
	cmd.Flags().BoolVar(&policy, "policy", false, "list the clauses of the policy instead, with their sources")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print the table as the README has it")
	return cmd
}

// rulesTable is the README's table of guards.
func rulesTable() string {
	var b strings.Builder
	b.WriteString("| guard | demands | serves | firm |\n|---|---|---|---|\n")
	for _, r := range guards.Rules() {
		firm := ""
		if r.Firm {
			firm = "firm"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.Name, r.Says, strings.Join(r.Clauses, " "), firm)
	}
	return b.String()
}

func (a *app) printRules(markdown bool) error {
	rules := guards.Rules()
	if a.json {
		enc := json.NewEncoder(a.out)
		for _, r := range rules {
			row := map[string]any{"guard": r.Name, "says": r.Says, "clauses": r.Clauses, "firm": r.Firm, "actions": r.Actions}
			if err := enc.Encode(row); err != nil {
				return err
			}
		}
		return nil
	}
	if markdown {
		_, err := io.WriteString(a.out, rulesTable())
		return err
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "GUARD\tFIRM\tCLAUSES\tDEMANDS")
	for _, r := range rules {
		firm := ""
		if r.Firm {
			firm = "firm"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Name, firm, strings.Join(r.Clauses, " "), r.Says)
	}
	return w.Flush()
}

func (a *app) printPolicy() error {
	if a.json {
		enc := json.NewEncoder(a.out)
		for _, c := range guards.Policy() {
			if err := enc.Encode(map[string]string{"id": c.ID, "says": c.Says, "source": c.Source, "as_of": guards.AsOf.Format(time.DateOnly)}); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "CLAUSE\tSAYS\tSOURCE (as of %s)\n", guards.AsOf.Format(time.DateOnly))
	for _, c := range guards.Policy() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.ID, c.Says, c.Source)
	}
	return w.Flush()
}
