package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/config"
	"heed/runner"
)

func (a *app) forgetCmd() *cobra.Command {
	var user, post string
	var dry bool
	cmd := &cobra.Command{
		Use:   "forget --user ID | --post ID",
		Short: "Erase a person or a post everywhere in heed's files; an opt-out stays",
		Long: "forget erases what heed keeps of a person or a post: intents and their texts, verdicts, what was\n" +
			"heard, consents. What is still to be done to them is recalled first. Of a person stays what keeps\n" +
			"heed from contacting them again: opt-outs, and messages that wait for a review. Then it searches\n" +
			"heed's files byte for byte and says where the id still stands. Exit 1: somewhere it should not.\n" +
			"It works while heed runs.",
		Example: "  heed forget --user 2244994945 --dry-run\n  heed forget --user 2244994945\n  heed forget --post 1857",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e := runner.Erasure{User: bots.UserID(user), Post: bots.PostID(post), By: a.actor(), At: time.Now(), DryRun: dry}
			if !bots.IsSnowflake(e.ID()) {
				return usage("forget: %q is no id: X's ids are 1 to 20 digits; heed keeps no handles", e.ID())
			}
			return a.desk(func(cfg *config.Config, desk runner.Desk) error {
				w := a.working("forget", "bytes")
				defer w.end()
				done, err := desk.Forget(cmd.Context(), e)
				if err != nil {
					return err
				}
				found, err := searchFiles(cmd.Context(), cfg, e.ID(), done, w.add)
				w.end()
				if err != nil {
					return err
				}
				return a.forgotten(e, done, found)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&user, "user", "", "a person's user id")
	f.StringVar(&post, "post", "", "a post's id")
	f.BoolVar(&dry, "dry-run", false, "say what would be erased, and erase nothing")
	cmd.MarkFlagsMutuallyExclusive("user", "post")
	cmd.MarkFlagsOneRequired("user", "post")
	return cmd
}

// forgotten tells what was erased and where the id still stands.
func (a *app) forgotten(e runner.Erasure, done runner.Forgotten, found []holding) error {
	whole := len(done.UnderWay) == 0 && len(done.Elsewhere) == 0
	for _, s := range found {
		whole = whole && s.Expected
	}
	if a.json {
		err := json.NewEncoder(a.out).Encode(map[string]any{"id": e.ID(), "dry_run": e.DryRun, "erased": done, "files": found, "complete": whole && !e.DryRun})
		if err != nil {
			return err
		}
	} else {
		fmt.Fprintln(a.out, forgottenText(e, done, found))
	}
	if e.DryRun || whole {
		return nil
	}
	return exit{exitFailed, fmt.Errorf("%s is not erased everywhere: see above what is left and what to do", e.ID())}
}

func forgottenText(e runner.Erasure, done runner.Forgotten, found []holding) string {
	var b strings.Builder
	verb := "erased"
	if e.DryRun {
		verb = "to erase"
	}
	fmt.Fprintf(&b, "%s: %d intents (%d of them recalled), %d verdicts of others, %d entries and %d lines of the log, %d events, %d posts, %d choices; the target of %d acts\n",
		verb, done.Intents, done.Recalled, done.Verdicts, done.Entries, done.Lines, done.Heard, done.Posts, done.Choices, done.Acts)
	if done.Kept > 0 {
		fmt.Fprintf(&b, "kept: %d opt-outs or reviews, so that no bot contacts them\n", done.Kept)
	}
	for _, k := range done.UnderWay {
		fmt.Fprintf(&b, "left: %s is on its way to X, and heed must be able to find out whether it happened; run this again when it has ended (heed why %s)\n", k, k)
	}
	for _, p := range done.Elsewhere {
		fmt.Fprintf(&b, "left: %d rows of the ledger's %s%s\n", p.Rows, p.Table, leftWhy[p.Table])
	}
	for _, s := range found {
		word := "left"
		if s.Expected {
			word = "expected"
		}
		fmt.Fprintf(&b, "%s: %s holds it %d times: %s\n", word, s.File, s.Times, s.Says)
	}
	if len(found) == 0 {
		fmt.Fprintln(&b, "no file of heed's holds the id")
	}
	return strings.TrimRight(b.String(), "\n")
}

// leftWhy says of a table why an erasure left a row there.
var leftWhy = map[string]string{
	"inboxes": ": it marks how far an inbox was read, and goes with the next message",
	"halts":   ": a reason for a stop names it; lift that stop, or leave it to your own judgement",
	"grants":  ": an owner's grant names it",
}
