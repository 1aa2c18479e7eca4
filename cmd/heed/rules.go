package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/guards"
)

func (a *app) rulesCmd() *cobra.Command {
	var ofGuards, markdown bool
	cmd := &cobra.Command{
		Use:     "rules",
		Short:   "List the rules of X's policies: how heed serves each, where, and which tests hold it",
		Example: "  heed rules\n  heed rules --guards\n  heed rules --markdown > policy.md",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			switch {
			case markdown && a.json:
				return usage("rules: --markdown is a page, which has no JSON: leave one of the two out")
			case ofGuards && markdown:
				return a.write(guardsTable())
			case ofGuards:
				return a.printGuards()
			case markdown:
				return a.write(policyPage())
			}
			return a.printPolicy(time.Now())
		},
	}
	cmd.Flags().BoolVar(&ofGuards, "guards", false, "list the guards instead, with what each demands")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "as the README or docs/policy.md has it")
	return cmd
}

func (a *app) write(text string) error {
	_, err := io.WriteString(a.out, text)
	return err
}

// guardsTable is the README's table of guards.
func guardsTable() string {
	var b strings.Builder
	b.WriteString("| guard | demands | serves | |\n|---|---|---|---|\n")
	for _, r := range guards.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.Name, r.Says, strings.Join(r.Clauses, " "), firmness(r))
	}
	return b.String()
}

func firmness(r guards.Rule) string {
	switch {
	case r.Firm:
		return "firm"
	case r.Watched:
		return "watched"
	}
	return ""
}

// servicesTable is the README's table of how many rules are served in which way.
func servicesTable() string {
	var b strings.Builder
	b.WriteString("| served by | rules |\n|---|---|\n")
	for _, s := range guards.Services() {
		var ids []string
		for _, c := range guards.Policy() {
			if c.Served[0] == s {
				ids = append(ids, c.ID)
			}
		}
		fmt.Fprintf(&b, "| %s | %d: %s |\n", s, len(ids), strings.Join(ids, " "))
	}
	return b.String()
}

// chapters are the parts of the rule table, by the letter of their ids.
var chapters = []struct{ letter, title string }{
	{"C", "Contacting people"}, {"D", "Duplicates, several accounts, content"}, {"F", "Follows, likes, reposts, deletions"},
	{"B", "Disclosure and identity"}, {"P", "Acting through another person's account"}, {"M", "Data"}, {"A", "App and API conduct"},
}

// policyPage is docs/policy.md.
func policyPage() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The rules, and where heed serves them\n\n")
	fmt.Fprintf(&b, "Every rule of X's developer policies that a bot runner must live by, in our own words, as read on %s. "+
		"This page is written by `make rules` from what is declared beside the code that serves each rule; a test compares them. "+
		"Policies change without notice: heed warns when this table is more than %d days old.\n\n",
		guards.AsOf.Format(time.DateOnly), int(guards.MaxPolicyAge.Hours()/24))
	b.WriteString(servicesTable())
	for _, ch := range chapters {
		fmt.Fprintf(&b, "\n## %s\n\n| rule | demands | source | served by | in | held by | left to you |\n|---|---|---|---|---|---|---|\n", ch.title)
		for _, c := range guards.Policy() {
			if strings.HasPrefix(c.ID, ch.letter) {
				fmt.Fprintf(&b, "| %s | %s | %s | %s | `%s` | %s | %s |\n", c.ID, c.Says, c.Source, services(c), c.File,
					strings.Join(c.Tests, ", "), c.Operator)
			}
		}
	}
	return b.String()
}

func services(c guards.Clause) string {
	names := make([]string, len(c.Served))
	for i, s := range c.Served {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

func (a *app) printGuards() error {
	rules := guards.Rules()
	if a.json {
		enc := json.NewEncoder(a.out)
		for _, r := range rules {
			row := map[string]any{"guard": r.Name, "says": r.Says, "clauses": r.Clauses, "firm": r.Firm, "watched": r.Watched, "actions": r.Actions}
			if err := enc.Encode(row); err != nil {
				return err
			}
		}
		return nil
	}
	t := a.table("GUARD", "", "RULES", "DEMANDS")
	for _, r := range rules {
		t.Row(r.Name, firmness(r), strings.Join(r.Clauses, " "), r.Says)
	}
	return t.Write(a.out)
}

func (a *app) printPolicy(now time.Time) error {
	all := guards.Policy()
	counts := map[guards.Service]int{}
	for _, c := range all {
		counts[c.Served[0]]++
	}
	if a.json {
		return json.NewEncoder(a.out).Encode(map[string]any{"as_of": guards.AsOf.Format(time.DateOnly),
			"old": guards.TablesAreOld(now), "counts": counts, "rules": all})
	}
	t := a.table("RULE", "SERVED BY", "IN", "DEMANDS")
	for _, c := range all {
		t.Row(c.ID, services(c), c.File, c.Says)
		if c.Operator != "" && slices.Equal(c.Served, []guards.Service{guards.ByWords}) {
			t.Row("", "", "", "you: "+c.Operator)
		}
	}
	if err := t.Write(a.out); err != nil {
		return err
	}
	for _, s := range guards.Services() {
		fmt.Fprintf(a.out, "%d by %s. ", counts[s], s)
	}
	fmt.Fprintf(a.out, "As read on %s; heed rules --markdown tells sources and tests.\n", guards.AsOf.Format(time.DateOnly))
	a.warnOfOldTables(now)
	return nil
}

// oldTables asks for a newer heed where what it knows of X is old (rule A15); "" otherwise.
func oldTables(now time.Time) string {
	old := guards.TablesAreOld(now)
	if len(old) == 0 {
		return ""
	}
	return fmt.Sprintf("more than %d days old: %s. X's rules change without notice: read its changelog and update heed (rule A15)",
		int(guards.MaxPolicyAge.Hours()/24), strings.Join(old, ", "))
}

func (a *app) warnOfOldTables(now time.Time) {
	if old := oldTables(now); old != "" {
		fmt.Fprintf(a.errs, "heed: warning: %s\n", old)
	}
}
