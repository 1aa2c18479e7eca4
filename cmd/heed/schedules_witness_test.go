package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/sandbox"
)

// attempt is one call for an act, as it was seen from outside of heed's process.
type attempt struct {
	runner.Claim
	entered, left time.Time
	answer        runner.Answer
}

// witness stands between a process and what outlives it: the ledger and X. It sees what
// was truly written and called, also what the process did not live to hear.
type witness struct {
	mu       sync.Mutex
	began    time.Time
	attempts []*attempt
	may      map[int64]bool   // may be sent again: surely refused and put off, or released by a person
	holds    map[int64]string // why an intent is held
	stops    map[string]time.Time
	blocks   map[string]time.Time // bot/key of what was refused for a block, and when that was written
	lost     []time.Time          // when answers were lost on their way
	deaths   []time.Time
	found    map[string]int
	trace    []string
	wrongs   []string
}

func newWitness() *witness {
	return &witness{began: time.Now(), may: map[int64]bool{}, holds: map[int64]string{}, stops: map[string]time.Time{},
		blocks: map[string]time.Time{}, found: map[string]int{}}
}

const maxTrace = 300

// say writes a line of the trace. The caller holds no lock.
func (w *witness) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note(format, args...)
}

func (w *witness) note(format string, args ...any) {
	if format != "" && len(w.trace) < maxTrace && (len(args) == 0 || args[0] != "") {
		w.trace = append(w.trace, fmt.Sprintf("  %9.3fs ", time.Since(w.began).Seconds())+fmt.Sprintf(format, args...))
	}
}

func (w *witness) wrong(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrongs = append(w.wrongs, fmt.Sprintf(format, args...))
	w.note("WRONG: "+format, args...)
}

// hear takes what heed says for the eye.
func (w *witness) hear(r runner.Record) {
	if r.Kind == runner.RecNotice || r.Kind == runner.RecOutcome || r.Kind == runner.RecVerdict {
		w.say("heed: %s %s %s %s %s %s", r.Bot, r.Key, r.Kind, r.State, r.Code, r.Message)
	}
}

func (w *witness) struck(name string, c sandbox.Call, sum *totals) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum.Faults[name]++
	w.note("fault %s strikes %s %s of %s", name, c.Method, c.Path, c.UserID)
}

func (w *witness) cutOff(sum *totals) func(string) {
	return func(where string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		sum.Cuts[where]++
		w.lost = append(w.lost, time.Now())
		w.note("the network is cut: %s", where)
	}
}

func (w *witness) lose() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost = append(w.lost, time.Now())
	w.deaths = append(w.deaths, time.Now())
}

func (w *witness) stopped(person string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.stops[person]; !known {
		w.stops[person] = time.Now()
	}
}

func (w *witness) released(seq int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.may[seq] = true
}

func (w *witness) held(c runner.Case) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.holds[c.Seq]
}

// actsOf are the acts at X that an intent's calls have done.
func (w *witness) actsOf(x *sandbox.World, seq int64) (list []sandbox.Act) {
	for _, a := range x.Acts("") {
		if at := w.attemptOf(x, a); a.AppID != "" && at != nil && at.Seq == seq {
			list = append(list, a)
		}
	}
	return list
}

// attemptOf is the call within which an act happened: a bot makes one at a time.
func (w *witness) attemptOf(x *sandbox.World, a sandbox.Act) *attempt {
	u, err := x.User(a.UserID)
	if err != nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range slices.Backward(w.attempts) {
		if t.Bot == u.Username && t.entered.Before(a.At) {
			if !t.left.IsZero() && a.At.After(t.left.Add(5*time.Millisecond)) {
				return nil
			}
			return t
		}
	}
	return nil
}

type witnessPlatform struct {
	runner.Platform
	w *witness
}

func (p *witnessPlatform) Do(ctx context.Context, c runner.Claim) runner.Answer {
	p.w.mu.Lock()
	a := &attempt{Claim: c, entered: time.Now()}
	before := slices.ContainsFunc(p.w.attempts, func(t *attempt) bool { return t.Seq == c.Seq })
	blind := before && !p.w.may[c.Seq]
	p.w.may[c.Seq] = false
	p.w.attempts = append(p.w.attempts, a)
	p.w.note("%s/%s is sent, attempt %d", c.Bot, c.Key, c.Attempts)
	p.w.mu.Unlock()
	if blind {
		p.w.wrong("P4: %s/%s was sent again blindly", c.Bot, c.Key)
	}
	answer := p.Platform.Do(ctx, c)
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	a.left, a.answer = time.Now(), answer
	p.w.note("%s/%s: %s %s %d", c.Bot, c.Key, answer.Outcome, answer.Code, answer.Status)
	return answer
}

type witnessLedger struct {
	runner.Ledger
	w *witness
}

func (l *witnessLedger) Decide(ctx context.Context, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	t, ok, next, err := l.Ledger.Decide(ctx, b, p, now)
	if err == nil && ok {
		l.decided(t)
	}
	return t, ok, next, err
}

func (l *witnessLedger) Next(ctx context.Context, c runner.Closing, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	t, ok, next, err := l.Ledger.Next(ctx, c, b, p, now)
	if err == nil {
		l.settled(c)
	}
	if err == nil && ok {
		l.decided(t)
	}
	return t, ok, next, err
}

func (l *witnessLedger) decided(t runner.Turn) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	l.w.holds[t.Seq] = t.Verdict.Code
	l.w.note("%s/%s is %s %s", t.Bot, t.Key, t.State, t.Verdict.Code)
}

func (l *witnessLedger) Settle(ctx context.Context, c runner.Closing) error {
	err := l.Ledger.Settle(ctx, c)
	if err == nil {
		l.settled(c)
	}
	return err
}

func (l *witnessLedger) settled(c runner.Closing) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	l.w.holds[c.Seq] = c.Code
	l.w.note("intent %d ends %s %s", c.Seq, c.State, c.Code)
	if c.State == runner.Deferred && c.Answer.Outcome == runner.Refused {
		l.w.may[c.Seq] = true
	}
	for _, a := range slices.Backward(l.w.attempts) {
		if a.Seq != c.Seq {
			continue
		}
		if c.Answer.Blocked {
			l.w.blocks[a.Bot+"/"+a.Key] = time.Now()
		}
		if how, is := strings.CutPrefix(c.Code, "reconcile."); is {
			l.w.found[how]++
			l.w.found[how+" "+string(a.Intent.Action)]++
		}
		break
	}
}

func (l *witnessLedger) Hear(ctx context.Context, h runner.Heard) (runner.Receipt, error) {
	r, err := l.Ledger.Hear(ctx, h)
	if err == nil && r.New && (h.Word.Meaning == runner.WantsOut || h.Signs.Blocks) {
		l.w.stopped(string(h.From))
		l.w.say("heed has recorded that %s opts out", h.From)
	}
	return r, err
}
