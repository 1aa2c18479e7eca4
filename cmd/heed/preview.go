package main

import (
	"fmt"
	"strings"

	"heed/bots"
	"heed/cmd/heed/table"
	"heed/guards"
	"heed/runner"
)

// previewLines tell exactly what an intent would publish: the account, whom it reaches,
// the words, the files, what is added, and what it costs (rule P4). Nothing that heed
// sends is left out: an intent can name no place (rule P5).
func previewLines(c runner.Case, handle string) []string {
	in := c.Intent
	var out []string
	line := func(name, format string, args ...any) {
		out = append(out, fmt.Sprintf("%-8s %s", name, table.Clean(fmt.Sprintf(format, args...))))
	}
	line("account", "%s (%s)", handle, c.Bot)
	if in.Action == "" {
		return out
	}
	line("does", "%s%s", in.Action, on(in.Target))
	if in.Text != "" {
		line("text", "%q", in.Text)
	}
	for i, m := range in.Media {
		what := "not looked at"
		if i < len(c.Media) {
			p := c.Media[i]
			what = fmt.Sprintf("%s, %d x %d, %d bytes, sha256 %.12s", orUnknown(p.Type), p.Width, p.Height, p.Bytes, p.SHA256)
		}
		line("media", "%s: %s; described as %q", m.Path, what, m.Alt)
	}
	if in.Poll != nil {
		line("poll", "%q, open for %d minutes", in.Poll.Options, in.Poll.Minutes)
	}
	if in.ReplySettings != "" {
		line("replies", "%s", in.ReplySettings)
	}
	if marks := in.Marks(); len(marks) > 0 {
		line("marked", "%s", strings.Join(marks, ", "))
	}
	line("place", "none: heed never adds one")
	if in.Cause != "" {
		line("answers", "%s", in.Cause)
	}
	if c.Verdict != nil && c.Verdict.Cost > 0 {
		line("costs", "%s by X's published prices", c.Verdict.Cost)
	}
	if !in.ExpiresAt.IsZero() {
		line("until", "%s, then it expires", stamp(in.ExpiresAt))
	}
	if in.Reason != "" && in.Action != bots.DM {
		line("because", "%s", in.Reason)
	}
	line("hash", "%s", c.Hash)
	return out
}

func on(t bots.Target) string {
	switch {
	case t.PostID != "":
		return " on post " + string(t.PostID)
	case t.UserID != "":
		return " to user " + string(t.UserID)
	}
	return ""
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown kind"
	}
	return s
}

// previewJSON is the same for machines.
func previewJSON(c runner.Case, handle string) map[string]any {
	m := caseJSON(c)
	m["account"], m["place"] = handle, nil
	if c.Verdict != nil {
		m["cost"] = c.Verdict.Cost.String()
	}
	if c.Media == nil {
		c.Media = []guards.Picture{}
	}
	m["media"] = c.Media
	return m
}
