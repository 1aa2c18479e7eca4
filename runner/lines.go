package runner

import (
	"cmp"

	"github.com/google/uuid"

	"heed/bots"
	"heed/guards"
)

// tellEntered answers lines that will never have a turn: what is no intent, and what
// the bot has asked for before.
func (r *Runner) tellEntered(e Entry, in Entered) {
	l := r.lane(e.Bot)
	if l == nil || (e.Refusal == "" && !in.Twice) {
		return
	}
	line := bots.VerdictLine{IntentID: in.ID, Key: e.Key, Mode: l.bot().Mode, Policy: l.charge.Load().Pipeline.Policy}
	if e.Refusal != "" {
		line.Key = cmp.Or(e.Named, e.Key)
		line.Decision, line.Code, line.Message = "invalid", "intake.invalid", e.Refusal
		line.Guards = []bots.GuardLine{{Guard: "intake", Result: "deny", Code: line.Code, Message: e.Refusal}}
	} else {
		line.Decision, line.Code = "duplicate", "intake.key_used"
		line.Message = "the key " + e.Key + " was used before; that intent is " + string(in.State)
		line.Guards = []bots.GuardLine{{Guard: "intake", Result: "skip", Code: line.Code, Message: line.Message}}
	}
	l.out.put(bots.Event{V: 1, Type: bots.Judged, ID: eventID(), At: r.now(), Bot: e.Bot, Verdict: &line})
}

func eventID() string { return "ev:" + uuid.Must(uuid.NewV7()).String() }

// tellVerdict gives a bot its verdict, unless it says the same as before.
func (r *Runner) tellVerdict(l *lane, t Turn) {
	switch {
	case t.State == Expired:
		l.out.put(r.outcomeEvent(t.Claim, bots.OutcomeLine{Status: string(Expired)}, l.name))
		return
	case t.Same:
		return
	}
	line := VerdictLine(t.ID, t.Key, t.Verdict)
	l.out.put(bots.Event{V: 1, Type: bots.Judged, ID: eventID(), At: t.Verdict.At, Bot: l.name, Verdict: &line})
	if t.State == Done { // a rehearsal ends with its verdict
		l.out.put(r.outcomeEvent(t.Claim, bots.OutcomeLine{Status: string(Done), Attempts: 0}, l.name))
	}
}

// VerdictLine is a verdict in the words of the contract.
func VerdictLine(id, key string, v guards.Verdict) bots.VerdictLine {
	line := bots.VerdictLine{IntentID: id, Key: key, Decision: v.Effect.String(), Code: v.Code, Message: v.Message,
		Mode: v.Mode, Policy: v.Policy}
	if !v.Until.IsZero() {
		line.RetryAt = &v.Until
	}
	for _, f := range v.Findings {
		line.Guards = append(line.Guards, bots.GuardLine{Guard: f.Guard, Result: result(f), Code: f.Code,
			Message: f.Because, Remedy: f.Remedy, Rules: f.Rules, Evidence: f.Evidence})
	}
	if len(line.Guards) == 0 {
		line.Guards = []bots.GuardLine{{Guard: "pipeline", Result: v.Effect.String(), Code: v.Code, Message: v.Message}}
	}
	return line
}

// result is a finding's word in the contract: what is watched or released only warns.
func result(f guards.Finding) string {
	switch {
	case f.Effect == guards.Allow:
		return "pass"
	case !f.Binds():
		return "warn"
	}
	return f.Effect.String()
}

// tellOutcome gives a bot the end of its intent. What will be tried again, or waits
// for a person, has not ended.
func (r *Runner) tellOutcome(l *lane, c Claim, end Closing) {
	if !end.State.Final() && end.State != Unknown {
		return
	}
	out := bots.OutcomeLine{Status: string(end.State), PostID: end.Answer.PostID}
	if out.PostID != "" && c.Intent.Action != bots.DM {
		out.URL = out.PostID.URL()
	}
	if end.State != Done {
		out.Error = &bots.OutcomeError{Code: end.Code, HTTPStatus: end.Answer.Status, Detail: end.Detail}
	}
	l.out.put(r.outcomeEvent(c, out, l.name))
}

func (r *Runner) tellCancelled(c Claim) {
	if l := r.lane(c.Bot); l != nil {
		l.out.put(r.outcomeEvent(c, bots.OutcomeLine{Status: string(Cancelled),
			Error: &bots.OutcomeError{Code: "opt_out.recalled", Detail: "this person has asked not to be contacted"}}, c.Bot))
	}
}

func (r *Runner) outcomeEvent(c Claim, o bots.OutcomeLine, bot string) bots.Event {
	o.IntentID, o.Key, o.Attempts = c.ID, c.Key, c.Attempts
	return bots.Event{V: 1, Type: bots.Outcome, ID: eventID(), At: r.now(), Bot: bot, Outcome: &o}
}
