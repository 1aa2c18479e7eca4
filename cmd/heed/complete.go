package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/cmd/heed/bench"
	"heed/config"
	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
)

// offer gives what may stand where somebody types, each with a tab and what it means. It
// is asked at every press of the key: it is quick, changes nothing, and says nothing where
// it knows nothing.
type offer func(typed string) []string

// completions tells shells what may stand where. Each is for a verb by its path, and a flag
// of it or, with "", its words; verbs and flags that are not listed complete as ever.
func (a *app) completions(root *cobra.Command) {
	held, every := a.keys(runner.Held), a.keys("")
	for path, of := range map[string]offer{
		"pause": a.bots, "resume": a.bots, "halt": a.bots, "login": a.bots, "logout": a.bots, "whoami": a.bots,
		"grant show": a.bots, "grant add": a.bots, "grant withdraw": a.bots,
		"why": every, "approve": held, "reject": held, "emit": actions, "bench": benchNames,
	} {
		if cmd, rest, err := root.Find(strings.Fields(path)); err == nil && len(rest) == 0 && cmd != root {
			cmd.ValidArgsFunction = once(cmd, of)
		}
	}
	if cmd, _, err := root.Find([]string{"test"}); err == nil && cmd != root {
		cmd.ValidArgsFunction = tomlFiles
	}
	_ = root.RegisterFlagCompletionFunc("config", tomlFiles)
	a.completeFlags(root)
}

// tomlFiles leaves it to the shell to find files of settings or cases.
func tomlFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"toml"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeFlags gives the flags that mean the same wherever they stand their words.
func (a *app) completeFlags(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		a.completeFlags(sub)
	}
	if cmd.LocalNonPersistentFlags().Lookup("with") != nil {
		_ = cmd.RegisterFlagCompletionFunc("with", tomlFiles)
	}
	for name, of := range map[string]offer{"bot": a.bots, "kind": kinds, "verdict": verdicts, "rule": clauses, "guard": guardWords,
		"lang": func(string) []string { return languageNames() }} {
		if f := cmd.LocalNonPersistentFlags().Lookup(name); f != nil {
			lists := f.Value.Type() == "stringSlice"
			_ = cmd.RegisterFlagCompletionFunc(name, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
				return matching(of, typed, lists), cobra.ShellCompDirectiveNoFileComp
			})
		}
	}
}

// once completes as many words as the verb takes, and no file names.
func once(cmd *cobra.Command, of offer) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 && cmd.Args != nil && cmd.Args(cmd, append(slices.Clone(args), typed)) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		found := matching(of, typed, false)
		return slices.DeleteFunc(found, func(w string) bool {
			word, _, _ := strings.Cut(w, "\t")
			return slices.Contains(args, word)
		}), cobra.ShellCompDirectiveNoFileComp
	}
}

// matching are the words that begin as what was typed. In a list only the word after the
// last comma is open, and what stands before it is kept.
func matching(of offer, typed string, list bool) (out []string) {
	before := ""
	if i := strings.LastIndexByte(typed, ','); list && i >= 0 {
		before, typed = typed[:i+1], typed[i+1:]
	}
	for _, w := range of(typed) {
		if strings.HasPrefix(w, typed) {
			out = append(out, before+w)
		}
	}
	return out
}

// offered is a word with what it means, on one line.
func offered(word, means string) string {
	return word + "\t" + strings.Join(strings.FieldsFunc(means, func(r rune) bool { return r < ' ' }), " ")
}

// quietly reads the settings for completing. What is wrong with them is for `heed check` to say.
func (a *app) quietly() *config.Config {
	cfg, err := config.Load(a.config)
	if err != nil {
		return nil
	}
	return cfg
}

func (a *app) bots(string) (out []string) {
	if cfg := a.quietly(); cfg != nil {
		for _, b := range cfg.Bots {
			out = append(out, offered(b.Name, b.Purpose))
		}
	}
	return out
}

// keys are those of the newest intents, or of the newest in a state, as BOT/KEY; bare where
// somebody has begun a key.
func (a *app) keys(in runner.State) offer {
	return func(typed string) (out []string) {
		cfg := a.quietly()
		if cfg == nil {
			return nil
		}
		newest, err := ledger.Glance(cfg.Ledger.Path, in)
		if err != nil {
			return nil
		}
		for _, g := range newest {
			if !plainKey(g.Key) {
				continue
			}
			means := strings.TrimSpace(string(g.State) + " " + string(g.Action))
			if whole := g.Bot + "/" + g.Key; strings.HasPrefix(whole, typed) {
				out = append(out, offered(whole, means))
			} else if strings.HasPrefix(g.Key, typed) {
				out = append(out, offered(g.Key, means+" of "+g.Bot))
			}
		}
		return out
	}
}

// plainKey says whether a key that a script chose can be put on a command line as it is.
func plainKey(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._:/@+=-", r))
	})
}

func actions(string) (out []string) {
	for _, a := range bots.Actions() {
		out = append(out, string(a))
	}
	return out
}

func benchNames(string) (out []string) {
	for _, b := range bench.All() {
		out = append(out, offered(b.Name, b.Says))
	}
	return out
}

func kinds(string) []string    { return recordKinds() }
func verdicts(string) []string { return guards.EffectNames() }

func clauses(string) (out []string) {
	for _, c := range guards.Policy() {
		out = append(out, offered(c.ID, c.Says))
	}
	return out
}

func guardWords(string) (out []string) {
	for _, r := range guards.Rules() {
		out = append(out, offered(r.Name, r.Says))
	}
	return out
}
