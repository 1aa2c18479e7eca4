package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"heed/guards"
)

// builtAt is when this heed was built, in seconds since 1970, set by the linker: the time
// of its last commit. Without it the pages bear the date of the rules that heed knows.
var builtAt = ""

func (a *app) manCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "man FOLDER",
		Short: "Write a manual page of every verb into a folder",
		Long: "Writes a manual page of every verb into FOLDER, which is made where it is not there. The same heed\n" +
			"writes the same bytes everywhere: the pages bear the date of the build, or of SOURCE_DATE_EPOCH\n" +
			"(seconds since 1970) where that is set.",
		Example: "  heed man /usr/local/share/man/man1\n  SOURCE_DATE_EPOCH=1795910400 heed man man/",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			date, err := manDate(os.Getenv("SOURCE_DATE_EPOCH"))
			if err != nil {
				return err
			}
			n, err := writeManual(args[0], date)
			if err != nil {
				return fmt.Errorf("man: %w", err)
			}
			return a.print(map[string]any{"folder": args[0], "pages": n}, "%d pages are in %s; man -l %s/heed.1 shows the first", n, args[0], strings.TrimSuffix(args[0], "/"))
		},
	}
}

// manDate is what the pages bear; epoch is SOURCE_DATE_EPOCH, "" where it is not set.
func manDate(epoch string) (time.Time, error) {
	for _, s := range []string{epoch, builtAt} {
		if s == "" {
			continue
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 0 {
			return time.Time{}, usage("man: SOURCE_DATE_EPOCH %.40q: must be seconds since 1970", s)
		}
		return time.Unix(n, 0).UTC(), nil
	}
	return guards.AsOf, nil
}

// writeManual writes a page of each verb and says how many. It takes a tree of its own,
// to which no command line has added anything.
func writeManual(dir string, date time.Time) (n int, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	root := (&app{in: strings.NewReader(""), out: io.Discard, errs: io.Discard}).root()
	ready(root, &n)
	header := &doc.GenManHeader{Section: "1", Date: &date, Source: "heed", Manual: "heed"}
	return n, doc.GenManTree(root, header, dir)
}

// ready makes a tree's texts Markdown, from which the pages are made, and counts it.
func ready(c *cobra.Command, n *int) {
	*n++
	c.DisableAutoGenTag = true
	c.SetHelpCommand(&cobra.Command{Use: "help", Hidden: true}) // it has no page that another could name
	c.Long = fenced(c.Long)
	for _, sub := range c.Commands() {
		ready(sub, n)
	}
}

// fenced keeps the lines of a text that are indented as they stand, each in its line.
func fenced(text string) string {
	var b strings.Builder
	open := false
	for line := range strings.SplitSeq(text, "\n") {
		if in := strings.HasPrefix(line, "  "); in != open {
			b.WriteString("```\n")
			open = in
		}
		b.WriteString(line + "\n")
	}
	if open {
		b.WriteString("```\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
