package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"heed/guards"
	"heed/runner"
)

// streamPage shows what happened, newest first, a page at a time. Without a Before it
// follows the ledger; with one, which pausing gives it, it stands still.
var streamPage = page{path: "/stream", name: "Stream", file: "stream", show: (*site).stream}

// stream is what the page shows, with what was asked for.
type stream struct {
	Query    streamQuery
	Bots     []string
	Guards   []string
	Verdicts []string
	Page     runner.LogPage
	Paused   bool
	Older    string // addresses, "" for none
	Live     string
	Pause    string
	CLI      string
}

type streamQuery struct{ Bot, Verdict, Rule, Text string }

// streamRows is how many rows stand on one page.
const streamRows = 100

// mostWords bounds what is looked for, in bytes.
const mostWords = 100

var (
	clauseForm = regexp.MustCompile(`^[A-Z][0-9]{1,2}$`)
	codeForm   = regexp.MustCompile(`^[a-z0-9_]{1,40}(\.[a-z0-9_]{1,60})?$`)
)

// logQuery reads the filters; what makes no sense is refused and never left out, for a
// page without its filter shows something else than it says.
func logQuery(v url.Values) (in streamQuery, q runner.LogQuery, no *problem) {
	in = streamQuery{v.Get("bot"), v.Get("verdict"), strings.TrimSpace(v.Get("rule")), v.Get("text")}
	q = runner.LogQuery{Bot: in.Bot, Text: in.Text, Limit: streamRows}
	states := runner.StatesOf(in.Verdict)
	before, err := strconv.ParseInt("0"+v.Get("before"), 10, 64)
	no = &problem{Status: http.StatusUnprocessableEntity, Remedy: "choose another filter"}
	switch {
	case in.Verdict != "" && states == nil:
		no.Detail = "there is no such verdict"
	case clauseForm.MatchString(in.Rule):
		q.Rule = in.Rule
	case in.Rule != "" && !codeForm.MatchString(in.Rule):
		no.Detail, no.Remedy = "the rule is neither a guard, nor a code, nor a clause", "write one such as opt_out, opt_out.asked or C2"
	default:
		q.Code = in.Rule
	}
	if len(in.Text) > mostWords || err != nil {
		no.Detail = "what is looked for is too long, or the page has no number"
	}
	if no.Detail != "" {
		return in, q, no
	}
	if states != nil {
		q.Kinds, q.States = []runner.RecordKind{runner.RecVerdict}, states
	}
	q.Before = before
	return in, q, nil
}

func (d *site) stream(r *http.Request) (any, error) {
	asked := r.URL.Query()
	in, q, no := logQuery(asked)
	if no != nil {
		return nil, no
	}
	p, err := d.Desk.Log(r.Context(), q)
	if err != nil {
		return nil, err
	}
	out := stream{Query: in, Bots: d.Server.bots(), Guards: guards.RuleNames(), Verdicts: guards.EffectNames(), Page: p, Paused: q.Before > 0, CLI: streamCommand(in, q, d.Server.bots())}
	out.Live = streamAddress(in, 0)
	if p.Older > 0 {
		out.Older = streamAddress(in, p.Older)
	}
	if len(p.Records) > 0 {
		out.Pause = streamAddress(in, p.Records[0].N+1)
	}
	return out, nil
}

// streamCommand is what shows the same in a terminal. It holds no word that was not looked
// at: it is there to be copied into a shell.
func streamCommand(in streamQuery, q runner.LogQuery, known []string) string {
	command := "heed log -f"
	if slices.Contains(known, in.Bot) {
		command += " --bot " + in.Bot
	}
	for _, f := range [][2]string{{" --verdict ", in.Verdict}, {" --rule ", q.Rule}, {" --guard ", q.Code}} {
		if f[1] != "" {
			command += f[0] + f[1]
		}
	}
	return command
}

// streamAddress is the page with these filters.
func streamAddress(in streamQuery, before int64) string {
	v := url.Values{}
	for name, s := range map[string]string{"bot": in.Bot, "verdict": in.Verdict, "rule": in.Rule, "text": in.Text} {
		if s != "" {
			v.Set(name, s)
		}
	}
	if before > 0 {
		v.Set("before", strconv.FormatInt(before, 10))
	}
	if len(v) == 0 {
		return "/stream"
	}
	return "/stream?" + v.Encode()
}
