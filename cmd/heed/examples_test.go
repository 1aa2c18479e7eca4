package main

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// verbs hands over every command of the program, the root first.
func verbs(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		verbs(sub, do)
	}
}

// pathOf is a command as a person types it, without the program's name.
func pathOf(c *cobra.Command) string {
	return strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), "heed"), " ")
}

// freshRoot is the tree as no command line has touched it.
func freshRoot() *cobra.Command {
	a := &app{in: strings.NewReader(""), out: io.Discard, errs: io.Discard}
	return a.root()
}

// TestEveryVerbExplainsItself: each says in a line what it is for and shows itself at
// work, and each of its flags says what it means, and how much where it counts a time.
func TestEveryVerbExplainsItself(t *testing.T) {
	verbs(freshRoot(), func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || strings.Contains(c.Short, "\n") {
			t.Errorf("heed %s: its line is %q", pathOf(c), c.Short)
		}
		if c.Example == "" {
			t.Errorf("heed %s: no example", pathOf(c))
		}
		for line := range strings.SplitSeq(c.Long+"\n"+c.Example, "\n") {
			if len(line) > 130 {
				t.Errorf("heed %s: a line of %d bytes: %s", pathOf(c), len(line), line)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("heed %s: --%s says nothing", pathOf(c), f.Name)
			}
			// A duration shows its default by itself, unless that is zero.
			if f.Value.Type() == "duration" && f.DefValue == "0s" && !strings.Contains(f.Usage, "default") && !strings.Contains(f.Usage, "like ") {
				t.Errorf("heed %s: --%s: a time without a default or an example: %q", pathOf(c), f.Name, f.Usage)
			}
		})
	})
}

// TestEveryExampleIsUnderstood: every line of an example that runs heed is a command of
// this program, with flags and arguments that it takes, and at least one is of the verb
// that shows it.
func TestEveryExampleIsUnderstood(t *testing.T) {
	verbs(freshRoot(), func(shown *cobra.Command) {
		own := false
		for line := range strings.SplitSeq(shown.Example, "\n") {
			for _, args := range heedLines(line) {
				got, err := understood(args)
				if err != nil {
					t.Errorf("heed %s: its example %q: %v", pathOf(shown), strings.TrimSpace(line), err)
					continue
				}
				own = own || got == pathOf(shown) || shown.HasSubCommands() && strings.HasPrefix(got, pathOf(shown))
			}
		}
		if !own {
			t.Errorf("heed %s: none of its examples runs it", pathOf(shown))
		}
	})
}

// heedLines are the arguments of each heed in a line of shell.
func heedLines(line string) (found [][]string) {
	for part := range strings.SplitSeq(line, " | ") {
		args, ok := strings.CutPrefix(strings.TrimSpace(part), "heed ")
		if !ok {
			continue
		}
		args, _, _ = strings.Cut(args, " #")
		args, _, _ = strings.Cut(args, " > ")
		args, _, _ = strings.Cut(args, " <")
		found = append(found, shellWords(args))
	}
	return found
}

// understood reads a command line as the program does, up to where it would act.
func understood(args []string) (path string, err error) {
	c, rest, err := freshRoot().Find(args)
	if err != nil {
		return "", err
	}
	if err := c.ParseFlags(rest); err != nil {
		return "", err
	}
	for _, check := range []func() error{
		func() error { return c.ValidateArgs(c.Flags().Args()) },
		c.ValidateRequiredFlags,
		c.ValidateFlagGroups,
	} {
		if err := check(); err != nil {
			return "", err
		}
	}
	return pathOf(c), nil
}

// TestAWrongExampleIsFound is the control of the two above.
func TestAWrongExampleIsFound(t *testing.T) {
	for _, args := range [][]string{{"nonsense"}, {"approve"}, {"pause", "--four", "2h"}, {"pause", "--for", "two"}, {"judge"},
		{"forget"}, {"doctor", "--local", "--offline"}} {
		if path, err := understood(args); err == nil {
			t.Errorf("%v was understood as heed %s", args, path)
		}
	}
}
