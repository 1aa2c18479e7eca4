package platform

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"heed/bots"
	"heed/runner"
)

const (
	soon  = 30 * time.Second // after a call that never left
	aDay  = 24 * time.Hour
	cycle = 62 * aDay // a billing cycle's end lies within this
)

// rule is one row of what X is known to answer. Every member that is set must
// match; of several statuses, codes or phrases one is enough. The first row wins.
type rule struct {
	status  []int
	codes   []int  // of the older error list
	kind    string // last part of the problem's type
	title   string
	reason  string
	says    []string // in lower case
	actions []bots.Action

	code    string
	why     string // for people, before X's own words
	next    string // what a person does about it, after them
	landed  bool
	latch   bool
	app     bool // the latch is the app's
	closed  bool // the person takes no messages
	blocked bool // the person has blocked the bot
	stops   stop // which lane rests
	wait    func(f fact, now time.Time) time.Time
}

func (r rule) matches(f fact) bool {
	byCode := len(r.codes) > 0 && slices.ContainsFunc(r.codes, func(c int) bool { return slices.Contains(f.codes, c) })
	byWords := len(r.says) > 0 && f.says(r.says...)
	return (len(r.status) == 0 || slices.Contains(r.status, f.status)) &&
		(len(r.actions) == 0 || slices.Contains(r.actions, f.action)) &&
		(r.kind == "" || r.kind == f.kind) &&
		(r.title == "" || r.title == f.title) &&
		(r.reason == "" || r.reason == f.reason) &&
		(len(r.codes) == 0 && len(r.says) == 0 || byCode || byWords)
}

// classify says what is known of a write from what was seen of its call. read is
// the act's own look at a 2xx body: the id made, and whether it says what it should.
func (x *X) classify(action bots.Action, e *exchange, read func([]byte) (bots.PostID, bool)) runner.Answer {
	now := x.now()
	if e.status == 0 {
		return x.unanswered(e, now)
	}
	f := factOf(action, e)
	a := runner.Answer{Status: e.status, Lanes: f.lanes(now)}
	switch e.status / 100 {
	case 2:
		return x.success(a, f, e, read)
	case 3:
		return redirected(a)
	case 4:
		return x.refusal(a, f, e, now)
	}
	a.Outcome, a.Code = runner.Uncertain, "x.server_error"
	a.Detail = fmt.Sprintf("X answered %d; whether it was done is not known", e.status)
	return a
}

// unanswered: only what surely never left may be tried again.
func (x *X) unanswered(e *exchange, now time.Time) runner.Answer {
	var a runner.Answer
	var none *noToken
	switch {
	case errors.As(e.err, &none):
		return x.tokenless(none, now)
	case e.written.Load():
		a.Outcome, a.Code = runner.Uncertain, "x.no_answer"
		a.Detail = "the request may have reached X, and no answer came back"
	case errors.Is(e.err, errNotSent):
		a.Outcome, a.Code, a.RetryAt = runner.Refused, "x.not_sent", now.Add(soon)
		a.Detail = "the request was not sent"
	default:
		a.Outcome, a.Code, a.RetryAt = runner.Refused, "x.unreachable", now.Add(soon)
		a.Detail = "no connection to X could be made; nothing was sent"
	}
	return a
}

// redirected: 307 and 308 say that the act was not done here. The other redirects
// may be the answer to an act that was.
func redirected(a runner.Answer) runner.Answer {
	a.Outcome, a.Code = runner.Uncertain, "x.redirected"
	a.Detail = fmt.Sprintf("the answer %d points elsewhere; whether it was done is not known", a.Status)
	if a.Status == 307 || a.Status == 308 {
		a.Outcome = runner.Refused
		a.Detail = fmt.Sprintf("the answer %d points elsewhere; a write is not sent to another place", a.Status)
	}
	return a
}

func (x *X) success(a runner.Answer, f fact, e *exchange, read func([]byte) (bots.PostID, bool)) runner.Answer {
	a.Outcome = runner.Landed
	if f.json {
		id, ok := read(e.body)
		if a.PostID = id; ok {
			return a
		}
	}
	if e.status == 204 && undoes(f.action) {
		return a
	}
	if f.json {
		for _, r := range rules {
			if r.landed && len(r.status) == 0 && r.matches(f) {
				a.Code, a.Detail = r.code, r.why
				return a
			}
		}
	}
	a.Outcome, a.PostID, a.Code = runner.Uncertain, "", "x.no_data"
	a.Detail = x.tell(f, fmt.Sprintf("X answered %d without saying what it did", e.status), "")
	if !f.json {
		a.Code = "x.unreadable"
		a.Detail = fmt.Sprintf("X answered %d with a body that cannot be read", e.status)
	}
	return a
}

func (x *X) refusal(a runner.Answer, f fact, e *exchange, now time.Time) runner.Answer {
	r := refusalRule(f, e)
	a.Code, a.Detail = r.code, x.tell(f, r.why, r.next)
	switch {
	case r.landed:
		a.Outcome = runner.Landed
		return a
	case r.code == codeUnreadable:
		a.Outcome, a.Detail = runner.Uncertain, fmt.Sprintf("an answer %d that is not X's own; whether it was done is not known", e.status)
		return a
	}
	a.Outcome, a.Closed, a.Blocked = runner.Refused, r.closed, r.blocked
	if r.latch {
		a.Latch, a.App = a.Detail, r.app
	}
	if r.wait != nil {
		a.RetryAt = r.wait(f, now)
	}
	a.Lanes = f.stopped(a.Lanes, r.stops, a.RetryAt, now)
	return a
}

const codeUnreadable = "x.unreadable"

// refusalRule finds the row for a 4xx. One that is neither X's problem nor a status
// whose meaning needs no body may come from anything between X and here.
func refusalRule(f fact, e *exchange) rule {
	bodiless := slices.Contains([]int{401, 402, 429}, f.status) || f.status == 404 && f.empty
	if f.status == 408 || !f.json && !e.isJSON() && !bodiless {
		return rule{code: codeUnreadable}
	}
	if f.status == 404 && f.empty {
		return rule{code: "x.no_such_call", why: "X does not know this call"}
	}
	for _, r := range rules {
		if r.matches(f) {
			return r
		}
	}
	return rule{code: "x.refused", why: fmt.Sprintf("X refused it (%d)", f.status)}
}

// tell adds X's own words to a sentence, as far as they fit, and then what to do. A
// message's answer is never quoted: X repeats parameters in its errors, and a message's
// text goes nowhere (promise P7).
func (x *X) tell(f fact, why, next string) string {
	if next != "" {
		next = "; " + next
	}
	room := mostDetail - utf8.RuneCountInString(why+next) - len(": ")
	words := []rune(strings.TrimSuffix(x.scrub.clean(f.words()), "."))
	if f.action == bots.DM || len(words) == 0 || room < 20 {
		return why + next
	}
	if len(words) > room {
		words = append(words[:room-1], '…')
	}
	return why + ": " + string(words) + next
}

func undoes(a bots.Action) bool {
	return a == bots.Delete || a == bots.Unrepost || a == bots.Unlike || a == bots.Unfollow
}

func untilReset(f fact, now time.Time) time.Time { return f.exhausted(now) }

func tomorrow(_ fact, now time.Time) time.Time { return now.Add(aDay) }

// nextCycle is when there is money again: the day that X names, or else tomorrow.
func nextCycle(f fact, now time.Time) time.Time {
	if t := namedDay(f, now); !t.IsZero() {
		return t
	}
	return now.Add(aDay)
}

// namedDay is the day on which X says that a billing cycle starts anew; zero where it
// names none that can be.
func namedDay(f fact, now time.Time) time.Time {
	if t, ok := f.resetDate(); ok && t.After(now) && t.Before(now.Add(cycle)) {
		return t
	}
	return time.Time{}
}
