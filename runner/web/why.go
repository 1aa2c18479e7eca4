package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// whyPage tells all that is known of one intent, as heed why does.
var whyPage = page{path: "/why", file: "why", leads: "/stream", show: (*site).why}

// why is one intent with every guard's finding.
type why struct {
	runner.Case
	Object []judged // those that have something to say
	Pass   []string // the names of the others
	Told   []string // the facts as they were then, a line each
	Silent bool     // a direct message: its words are shown where they wait for a person alone
	CLI    string
}

// judged is a guard's finding with the clauses that it stands on, and its evidence.
type judged struct {
	guards.Finding
	Clauses  []guards.Clause
	Evidence string // JSON, "" for none
}

func (d *site) why(r *http.Request) (any, error) {
	id, bot := r.URL.Query().Get("id"), r.URL.Query().Get("bot")
	if id == "" {
		return nil, &problem{Status: http.StatusUnprocessableEntity, Detail: "the address names no intent", Remedy: "take one from the stream"}
	}
	c, err := d.Desk.Case(r.Context(), runner.Ref{Bot: bot, ID: id})
	if err != nil {
		return nil, err
	}
	out := why{Case: c, Silent: c.Intent.Action == bots.DM, CLI: "heed why " + visibleText(c.ID)}
	if c.Facts != nil && d.Facts != nil {
		out.Told = strings.Split(d.Facts(*c.Facts), "\n")
	}
	if c.Verdict == nil {
		return out, nil
	}
	for _, f := range c.Verdict.Findings {
		if f.Effect == guards.Allow {
			out.Pass = append(out.Pass, f.Guard)
			continue
		}
		j := judged{Finding: f}
		for _, id := range f.Rules {
			if clause, ok := guards.ClauseOf(id); ok {
				j.Clauses = append(j.Clauses, clause)
			}
		}
		if len(f.Evidence) > 0 {
			b, err := json.Marshal(f.Evidence)
			if err != nil {
				return nil, err
			}
			j.Evidence = string(b)
		}
		out.Object = append(out.Object, j)
	}
	return out, nil
}
