package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/runner/scripts"
)

// threadCmd posts a thread: each part answers the one before, which must be out. The
// first part that is not done ends it: a thread with a hole is worse than a short one.
func (a *app) threadCmd() *cobra.Command {
	var texts []string
	var key string
	cmd := &cobra.Command{
		Use:     "thread --key NAME --text ONE --text TWO...",
		Short:   "Say several posts as one thread, in order; the first that fails ends it",
		Example: "  heed emit thread --key storm-7 --text \"Storm warning for the harbour.\" --text \"Ferries stop at 18:00.\"",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			socket := os.Getenv("HEED_SOCKET")
			switch {
			case len(texts) < 2 || len(texts) > maxThread:
				return usage("emit thread: %d texts; a thread has 2 to %d", len(texts), maxThread)
			case socket == "":
				return exit{exitUnreachable, errors.New("emit thread: HEED_SOCKET is not set: heed sets it for the scripts it runs")}
			}
			parts := make([]bots.Intent, len(texts))
			for i, text := range texts { // all are looked at before the first is said
				parts[i] = bots.Intent{Action: bots.Post, Text: text, Key: fmt.Sprintf("%s/%d", key, i+1)}
				if i > 0 {
					parts[i].Action, parts[i].Target.PostID = bots.Reply, "1" // until the part before it is out
				}
				if err := parts[i].Check(); err != nil {
					return exit{exitUsage, fmt.Errorf("part %d: %w", i+1, err)}
				}
			}
			return a.thread(cmd.Context(), socket, parts)
		},
	}
	cmd.Flags().StringArrayVar(&texts, "text", nil, "a part's text; once for each part")
	cmd.Flags().StringVar(&key, "key", "", "your own name for the thread; its parts are NAME/1, NAME/2...")
	_ = cmd.MarkFlagRequired("key")
	return cmd
}

// maxThread is how many parts a thread may have.
const maxThread = 25

func (a *app) thread(ctx context.Context, socket string, parts []bots.Intent) error {
	var before bots.PostID
	for i, in := range parts {
		if i > 0 {
			in.Target.PostID = before
		}
		post, why, err := a.say(ctx, socket, in)
		switch {
		case errors.Is(err, scripts.ErrRefused):
			return exit{exitRefused, err}
		case err != nil:
			return exit{exitUnreachable, err}
		case post == "":
			return exit{exitRefused, fmt.Errorf("emit thread: it ends at part %d of %d: %s", i+1, len(parts), why)}
		}
		before = post
		if a.json {
			if err := a.print(map[string]any{"key": in.Key, "post_id": post}, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// say hands one part over and follows it to its end: the post it made, or why there is none.
func (a *app) say(ctx context.Context, socket string, in bots.Intent) (post bots.PostID, why string, err error) {
	line, err := in.Encode()
	if err != nil {
		return "", "", err
	}
	why = "heed went away before its outcome was known; the intent is not lost"
	err = scripts.Emit(ctx, socket, json.RawMessage(line), true, func(answer []byte) error {
		var e bots.Event
		switch {
		case json.Unmarshal(answer, &e) != nil:
		case e.Verdict != nil && e.Verdict.Decision != "allow":
			why = fmt.Sprintf("%s %s: %s", e.Verdict.Decision, e.Verdict.Code, e.Verdict.Message)
		case e.Outcome != nil && e.Outcome.Status == "done":
			post = e.Outcome.PostID
			why = "it was rehearsed, and so has no post that the next part could answer"
		case e.Outcome != nil:
			why = e.Outcome.Status
			if e.Outcome.Error != nil {
				why += " " + e.Outcome.Error.Code + ": " + e.Outcome.Error.Detail
			}
		}
		return nil
	})
	return post, why, err
}
