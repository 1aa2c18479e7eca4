package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/guards/likeness"
)

// subject is the intent under judgement with what was already made of it.
type subject struct {
	*intent
	in      bots.Intent
	sketch  likeness.Sketch
	has     bool // a text to compare
	sketchd bool
}

// rehearses says whether the bot's acts stay here. A mode nobody knows never reaches the platform.
func rehearses(b bots.Bot) bool { return b.Mode != bots.Live }

func (s *subject) text() (likeness.Sketch, bool) {
	if !s.sketchd {
		s.sketch, s.has = sketch(s.in)
		s.sketchd = true
	}
	return s.sketch, s.has
}

// facts reads exactly what the pipeline needs, all in this transaction.
func (t *tx) facts(b bots.Bot, s *subject, needs guards.Needs, now time.Time) (guards.Facts, error) {
	h, err := t.inhabited()
	if err != nil {
		return guards.Facts{}, err
	}
	f := guards.Facts{Now: now, Bot: b, Halts: h.binding(b.Name, now), InboxAt: h.inboxAt(b, now), Own: h.own, Origin: s.origin}
	if p, ok := h.profiles[b.Name]; ok {
		if f.Bot.UserID == "" {
			f.Bot.UserID = p.UserID
		}
		if needs.Profile {
			f.Profile = p
		}
	}
	if a := s.approval; a != nil && a.Hash == s.hash && now.Before(a.At.Add(t.l.o.ApprovalTTL)) {
		f.Approval = a
	}
	steps := []func() error{
		func() error { return t.contacts(&f, s, needs.Contacts) },
		func() error { return t.named(&f, needs.Named) },
		func() error { return t.cause(&f, s, needs.Cause, needs.Answered) },
		func() error { return t.confirms(&f, s) },
		func() error { return t.granted(&f, needs.Grant) },
		func() error { return t.used(&f, b, needs.Windows) },
		func() error { return t.same(&f, b, s, needs.Same) },
		func() error { return t.lanes(&f, b.Name, needs.Lanes) },
		func() error { return t.alikeTo(&f, b, s, needs.Alike) },
		func() error { return t.pictures(&f, s, needs.Pictures) },
		func() error { return t.seen(&f, b, s, needs.Seen) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return guards.Facts{}, err
		}
	}
	return f, nil
}

func (t *tx) contacts(f *guards.Facts, s *subject, asked bool) error {
	if !asked || !s.in.Action.Targeted() {
		return nil
	}
	who := s.in.Target.UserID
	if who == "" {
		a, known, err := authorship(t.conn, s.in.Target.PostID)
		if err != nil {
			return err
		}
		if !known {
			f.Unknown = true
			return nil
		}
		who = a.Author
	}
	p, err := person(t.conn, who, f.Bot.Name)
	if err != nil {
		return err
	}
	f.Contacts = []guards.Person{p}
	return nil
}

var (
	lanesOf = sql(`SELECT name, most, remaining, reset, stopped FROM lanes WHERE bot = ? AND reset > ?`)
)

func (t *tx) lanes(f *guards.Facts, bot string, asked bool) error {
	if !asked {
		return nil
	}
	for _, scope := range []string{bot, "*"} {
		err := t.each(lanesOf, func(r *row) {
			f.Lanes = append(f.Lanes, guards.Lane{Name: r.str(), Limit: int(r.num()), Remaining: int(r.num()), Reset: r.when(), Stopped: r.flag()})
		}, scope, f.Now)
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) alikeTo(f *guards.Facts, b bots.Bot, s *subject, span time.Duration) error {
	if span <= 0 {
		return nil
	}
	if err := t.ensureTexts(f.Now); err != nil {
		return err
	}
	sk, has := s.text()
	if !has {
		return nil
	}
	var err error
	f.Alike, err = t.alike(s.intent, sk, rehearses(b), f.Now.Add(-span))
	for i := range f.Alike {
		f.Alike[i].Shared = likeness.Spelled(s.in.Text, f.Alike[i].Shared)
	}
	return err
}

// needsOf asks what must be known. A guard that panics here lets nothing pass (promise P9).
func needsOf(p guards.Pipeline, in bots.Intent) (n guards.Needs, fault string) {
	defer func() {
		if r := recover(); r != nil {
			fault = fmt.Sprint(r)
		}
	}()
	return p.Needs(in), ""
}

// judge reads the facts and asks the pipeline.
func (t *tx) judge(b bots.Bot, p guards.Pipeline, s *subject, now time.Time) (guards.Verdict, guards.Facts, error) {
	needs, fault := needsOf(p, s.in)
	f, err := t.facts(b, s, needs, now)
	if err != nil {
		return guards.Verdict{}, f, err
	}
	if fault != "" {
		return guards.Verdict{Effect: guards.Hold, At: now, Mode: b.Mode, Policy: p.Policy, Code: "pipeline.panic",
			Message: "a guard failed when it was asked what it must know: " + cut(fault, 200)}, f, nil
	}
	return p.Judge(s.in, s.hash, f), f, nil
}

func least(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && cmp.Compare(b.UnixMilli(), a.UnixMilli()) < 0 {
		return b
	}
	return a
}

func unique(all []string) (out []string) {
	for _, s := range all {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
