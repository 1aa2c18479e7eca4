package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// verbHelp is what help tells of a verb, for machines.
type verbHelp struct {
	Verb    string     `json:"verb"`
	Usage   string     `json:"usage"`
	Short   string     `json:"short"`
	Long    string     `json:"long,omitempty"`
	Example string     `json:"example,omitempty"`
	Flags   []flagHelp `json:"flags,omitempty"`
	Verbs   []verbHelp `json:"verbs,omitempty"` // those below it, by their lines alone
}

type flagHelp struct {
	Name    string `json:"name"`
	Letter  string `json:"letter,omitempty"`
	Type    string `json:"type"`
	Default string `json:"default"`
	Says    string `json:"says"`
}

// helpInJSON has help, and verbs that are only a heading of others, obey --json.
func (a *app) helpInJSON(root *cobra.Command) {
	plain := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		if !a.json {
			plain(c, args)
			return
		}
		if err := json.NewEncoder(a.out).Encode(helpOf(c)); err != nil {
			fmt.Fprintln(a.errs, "heed:", err)
		}
	})
}

func helpOf(c *cobra.Command) verbHelp {
	h := verbHelp{Verb: c.CommandPath(), Usage: c.UseLine(), Short: c.Short, Long: c.Long, Example: c.Example}
	list := func(f *pflag.Flag) {
		if !f.Hidden {
			h.Flags = append(h.Flags, flagHelp{f.Name, f.Shorthand, f.Value.Type(), f.DefValue, f.Usage})
		}
	}
	c.LocalFlags().VisitAll(list)
	c.InheritedFlags().VisitAll(list)
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			h.Verbs = append(h.Verbs, verbHelp{Verb: sub.CommandPath(), Usage: sub.UseLine(), Short: sub.Short})
		}
	}
	return h
}

// helpVerb has help refuse a verb that is none: cobra's own shows all verbs and ends well.
// What completes its arguments stays cobra's.
func helpVerb(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() != "help" {
			continue
		}
		c.Use, c.Short = "help [VERB ...]", "Tell what a verb does, its flags, and show it at work"
		c.Long, c.Example = "", "  heed help\n  heed help optout add"
		c.Run = nil
		c.RunE = func(_ *cobra.Command, args []string) error {
			verb, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return usage("help: %q is no verb of %q", rest[0], verb.CommandPath())
			}
			verb.InitDefaultHelpFlag() // so that it is among the flags
			return verb.Help()
		}
	}
}

// headings has verbs that only hold others refuse a word that is none of these. Without
// it `heed optout ad 100` would show help and end with 0, and nobody would be opted out.
func headings(c *cobra.Command) {
	for _, sub := range c.Commands() {
		headings(sub)
	}
	if c.Runnable() || !c.HasParent() {
		return
	}
	c.DisableFlagsInUseLine = true
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		hint := ""
		c.SuggestionsMinimumDistance = 2
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			hint = "; did you mean " + strings.Join(near, " or ") + "?"
		}
		return usage("unknown command %q for %q%s", args[0], c.CommandPath(), hint)
	}
}

// noScriptInJSON keeps --json from being taken and not obeyed: what completes a command
// line is a script for a shell.
func (a *app) noScriptInJSON(cmd *cobra.Command, _ []string) error {
	if a.json && cmd.HasParent() && cmd.Parent().Name() == "completion" {
		return usage("%s: it prints a script for a shell, which has no JSON: leave --json out", cmd.CommandPath())
	}
	return nil
}
