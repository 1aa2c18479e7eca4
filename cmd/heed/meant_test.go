package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"heed/bots"
)

// TestWhatWasMeantIsNamed: a mistyped verb, bot, key, guard or value gets the one that was
// most likely meant, or else what there is.
func TestWhatWasMeantIsNamed(t *testing.T) {
	j := newJudged(t)
	for i := range 3 {
		j.judge("tides", fmt.Sprintf("tide-2026-11-0%d", i+1), bots.Intent{Action: bots.Post, Text: fmt.Sprintf("High water number %d.", i)}, time.Now())
	}
	for _, c := range []struct {
		line string
		code int
		says string
	}{
		{"wyh", exitUsage, "why"},
		{"halt tide", exitNotFound, `did you mean "tides"?`},
		{"pause Gulls", exitNotFound, `did you mean "gulls"?`},
		{"resume herons", exitNotFound, "known: gulls, tides, waves"},
		{"optout add 42 --bot waevs", exitNotFound, `did you mean "waves"?`},
		{"judge --bot nobody", exitNotFound, "known: gulls, tides, waves"},
		{"why tide-2026-11-1", exitNotFound, `did you mean "tide-2026-11-01"?`},
		{"why tide/tide-2026-11-02", exitNotFound, `did you mean "tides/tide-2026-11-02"?`},
		{"approve tides/tide-2026-11-22", exitNotFound, `did you mean "tides/tide-2026-11-02"?`},
		{"why storm", exitNotFound, "storm: no intent has this key or id\n"},
		{"bench gards", exitUsage, `did you mean "guards"?`},
		{"bench everything", exitUsage, "known: "},
		{"emit pots", exitUsage, `did you mean "post"?`},
		{"log --guard opt_outs", exitUsage, `did you mean "opt_out"?`},
	} {
		if _, errs, code := j.toldOn(`{"action":"post","text":"x"}`, strings.Fields(c.line)...); code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d: %s", c.line, code, errs)
		}
	}
}

func TestManyNamesAreCut(t *testing.T) {
	var names []string
	for i := range 100 {
		names = append(names, fmt.Sprintf("bot-number-%d", i))
	}
	if got := meant("something else entirely", names); !strings.HasSuffix(got, "bot-number-29 and 70 more") {
		t.Errorf("listed %s", got)
	}
	if got := meant("x", nil); got != "known: none" {
		t.Errorf("listed %s", got)
	}
}
