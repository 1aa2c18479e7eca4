package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"heed/bots"
	"heed/runner"
	"heed/runner/sandbox"
)

// judge holds what happened against X's own truth.
func (s *schedule) judge() (*totals, []string) {
	s.sum.Calls = len(s.x.Calls())
	for code, n := range s.witness.found {
		s.sum.Found[code] += n
	}
	for ref, at := range s.witness.blocks {
		for _, w := range s.wants {
			if w.bot+"/"+w.key != ref || w.person == "" {
				continue
			}
			if old, known := s.witness.stops[w.person]; !known || at.Before(old) {
				s.witness.stops[w.person] = at
			}
		}
	}
	s.judgeViolations()
	s.judgeActs()
	s.judgeAttempts()
	s.judgeIntents()
	if err := s.l.Close(); err != nil {
		s.witness.wrong("the ledger does not close: %v", err)
	}
	if len(s.witness.wrongs) > 0 {
		return s.sum, append(s.witness.wrongs, s.witness.trace...)
	}
	return s.sum, nil
}

// judgeViolations excuses a call only where heed could not know: the answer that would
// have told it was lost by a cut or a death, or came while the call was on its way. What
// a dead process was told of a read is forgotten, and counted apart: reads are not in
// the ledger.
func (s *schedule) judgeViolations() {
	for _, v := range s.x.Violations() {
		told := v.Since
		if v.Kind == sandbox.Ignored429 || v.Kind == sandbox.OverLimit {
			told = s.toldToWait(v)
		}
		if s.wasLost(told) || v.Kind == sandbox.Ignored429 && v.At.Sub(told) < travel || v.Kind == sandbox.AfterOptOut && s.claimed(v.Act).Before(told.Add(travel)) {
			s.sum.Excused++
			continue
		}
		if v.Kind == sandbox.Ignored429 && strings.HasPrefix(v.Detail, "GET ") && s.diedBetween(told, v.At) {
			s.sum.Forgotten++
			continue
		}
		s.sum.Violations++
		s.witness.wrong("X saw a broken promise: %+v", v)
	}
	for _, acts := range s.x.Identical() {
		s.witness.wrong("one text was sent %d times: %+v", len(acts), acts[0])
	}
}

// travel is how long an answer takes to heed.
const travel = 3 * time.Millisecond

// claimed is when the call was decided upon that did an act.
func (s *schedule) claimed(seq int64) (at time.Time) {
	for _, a := range s.x.Acts("") {
		if t := s.witness.attemptOf(s.x, a); a.Seq == seq && t != nil {
			return t.Since
		}
	}
	return at
}

func (s *schedule) wasLost(at time.Time) bool {
	return slices.ContainsFunc(s.witness.lost, func(l time.Time) bool { return !l.Before(at) && l.Before(at.Add(20*time.Millisecond)) })
}

func (s *schedule) diedBetween(from, to time.Time) bool {
	return slices.ContainsFunc(s.witness.deaths, func(d time.Time) bool { return !d.Before(from) && !d.After(to) })
}

// toldToWait is when the 429 was answered that a call did not mind.
func (s *schedule) toldToWait(v sandbox.Violation) (at time.Time) {
	var route string
	calls := s.x.Calls()
	for _, c := range slices.Backward(calls) {
		switch {
		case c.UserID != v.UserID || c.At.After(v.At):
		case route == "":
			route = c.Method + c.Route // the call itself
		case c.Status == 429 && c.Method+c.Route == route:
			return c.At
		}
	}
	return at
}

// judgeActs: every act is of one call, bears its bytes, and reaches nobody who had
// asked to be left alone before it was claimed (P3, P6).
func (s *schedule) judgeActs() {
	for _, a := range s.x.Acts("") {
		if a.AppID == "" {
			continue
		}
		t := s.witness.attemptOf(s.x, a)
		if t == nil {
			s.witness.wrong("an act without a claim: %+v", a)
			continue
		}
		in, err := bots.DecodeIntent(t.Stored)
		if err != nil || string(in.Action) != a.Action || in.Text != a.Text {
			s.witness.wrong("P6: %s/%s is %s %q, and X has %s %q (%v)", t.Bot, t.Key, in.Action, in.Text, a.Action, a.Text, err)
		}
		if post, user := string(in.Target.PostID), string(in.Target.UserID); post != "" && post != a.TargetPost || user != "" && user != a.TargetUser {
			s.witness.wrong("P6: %s/%s is about %s%s, and X has %s %s", t.Bot, t.Key, post, user, a.TargetPost, a.TargetUser)
		}
		for _, person := range a.Contacts {
			if at, out := s.witness.stops[person]; out && t.Since.After(at) && !strings.HasPrefix(t.Key, bots.HouseKey+"stop:") {
				s.witness.wrong("P3: %s/%s reached %s, who had opted out %s before it was claimed", t.Bot, t.Key, person, t.Since.Sub(at))
			}
		}
	}
}

// judgeAttempts: one intent acts at most once, and what heed takes for refused or
// landed is so (P4).
func (s *schedule) judgeAttempts() {
	acts, all := map[*attempt]int{}, map[int64]int{}
	for _, a := range s.x.Acts("") {
		if t := s.witness.attemptOf(s.x, a); a.AppID != "" && t != nil {
			acts[t]++
			all[t.Seq]++
		}
	}
	for _, t := range s.witness.attempts {
		switch {
		case all[t.Seq] > 1:
			s.witness.wrong("P4: %s/%s acted %d times", t.Bot, t.Key, all[t.Seq])
		case t.answer.Outcome == runner.Refused && acts[t] > 0:
			s.witness.wrong("P4: %s/%s was taken for refused (%s), and it was done", t.Bot, t.Key, t.answer.Code)
		case t.answer.Outcome == runner.Landed && all[t.Seq] == 0 && !s.wasSo(t.Bot, t.Intent.Action, string(t.Intent.Target.UserID)):
			s.witness.wrong("%s/%s was taken for landed, and it was not done", t.Bot, t.Key)
		}
	}
}

// judgeIntents: what was acknowledged is there, has ended or waits for a reason, and
// its end is the truth (P5).
func (s *schedule) judgeIntents() {
	for _, w := range s.wants {
		if !w.on {
			s.witness.wrong("%s/%s never came on the road", w.bot, w.key)
			continue
		}
		c, err := s.l.Case(s.t.Context(), runner.Ref{Bot: w.bot, Key: w.key})
		if errors.Is(err, runner.ErrNotFound) {
			s.witness.wrong("P5: %s/%s was acknowledged and is lost", w.bot, w.key)
			continue
		}
		if err != nil {
			s.t.Fatal(err)
		}
		s.sum.Ends[string(w.action)+" "+string(c.State)]++
		code := s.witness.holds[c.Seq]
		switch {
		case c.State.Final():
		case (c.State == runner.Held || c.State == runner.Deferred) && code != "":
		default:
			s.witness.wrong("P5: %s/%s is left %s %s", w.bot, w.key, c.State, code)
		}
		if in := c.Intent; in.Action != w.action || in.Text != w.text && (w.action != bots.DM || in.Text != "") || string(in.Target.PostID) != w.post || string(in.Target.UserID) != w.user {
			s.witness.wrong("P6: %s/%s is kept as %+v", w.bot, w.key, in)
		}
		acts := len(s.witness.actsOf(s.x, c.Seq))
		tried := slices.ContainsFunc(s.witness.attempts, func(t *attempt) bool { return t.Seq == c.Seq })
		switch {
		case c.State == runner.Done && acts == 0 && !s.wasSo(w.bot, w.action, w.user):
			s.witness.wrong("%s/%s is done, and X knows nothing of it", w.bot, w.key)
		case code == "reconcile.absent" && c.State == runner.Held && acts > 0 && s.overtaken(w.bot, w.action, w.user):
		case c.State == runner.Failed && acts > 0, code == "reconcile.absent" && c.State == runner.Held && acts > 0:
			s.witness.wrong("%s/%s is %s %s, and X has done it", w.bot, w.key, c.State, code)
		case acts > 0 && !tried:
			s.witness.wrong("%s/%s is %s, was never sent, and X has done it", w.bot, w.key, c.State)
		}
	}
}

// overtaken says whether the bot itself has undone a bond again, or made it anew: then
// it is true that X does not show what was done.
func (s *schedule) overtaken(bot string, action bots.Action, person string) bool {
	contrary := map[bots.Action]string{bots.Follow: "unfollow", bots.Unfollow: "follow"}[action]
	id := string(s.sim.ids[bot])
	return contrary != "" && slices.ContainsFunc(s.x.Acts(id), func(a sandbox.Act) bool {
		return a.Action == contrary && a.TargetUser == person
	})
}

// wasSo says whether a bond with a person was so without this act: another act of the
// same kind, or a block, had made it so.
func (s *schedule) wasSo(bot string, action bots.Action, person string) bool {
	id := string(s.sim.ids[bot])
	return slices.ContainsFunc(s.x.Acts(""), func(a sandbox.Act) bool {
		switch action {
		case bots.Unfollow:
			return a.Action == "block" && a.UserID == person && a.TargetUser == id || a.Action == "unfollow" && a.UserID == id && a.TargetUser == person
		case bots.Follow:
			return a.Action == "follow" && a.UserID == id && a.TargetUser == person
		}
		return false
	})
}
