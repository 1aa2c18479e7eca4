package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/bots"
	"heed/runner/scripts"
)

func (a *app) emitCmd() *cobra.Command {
	var in bots.Intent
	var post, user, notBefore, expiresAt string
	var media, options []string
	var minutes int
	var wait bool
	cmd := &cobra.Command{
		Use:   "emit ACTION",
		Short: "Say an intent from a shell: builds the JSON, hands it to heed",
		Long: "emit builds one intent. Inside a bot's script it hands it to heed over the bot's own\n" +
			"socket ($HEED_SOCKET) and says its key; elsewhere it prints the line.",
		Example: "  heed emit post --text \"High tide 14:32\" --key tide-14\n" +
			"  heed emit reply --to 1857 --cause post:1857 --text \"At 14:32.\" --wait",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if in.Action = bots.Action(args[0]); !in.Action.Known() {
				return usage("emit: %.40q is no action; %s", args[0], meant(args[0], actions("")))
			}
			in.Target = bots.Target{PostID: bots.PostID(post), UserID: bots.UserID(user)}
			for _, m := range media {
				path, alt, _ := strings.Cut(m, "=")
				in.Media = append(in.Media, bots.Media{Path: path, Alt: alt})
			}
			if len(options) > 0 {
				in.Poll = &bots.Poll{Options: options, Minutes: minutes}
			}
			var errs [2]error
			in.NotBefore, errs[0] = moment("not-before", notBefore)
			in.ExpiresAt, errs[1] = moment("expires-at", expiresAt)
			if err := errors.Join(errs[:]...); err != nil {
				return err
			}
			line, err := in.Encode()
			if err != nil {
				return err
			}
			if _, err := bots.DecodeIntent(line); err != nil {
				return exit{exitUsage, err}
			}
			socket := os.Getenv("HEED_SOCKET")
			if socket == "" {
				if wait {
					return exit{exitUnreachable, errors.New("emit --wait: HEED_SOCKET is not set: heed sets it for the scripts it runs")}
				}
				_, err = fmt.Fprintf(a.out, "%s\n", line)
				return err
			}
			return a.send(cmd, socket, line, wait)
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.Text, "text", "", "the text")
	f.StringVar(&post, "to", "", "the post it answers, quotes, reposts, likes or deletes")
	f.StringVar(&user, "user", "", "the person a dm, follow or unfollow is for")
	f.StringVar(&in.Key, "key", "", "your own name for it: the same key again is the same intent")
	f.StringVar(&in.Cause, "cause", "", "the id of the event this answers")
	f.StringVar(&in.Reason, "reason", "", "for the person who approves")
	f.BoolVar(&in.Hold, "hold", false, "ask for a person's approval")
	f.StringVar(&in.Template, "template", "", "the template that made the text")
	f.StringToStringVar(&in.Facts, "fact", nil, "what the template was filled with: name=value")
	f.StringArrayVar(&media, "media", nil, "a file in the bot's folder, with its description: chart.png=\"The tide of today\"")
	f.StringArrayVar(&options, "poll", nil, "an option of a poll; two to four")
	f.IntVar(&minutes, "poll-minutes", 1440, "for how many minutes the poll is open")
	f.StringVar(&in.ReplySettings, "replies", "", "who may answer: everyone, following, mentionedUsers, subscribers, verified")
	f.BoolVar(&in.MadeWithAI, "made-with-ai", false, "a model made it")
	f.BoolVar(&in.PaidPartnership, "paid-partnership", false, "somebody paid for it")
	f.BoolVar(&in.Sensitive, "sensitive", false, "its media are sensitive")
	f.StringVar(&notBefore, "not-before", "", "not before this time, like 2026-11-22T18:00:00Z (default: at once)")
	f.StringVar(&expiresAt, "expires-at", "", "a time after which it is worth nothing (default: never)")
	cmd.AddCommand(a.threadCmd())
	f.BoolVar(&wait, "wait", false, "wait for the verdict; exit 4 when it is refused or held")
	return cmd
}

func moment(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, usage("emit: --%s %s: write a time like 2026-11-22T18:00:00Z", name, text)
	}
	return t, nil
}

// send hands the line over, and with wait follows it to its verdict. Nothing of the
// answer is printed on stdout unless it was asked for: that may be the script's own
// way to heed.
func (a *app) send(cmd *cobra.Command, socket string, line []byte, wait bool) error {
	refused, told := false, !wait
	err := scripts.Emit(cmd.Context(), socket, json.RawMessage(line), wait, func(answer []byte) error {
		var e bots.Event
		verdict := json.Unmarshal(answer, &e) == nil && e.Verdict != nil
		if verdict {
			told = true
			refused = e.Verdict.Decision != "allow" && e.Verdict.Decision != "duplicate"
		}
		var err error
		switch {
		case a.json:
			_, err = fmt.Fprintf(a.out, "%s\n", answer)
		case verdict:
			_, err = fmt.Fprintf(a.out, "%s %s: %s\n", e.Verdict.Decision, e.Verdict.Code, e.Verdict.Message)
		}
		return err
	})
	switch {
	case errors.Is(err, scripts.ErrRefused):
		return exit{exitRefused, err}
	case err != nil:
		return exit{exitUnreachable, err}
	}
	switch {
	case !told:
		return exit{exitUnreachable, errors.New("emit: heed went away before it gave a verdict; the intent is not lost")}
	case refused:
		return exit{code: exitRefused}
	}
	return nil
}
