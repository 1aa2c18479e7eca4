package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
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
	f := guards.Facts{Now: now, Bot: b, Halts: h.binding(b.Name, now), InboxAt: h.inboxAt(b, now), Own: h.own}
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
		func() error { return t.cause(&f, s, needs.Cause) },
		func() error { return t.used(&f, b, needs.Windows) },
		func() error { return t.same(&f, b, s, needs.Same) },
		func() error { return t.lanes(&f, b.Name, needs.Lanes) },
		func() error { return t.alikeTo(&f, b, s, needs.Alike) },
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
	causeOf = sql(`SELECT kind, user, post, at, summons, automated, thread, mentions, spent_by FROM inbound WHERE bot = ? AND event = ?`)
	lanesOf = sql(`SELECT name, most, remaining, reset, stopped FROM lanes WHERE bot = ? AND reset > ?`)
)

func (t *tx) cause(f *guards.Facts, s *subject, asked bool) error {
	if !asked || s.in.Cause == "" {
		return nil
	}
	i := guards.Invitation{Event: s.in.Cause, Bot: f.Bot.Name}
	found, err := t.first(causeOf, func(r *row) {
		i.Kind, i.From, i.Post, i.At = guards.InviteKind(r.str()), bots.UserID(r.str()), bots.PostID(r.str()), r.when()
		i.Summons, i.Automated, i.Thread = r.flag(), r.flag(), bots.PostID(r.str())
		i.Mentions = splitIDs(r.str())
		i.SpentBy = r.str()
	}, f.Bot.Name, s.in.Cause)
	if err != nil || !found {
		return err
	}
	if i.SpentBy == s.in.ID {
		i.SpentBy = "" // by an earlier attempt of this very intent
	}
	f.Cause = &i
	return nil
}

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

const mostSame = 32

var (
	sameUser = sql(`SELECT seq, bot, action, at, state, dry FROM acts
		WHERE target_user = ? AND at > ? AND counts = 1 ORDER BY at DESC LIMIT 100`)
	samePost = sql(`SELECT seq, bot, action, at, state, dry FROM acts
		WHERE target_post = ? AND at > ? AND counts = 1 ORDER BY at DESC LIMIT 100`)
	keyOf = sql(`SELECT key FROM intents WHERE seq = ?`)
)

func (t *tx) same(f *guards.Facts, b bots.Bot, s *subject, span time.Duration) error {
	stmt, target := samePost, string(s.in.Target.PostID)
	if s.in.Target.UserID != "" {
		stmt, target = sameUser, string(s.in.Target.UserID)
	}
	if span <= 0 || target == "" {
		return nil
	}
	var seqs []int64
	err := t.each(stmt, func(r *row) {
		seq := r.num()
		a := guards.Act{Bot: r.str(), Action: bots.Action(r.str()), At: r.when(), State: r.str()}
		rehearsal := r.flag() && !(rehearses(b) && a.Bot == b.Name)
		if seq == s.seq || rehearsal || len(f.Same) == mostSame {
			return
		}
		seqs, f.Same = append(seqs, seq), append(f.Same, a)
	}, target, f.Now.Add(-span))
	if err != nil {
		return err
	}
	for i, seq := range seqs {
		if _, err := t.first(keyOf, func(r *row) { f.Same[i].Key = r.str() }, seq); err != nil {
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

// brief is what of the facts is kept for `why` and for judging again. Lists that are
// as long as the house is large are cut to what this intent touches, and a message's
// own words are left out.
func brief(f guards.Facts, in bots.Intent) guards.Facts {
	near := map[bots.UserID]bool{in.Target.UserID: true, f.Bot.UserID: true}
	for _, p := range f.Contacts {
		near[p.ID] = true
	}
	if f.Cause != nil {
		near[f.Cause.From] = true
		for _, m := range f.Cause.Mentions {
			near[m] = true
		}
	}
	own := f.Own
	f.Own = nil
	for id := range near {
		if name, ok := own[id]; ok {
			if f.Own == nil {
				f.Own = map[bots.UserID]string{}
			}
			f.Own[id] = name
		}
	}
	text := strings.ToLower(in.Text)
	f.Bot.House.Bots = nil
	f.Bot.House.Handles = keep(f.Bot.House.Handles, func(h string) bool {
		return sameHandle(h, f.Bot.Handle) || strings.Contains(text, strings.ToLower(strings.TrimPrefix(h, "@")))
	})
	if in.Action == bots.DM {
		f.Alike = slices.Clone(f.Alike)
		for i := range f.Alike {
			f.Alike[i].Shared = nil
		}
	}
	return f
}

// mute leaves out of a message's verdict what may hold words of the message: evidence
// that is neither a number nor a yes, a no or a time.
func mute(v guards.Verdict) guards.Verdict {
	v.Findings = slices.Clone(v.Findings)
	for i, f := range v.Findings {
		var kept map[string]any
		for k, e := range f.Evidence {
			switch e.(type) {
			case int, int64, float64, bool, time.Time, time.Duration:
				if kept == nil {
					kept = map[string]any{}
				}
				kept[k] = e
			}
		}
		v.Findings[i].Evidence = kept
	}
	return v
}

func sameHandle(a, b string) bool {
	return strings.EqualFold(strings.TrimPrefix(a, "@"), strings.TrimPrefix(b, "@"))
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
