package guards

import (
	"fmt"
	"slices"
	"time"

	"heed/bots"
)

// Strength is how a bot uses a guard.
type Strength string

// The strengths of a guard.
const (
	Enforce Strength = "enforce"
	Watch   Strength = "watch" // told, not obeyed
	Off     Strength = "off"
)

// Station is one guard of a pipeline.
type Station struct {
	Rule  Rule
	Guard Guard
	Mode  Strength // "" means Enforce, whatever the rule says
	Place string   // file:line:col of its settings, "" for defaults
}

// Pipeline is a bot's guards with its settings.
type Pipeline struct {
	Policy   string // hash of the effective settings
	Stations []Station
}

// Default is every guard with its defaults, at the strength its rule names.
func Default() Pipeline {
	var p Pipeline
	for _, r := range Rules() {
		_, g, _ := New(r.Name)
		p.Stations = append(p.Stations, Station{Rule: r, Guard: g, Mode: r.Strength()})
	}
	return p
}

// Needs is what the pipeline must know about this intent.
func (p Pipeline) Needs(in bots.Intent) Needs {
	var n Needs
	for i := range p.Stations {
		if s := &p.Stations[i]; s.judges(in.Action) {
			m := s.Guard.Needs(in)
			n.add(&m)
		}
	}
	return n
}

// Judge asks every guard and takes the gravest answer. It is pure. hash is the
// fingerprint of the bytes that would be sent; an approval of other bytes is void.
// The cost is that of doing it, whatever the answer.
func (p Pipeline) Judge(in bots.Intent, hash string, f Facts) Verdict {
	f.desk = desks.Get().(*desk)
	asked := 0
	for i := range p.Stations {
		if p.Stations[i].judges(in.Action) {
			asked++
		}
	}
	v := Verdict{At: f.Now, Mode: f.Bot.Mode, Policy: p.Policy, Cost: priceOfAct(&in, &f), Findings: make([]Finding, asked)}
	asked = 0
	for i := range p.Stations {
		if s := &p.Stations[i]; s.judges(in.Action) {
			s.judge(&in, hash, &f, &v.Findings[asked])
			asked++
		}
	}
	f.desk.clear()
	desks.Put(f.desk)
	v.conclude()
	return v
}

// judges says whether the guard is asked about an action. Needs and Judge must agree
// on it: a firm guard that is off is asked, so it must have its facts.
func (s *Station) judges(a bots.Action) bool {
	return (s.Mode != Off || s.Rule.Firm) && s.Rule.Claims(a)
}

// judge puts the guard's answer where it is to stand in the verdict.
func (s *Station) judge(in *bots.Intent, hash string, f *Facts, found *Finding) {
	defer func() {
		if p := recover(); p != nil { // promise P9: a guard that panics lets nothing pass
			*found = Held(s.Rule.Name+".panic", fmt.Sprintf("the guard failed: %v", p),
				"report this as a fault of heed; a person may approve the intent")
		}
		s.label(found, hash, f.Approval)
	}()
	*found = s.Guard.Judge(*in, *f)
	if found.Effect <= Unjudged || found.Effect > Deny { // no answer, or none that exists
		*found = Held(s.Rule.Name+".unjudged", "the guard gave no answer", "report this as a fault of heed")
	}
}

// label fills in what the pipeline knows better than the guard.
func (s *Station) label(f *Finding, hash string, a *Approval) {
	f.Guard = s.Rule.Name
	if f.Effect != Allow && len(f.Rules) == 0 {
		f.Rules = s.Rule.Clauses
	}
	if f.Effect == Allow {
		return
	}
	f.Watched = s.Mode == Watch && !s.Rule.Firm
	f.Released = f.Effect == Hold && a != nil && a.Hash == hash && slices.Contains(a.Codes, f.Code)
}

// Binds says whether the finding counts in a verdict.
func (f Finding) Binds() bool { return !f.Watched && !f.Released }

// Holds are the findings for which a person is asked.
func (v Verdict) Holds() (out []Finding) {
	for _, f := range v.Findings {
		if f.Effect == Hold && f.Binds() {
			out = append(out, f)
		}
	}
	return out
}

// graver orders findings, so that the same ones give the same verdict whatever the
// order of the guards. Of two deferrals the longer one speaks.
func (f Finding) graver(than Finding) bool {
	switch {
	case f.Effect != than.Effect:
		return f.Effect > than.Effect
	case f.Effect == Defer && !f.Until.Equal(than.Until):
		return f.Until.IsZero() || !than.Until.IsZero() && f.Until.After(than.Until)
	}
	return f.Guard < than.Guard
}

func (v *Verdict) conclude() {
	var gravest *Finding
	var until time.Time
	openEnded := false
	for i := range v.Findings {
		f := &v.Findings[i]
		if f.Effect == Allow || !f.Binds() {
			continue
		}
		if gravest == nil || f.graver(*gravest) {
			gravest = f
		}
		if f.Effect == Defer {
			openEnded = openEnded || f.Until.IsZero()
			if f.Until.After(until) {
				until = f.Until
			}
		}
	}
	switch {
	case len(v.Findings) == 0:
		v.Effect, v.Code, v.Message = Hold, "pipeline.empty", "no guard was asked"
	case gravest == nil:
		v.Effect, v.Code, v.Message = Allow, "pipeline.allowed", noneObjects(len(v.Findings))
	default:
		v.Effect, v.Code, v.Message = gravest.Effect, gravest.Code, gravest.Because
	}
	if v.Effect == Defer && !openEnded {
		v.Until = until
	}
}

// noneObjects is what an allowing verdict says, made once for each number of guards.
func noneObjects(guards int) string {
	if guards < len(noObjections) {
		return noObjections[guards]
	}
	return fmt.Sprintf("%d guards asked, none objects", guards)
}

var noObjections = func() (said [64]string) {
	for i := range said {
		said[i] = fmt.Sprintf("%d guards asked, none objects", i)
	}
	return said
}()
