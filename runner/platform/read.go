package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"heed/bots"
	"heed/runner"
)

// recheck is how long reads rest when the app has run out of money: its operator may
// pay at any time, and X does not tell.
const recheck = time.Hour

// question is one read of X.
type question struct {
	name    string // for people and for the lane of X's limit: "mentions"
	path    string
	ids     map[string]string
	query   map[string]string
	private bool // the answer is about direct messages: nothing of it is quoted
}

// answerBody is a read's answer in either of X's vocabularies.
type answerBody struct {
	Data     json.RawMessage `json:"data"`
	Includes struct {
		Users  json.RawMessage `json:"users"`
		Tweets json.RawMessage `json:"tweets"`
		Posts  json.RawMessage `json:"posts"`
		Media  json.RawMessage `json:"media"`
	} `json:"includes"`
	Meta struct {
		NextToken string `json:"next_token"`
	} `json:"meta"`
	fact fact
}

// ask makes one read. A read that X has told to wait is not made before its time
// (promise P11). Its errors are *runner.Wait, *runner.Locked or plain, and quote no body.
func (x *X) ask(ctx context.Context, a *account, q question) (answerBody, error) {
	if w, ok := x.waiting(a, q.name); ok {
		return answerBody{}, &w
	}
	e, err := x.look(ctx, a, q)
	now := x.now()
	if locked := grounded(err); locked != nil {
		return answerBody{}, &runner.Locked{App: locked.App, Why: q.name + ": " + x.scrub.clean(locked.Why)}
	}
	if err != nil {
		return answerBody{}, fmt.Errorf("x: %s: %s", q.name, x.scrub.clean(err.Error()))
	}
	if e.status == 0 {
		return answerBody{}, fmt.Errorf("x: %s: %s", q.name, silence(ctx, e))
	}
	f := factOf("", e)
	if e.status/100 != 2 {
		return answerBody{}, x.refusedRead(a, q, f, e, now)
	}
	x.mind(a, q, f, now)
	var b answerBody
	if !f.json || json.Unmarshal(e.body, &b) != nil {
		return answerBody{}, fmt.Errorf("x: %s: the answer %d cannot be read", q.name, e.status)
	}
	b.fact = f
	return b, nil
}

// look makes one read, and once more with another token where X refused the first: a
// read may be sent twice. Its errors are about the token alone.
func (x *X) look(ctx context.Context, a *account, q question) (*exchange, error) {
	for once := true; ; once = false {
		e := x.call(ctx, a, "GET", q.path, &request{path: q.ids, query: q.query})
		var none *noToken
		if errors.As(e.err, &none) {
			return e, none
		}
		if !e.spoilt() || !once {
			return e, nil
		}
		if again, err := a.renew(ctx, e, x.now()); again || err != nil {
			return e, err
		}
	}
}

// silence says why there is no answer, without the address that was called.
func silence(ctx context.Context, e *exchange) string {
	switch {
	case ctx.Err() != nil:
		return "given up: " + ctx.Err().Error()
	case e.written.Load():
		return "no answer came"
	}
	return "no connection could be made"
}

// refusedRead turns a refused read into what its caller must know.
func (x *X) refusedRead(a *account, q question, f fact, e *exchange, now time.Time) error {
	if q.private {
		f.action = bots.DM // so that nothing is quoted
	}
	if e.status/100 != 4 {
		return fmt.Errorf("x: %s: X answered %d", q.name, e.status)
	}
	got := x.refusal(runner.Answer{Status: e.status}, f, e, now)
	switch {
	case got.Latch != "":
		return &runner.Locked{App: got.App, Why: q.name + ": " + got.Latch + a.advice(e)}
	case got.Code == "x.credits": // money is the app's: no other read of no other bot need ask
		return x.stop(every, every, runner.Wait{Until: now.Add(recheck), Why: q.name + ": " + got.Detail})
	case got.Code == "x.usage_capped":
		return x.stop(every, every, runner.Wait{Until: capEnd(got.RetryAt, now), Why: q.name + ": " + got.Detail})
	case !got.RetryAt.IsZero():
		return x.stop(a.whose(f.ofApp(now)), q.name, runner.Wait{Until: got.RetryAt, Why: q.name + ": " + got.Detail})
	}
	if f.kind == "resource-not-found" {
		return fmt.Errorf("x: %s: %w", q.name, runner.ErrNotFound)
	}
	return &refusedError{fmt.Sprintf("x: %s: %s (%s, %d)", q.name, got.Detail, got.Code, e.status)}
}

// refusedError is a read that X understood and refused.
type refusedError struct{ why string }

// Error says which read, and why.
func (e *refusedError) Error() string { return e.why }

// lastLooks is how many reads of a window are spread over what is left of it.
const lastLooks = 5

// mind rests a read as one of its windows runs out. The last looks are spread over the
// time that is left, so that a STOP never waits for a whole window.
func (x *X) mind(a *account, q question, f fact, now time.Time) {
	for _, s := range spans {
		w, ok := f.window(s.header, now)
		if !ok || w.remaining > lastLooks {
			continue
		}
		_ = x.stop(a.whose(s.app), q.name, runner.Wait{Until: now.Add(w.reset.Sub(now) / time.Duration(w.remaining+1)),
			Why: fmt.Sprintf("%s: X allows %d reads in its window and %d are left", q.name, w.limit, w.remaining)})
	}
}

// gone says whether a 200 without data means that the thing is not there.
func (b answerBody) gone() bool { return len(b.Data) == 0 && b.fact.kind == "resource-not-found" }

// faulty says whether a 200 has errors in the place of its data. A list that is empty has
// neither: an empty list may be believed, this may not.
func (b answerBody) faulty() bool {
	return len(b.Data) == 0 && (b.fact.kind != "" || b.fact.title != "" || len(b.fact.said)+len(b.fact.codes) > 0)
}

func (b answerBody) users() map[string]userBody {
	list, _ := items[userBody](b.Includes.Users, func(u userBody) bool { return u.ID != "" })
	all := make(map[string]userBody, len(list))
	for _, u := range list {
		all[u.ID] = u
	}
	return all
}

func (b answerBody) posts() map[string]postRead {
	all := map[string]postRead{}
	for _, raw := range [][]byte{b.Includes.Tweets, b.Includes.Posts} {
		list, _ := posts(raw)
		for _, p := range list {
			all[p.ID] = p
		}
	}
	return all
}
