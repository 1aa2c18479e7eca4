package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// mostHistory is how many of an intent's last records are told.
const mostHistory = 30

// rule is a clause of X's policies.
type rule struct {
	ID     string `json:"id"`
	Says   string `json:"says"`
	Source string `json:"source"`
}

func rulesOf(ids []string) []rule {
	rules := []rule{}
	for _, id := range ids {
		if c, ok := guards.ClauseOf(id); ok {
			rules = append(rules, rule{c.ID, c.Says, c.Source})
		}
	}
	return rules
}

// finding is one guard's answer with all that stands behind it (promise P10).
type finding struct {
	Guard    string         `json:"guard"`
	Result   string         `json:"result"`
	Code     string         `json:"code,omitempty"`
	Message  string         `json:"message,omitempty"`
	Remedy   string         `json:"remedy,omitempty"`
	Rules    []rule         `json:"rules"`
	Evidence map[string]any `json:"evidence,omitempty"`
}

// step is one thing that happened to an intent.
type step struct {
	At      time.Time         `json:"at"`
	Kind    runner.RecordKind `json:"kind"`
	State   runner.State      `json:"state,omitempty"`
	Code    string            `json:"code,omitempty"`
	Message string            `json:"message,omitempty"`
}

type explanation struct {
	standing
	Mode     bots.Mode `json:"mode,omitempty"`
	Policy   string    `json:"policy,omitempty"` // hash of the settings that judged it
	Findings []finding `json:"findings"`         // of the latest verdict, but for those who had no objection
	Passed   []string  `json:"passed"`
	History  []step    `json:"history"` // the last records, oldest first
}

// explain tells what a script of the bot is told in its verdict, and the rules in words.
func (s *server) explain(ctx context.Context, args json.RawMessage) (answer, error) {
	c, err := s.find(ctx, args)
	if err != nil {
		return answer{}, err
	}
	out := explanation{standing: standingOf(c), Findings: []finding{}, Passed: []string{}, History: []step{}}
	if c.Verdict != nil {
		line := runner.VerdictLine(c.ID, c.Key, *c.Verdict)
		out.Mode, out.Policy = line.Mode, line.Policy
		for _, g := range line.Guards {
			if g.Result == "pass" {
				out.Passed = append(out.Passed, g.Guard)
				continue
			}
			out.Findings = append(out.Findings, finding{g.Guard, g.Result, g.Code, g.Message, g.Remedy, rulesOf(g.Rules), g.Evidence})
		}
	}
	for _, r := range c.History[max(0, len(c.History)-mostHistory):] {
		out.History = append(out.History, step{r.At, r.Kind, r.State, r.Code, r.Message})
	}
	return answer{data: out, text: out.text()}, nil
}

func (e explanation) text() string {
	var b strings.Builder
	b.WriteString(e.line())
	for _, f := range e.Findings {
		fmt.Fprintf(&b, "\n%s %s: %s", f.Result, f.Code, f.Message)
		if f.Remedy != "" {
			fmt.Fprintf(&b, "\n  to change it: %s", f.Remedy)
		}
		for _, r := range f.Rules {
			fmt.Fprintf(&b, "\n  %s %s (%s)", r.ID, r.Says, r.Source)
		}
	}
	if len(e.Passed) > 0 {
		fmt.Fprintf(&b, "\nno objection: %s", strings.Join(e.Passed, ", "))
	}
	return b.String()
}

// sentry is one guard of the bot.
type sentry struct {
	Guard   string        `json:"guard"`
	Demands string        `json:"demands"`
	Mode    string        `json:"mode"` // enforce, watch (told, not obeyed) or off
	Firm    bool          `json:"firm,omitempty"`
	Actions []bots.Action `json:"actions,omitempty"` // that it is asked about; none: all
	Rules   []rule        `json:"rules"`
}

// listGuards tells what stands between a proposal and X.
func (s *server) listGuards(_ context.Context, args json.RawMessage) (answer, error) {
	if err := read(args, &struct{}{}, ""); err != nil {
		return answer{}, err
	}
	c, err := s.Charge()
	if err != nil {
		return answer{}, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s may want: %s. Its mode is %s.", s.Bot, words(c.Bot.Actions), c.Bot.Mode)
	all := []sentry{}
	for _, st := range c.Pipeline.Stations {
		mode := st.Mode
		if mode == "" || st.Rule.Firm {
			mode = guards.Enforce
		}
		all = append(all, sentry{st.Rule.Name, st.Rule.Says, string(mode), st.Rule.Firm, st.Rule.Actions, rulesOf(st.Rule.Clauses)})
		fmt.Fprintf(&b, "\n%s (%s): %s [%s]", st.Rule.Name, mode, st.Rule.Says, strings.Join(st.Rule.Clauses, " "))
	}
	return answer{text: b.String(), data: map[string]any{"bot": s.Bot, "handle": c.Bot.Handle, "mode": c.Bot.Mode, "actions": c.Bot.Actions,
		"every_proposal_is_held": !s.NoHold, "guards": all}}, nil
}
