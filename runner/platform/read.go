package platform

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
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
	e := x.call(ctx, a, "GET", q.path, &request{path: q.ids, query: q.query})
	now := x.now()
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
		return &runner.Locked{App: got.App, Why: q.name + ": " + got.Latch}
	case got.Code == "x.usage_capped" || got.Code == "x.no_credits":
		return x.stop(a, q, runner.Wait{Until: now.Add(recheck), Why: q.name + ": " + got.Detail})
	case !got.RetryAt.IsZero():
		return x.stop(a, q, runner.Wait{Until: got.RetryAt, Why: q.name + ": " + got.Detail})
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

// mind rests a read as its window runs out. The last looks are spread over the time
// that is left, so that a STOP never waits for a whole window.
func (x *X) mind(a *account, q question, f fact, now time.Time) {
	w, ok := f.window(windowShort, now)
	if !ok || w.remaining > lastLooks {
		return
	}
	_ = x.stop(a, q, runner.Wait{Until: now.Add(w.reset.Sub(now) / time.Duration(w.remaining+1)),
		Why: fmt.Sprintf("%s: X allows %d reads in its window and %d are left", q.name, w.limit, w.remaining)})
}

func (x *X) stop(a *account, q question, w runner.Wait) *runner.Wait {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.stops[a.bot+" "+q.name] = w // bounded: a bot has a handful of reads
	return &w
}

func (x *X) waiting(a *account, name string) (runner.Wait, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	key := a.bot + " " + name
	w, ok := x.stops[key]
	if ok && !x.now().Before(w.Until) {
		delete(x.stops, key)
		ok = false
	}
	return w, ok
}

// gone says whether a 200 without data means that the thing is not there.
func (b answerBody) gone() bool { return len(b.Data) == 0 && b.fact.kind == "resource-not-found" }

// Continue takes over what another X was told to wait for: a limit does not end
// because the settings were read anew.
func (x *X) Continue(before *X) {
	before.mu.Lock()
	stops := maps.Clone(before.stops)
	before.mu.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	for key, w := range stops {
		x.stops[key] = w
	}
}
