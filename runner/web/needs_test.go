package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// waitingDesk is a desk at which something waits; what no page may use is not there.
type waitingDesk struct {
	runner.Desk
	*desk
	cases   []runner.Case
	reviews []runner.PersonRow
	halts   []guards.Halt
	did     []string
	changed chan struct{}
}

func (w *waitingDesk) OptOut(ctx context.Context, user bots.UserID, c guards.Choice) (runner.Receipt, error) {
	w.note("out %s %s %s %s %s", user, c.Scope, c.How, c.Event, c.Rule)
	return w.desk.OptOut(ctx, user, c)
}

func (w *waitingDesk) People(_ context.Context, q runner.PeopleQuery) ([]runner.PersonRow, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !q.Review || q.Limit <= 0 {
		return nil, errors.New("the page asks for people without a bound")
	}
	return slices.Clone(w.reviews), w.fails
}

func (w *waitingDesk) Waiting(_ context.Context, states []runner.State, _ string, limit int) ([]runner.Case, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(states) != 1 || states[0] != runner.Held || limit <= 0 {
		return nil, errors.New("the page asks for more than what is held")
	}
	var out []runner.Case
	for _, c := range w.cases {
		if c.State == runner.Held {
			out = append(out, c)
		}
	}
	return out, w.fails
}

func (w *waitingDesk) Case(_ context.Context, key runner.Ref) (runner.Case, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.cases {
		if c.Bot == key.Bot && c.Key == key.Key {
			return c, nil
		}
	}
	return runner.Case{}, fmt.Errorf("ledger: intent %s: %w", key.Key, runner.ErrNotFound)
}

func (w *waitingDesk) Halts(context.Context, time.Time) ([]guards.Halt, error) { return w.halts, nil }

func (w *waitingDesk) answer(key runner.Ref, hash string, to runner.State, as string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.cases {
		if c := &w.cases[i]; c.Bot == key.Bot && c.Key == key.Key {
			if c.State != runner.Held || hash != "" && c.Hash != hash {
				return errors.New("ledger: it is another one")
			}
			c.State = to
			w.did = append(w.did, as)
			return nil
		}
	}
	return runner.ErrNotFound
}

func (w *waitingDesk) Approve(_ context.Context, key runner.Ref, by, hash string, _ time.Time) error {
	return w.answer(key, hash, runner.Waiting, "approve "+key.Key+" "+by+" "+hash)
}

func (w *waitingDesk) Reject(_ context.Context, key runner.Ref, by, reason string, _ time.Time) error {
	return w.answer(key, "", runner.Cancelled, "reject "+key.Key+" "+by+" "+reason)
}

func (w *waitingDesk) Reviewed(_ context.Context, user bots.UserID, by string, _ time.Time) error {
	w.note("reviewed %s %s", user, by)
	return nil
}

func (w *waitingDesk) Resume(_ context.Context, scope string, kinds []guards.HaltKind, by string, _ time.Time) (int, error) {
	w.note("resume %s %v %s", scope, kinds, by)
	return len(w.halts), nil
}

func (w *waitingDesk) Changed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

func (w *waitingDesk) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.did = append(w.did, fmt.Sprintf(format, args...))
}

func (w *waitingDesk) change(how func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	how()
}

func (w *waitingDesk) done() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.did)
}

const nasty = "hi</blockquote><script>alert(1)</script>\"'&\u202Etxt.exe\u202C a\u200Bb\n\u05E9\u05DC\u05D5\u05DD"

func heldCase(key, text string) runner.Case {
	c := runner.Case{State: runner.Held, Hash: strings.Repeat("ab", 31) + fmt.Sprintf("%02d", len(key)), EnteredAt: now,
		Verdict: &guards.Verdict{Effect: guards.Hold, Cost: 15_000, Findings: []guards.Finding{
			{Guard: "links", Effect: guards.Hold, Code: "links.host", Because: "evil.example is on no list", Remedy: "put it on the list", Rules: []string{"D9"}, Evidence: map[string]any{"host": "<b>evil</b>"}},
			{Guard: "budget", Effect: guards.Hold, Code: "budget.x", Because: "only watched", Watched: true},
			{Guard: "content", Effect: guards.Allow}}}}
	c.Bot, c.Key, c.Seq = "quakes", key, int64(len(key))
	c.Intent = bots.Intent{Action: bots.Reply, Text: text, Target: bots.Target{PostID: "1234567"}, Cause: "ev_1", Reason: "because <i>", ExpiresAt: now.Add(20 * time.Minute),
		Media: []bots.Media{{Path: "map.png", Alt: "a map\u202E"}}, MadeWithAI: true}
	c.Media = []guards.Picture{{SHA256: "beef", Type: "image/png", Bytes: 2048, Width: 10, Height: 20}}
	return c
}

// signedInRig is a rig with somebody signed in, who follows no redirect.
func signedInRig(t *testing.T, w *waitingDesk) (*rig, func(method, path string, form url.Values, headers ...string) answer) {
	t.Helper()
	w.desk, w.changed = &desk{}, make(chan struct{})
	r := serve(t, w.desk, func(o *Options) {
		o.Desk = w
		o.House = &House{Name: "Harbour Lab", Version: "v1", Desk: w, Bots: func() []runner.Charge {
			return []runner.Charge{{Bot: bots.Bot{Name: "quakes", Handle: "@quakes"}}}
		}}
	})
	jar := comeIn(r, "ann")
	return r, func(method, path string, form url.Values, headers ...string) answer {
		t.Helper()
		body := form.Encode()
		if method == http.MethodPost {
			headers = append([]string{"Content-Type", "-", "Content-Type", "application/x-www-form-urlencoded"}, headers...)
		}
		return r.visit(method, path, body, append([]string{"Accept", "text/html", "Cookie", jar, "Authorization", "-"}, headers...)...)
	}
}

func TestNeedsShowsExactlyWhatWouldBeSent(t *testing.T) {
	w := &waitingDesk{cases: []runner.Case{heldCase("k1", nasty), heldCase("again", "")},
		reviews: []runner.PersonRow{{User: "77", Kind: "review", Choice: guards.Choice{At: now, How: "dm", Event: "e<9>", Rule: "may-be"}}},
		halts:   []guards.Halt{{Kind: guards.Latched, Scope: "quakes", Reason: "X suspended it <b>", At: now}, {Kind: guards.Paused, Scope: "*", Reason: "tea", At: now}}}
	w.cases[1].Attempts, w.cases[1].Detail = 1, "it could not be found on the account"
	_, visit := signedInRig(t, w)
	a := visit("GET", "/needs", nil)
	if a.status != 200 || a.header.Get("Content-Security-Policy") != PagePolicy {
		t.Fatalf("%d %v", a.status, a.header)
	}
	for _, part := range []string{"4 need you", "@quakes", "reply", "https://x.com/i/status/1234567", "noopener noreferrer", "&lt;script&gt;alert(1)",
		"<mark>⟨U+202E⟩</mark>txt.exe<mark>⟨U+202C⟩</mark>", "a<mark>⟨U+200B⟩</mark>b", "\u05E9\u05DC\u05D5\u05DD", "map.png", "image/png, 10 × 20, 2048 bytes", "a map<mark>⟨U+202E⟩", "beef",
		"ev_1", "because &lt;i&gt;", "$0.015", "made with AI", "evil.example is on no list", "put it on the list", "links.host", "&lt;b&gt;evil", "D9", w.cases[0].Hash,
		"none: heed never adds one", "sent once", "could not be found", "heed approve quakes/k1 --hash abababababab", "heed held", "User 77", "by dm", "may-be", "e&lt;9&gt;",
		"https://x.com/i/user/77", "heed optout reviewed 77", "X suspended it &lt;b&gt;", "heed resume quakes --latch", "put right at X"} {
		if !strings.Contains(a.raw, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	for _, part := range []string{"<script>alert", "\u202E", "\u200B", "only watched", "tea", "style=", "onclick", token, "<img"} {
		if strings.Contains(a.raw, part) {
			t.Errorf("the page has %q in it", part)
		}
	}
	// A message's reason is not shown, as nowhere (promise P7).
	w.change(func() { w.cases[0].Intent.Action, w.cases[1].Intent.Action = bots.DM, bots.DM })
	if a := visit("GET", "/needs", nil); strings.Contains(a.raw, "because &lt;i&gt;") {
		t.Error("the reason of a message is shown")
	}
}

func TestNothingWaits(t *testing.T) {
	_, visit := signedInRig(t, &waitingDesk{})
	if a := visit("GET", "/needs", nil); a.status != 200 || !strings.Contains(a.raw, "Nothing waits for you") || !strings.Contains(a.raw, "nothing needs you") {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

func TestAYesIsBoundToWhatWasLookedAt(t *testing.T) {
	w := &waitingDesk{cases: []runner.Case{heldCase("k1", nasty)}}
	_, visit := signedInRig(t, w)
	picks := url.Values{"pick": {pickOf(w.cases[0])}}
	a := visit("GET", "/approve?"+picks.Encode(), nil)
	if a.status != 200 || !strings.Contains(a.raw, "Approve: reply as @quakes") || !strings.Contains(a.raw, "<mark>⟨U+202E⟩</mark>txt.exe") || strings.Contains(a.raw, "hx-sse") {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	// It changes while it is looked at.
	was := w.cases[0].Hash
	w.change(func() { w.cases[0].Hash = strings.Repeat("cd", 32) })
	for _, a := range []answer{visit("POST", "/approve/now", picks), visit("POST", "/reject/now", picks), visit("GET", "/approve?"+picks.Encode(), nil)} {
		if a.status != 409 || !strings.Contains(a.raw, "is not what you looked at") || !strings.Contains(a.header.Get("Content-Type"), "text/html") {
			t.Errorf("%d %s", a.status, a.raw)
		}
	}
	if did := w.done(); len(did) != 0 {
		t.Fatalf("all the same: %v", did)
	}
	w.change(func() { w.cases[0].Hash = was })
	a = visit("POST", "/approve/now", picks)
	if a.status != 303 || !strings.HasPrefix(a.header.Get("Location"), "/needs?did=") {
		t.Fatalf("%d %v %s", a.status, a.header, a.raw)
	}
	if did := w.done(); !slices.Equal(did, []string{"approve k1 ann " + was}) {
		t.Errorf("%v", did)
	}
	if a := visit("GET", a.header.Get("Location"), nil); !strings.Contains(a.raw, "approved quakes/k1; the guards judge it once more") {
		t.Error("the page does not say what was done")
	}
	// A second press finds it answered.
	if a := visit("POST", "/approve/now", picks); a.status != 409 || !strings.Contains(a.raw, "waits for nobody any more: it is waiting") {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

func TestSeveralAreAnsweredOneByOne(t *testing.T) {
	w := &waitingDesk{cases: []runner.Case{heldCase("a", "one"), heldCase("bb", "two"), heldCase("ccc", "three")}}
	_, visit := signedInRig(t, w)
	two := url.Values{"pick": {pickOf(w.cases[0]), pickOf(w.cases[1]), pickOf(w.cases[0])}}
	if a := visit("GET", "/approve?"+two.Encode(), nil); !strings.Contains(a.raw, "Approve all 2") || !strings.Contains(a.raw, "P4 and A14") || strings.Contains(a.raw, "three") {
		t.Errorf("%s", a.raw)
	}
	// One of them has changed: none is released.
	bad := url.Values{"pick": {pickOf(w.cases[0]), strings.Repeat("0", 64) + ":quakes/bb"}}
	if a := visit("POST", "/approve/now", bad); a.status != 409 || len(w.done()) != 0 {
		t.Errorf("%d %v", a.status, w.done())
	}
	if a := visit("POST", "/approve/now", two); a.status != 303 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	no := url.Values{"pick": {pickOf(w.cases[2])}, "reason": {"too long ago"}}
	if a := visit("POST", "/reject/now", no); a.status != 303 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if got := strings.Join(w.done(), "; "); got != "approve a ann "+w.cases[0].Hash+"; approve bb ann "+w.cases[1].Hash+"; reject ccc ann too long ago" {
		t.Error(got)
	}
}

func TestChoicesThatAreRefused(t *testing.T) {
	w := &waitingDesk{cases: []runner.Case{heldCase("a", "one")}}
	_, visit := signedInRig(t, w)
	good := pickOf(w.cases[0])
	many := make([]string, mostPicked+1)
	for i := range many {
		many[i] = fmt.Sprintf("%s:quakes/k%d", w.cases[0].Hash, i)
	}
	for name, row := range map[string]struct {
		path   string
		form   url.Values
		status int
	}{
		"nothing":                {"/approve/now", nil, 422},
		"too many":               {"/approve/now", url.Values{"pick": many}, 422},
		"no hash":                {"/approve/now", url.Values{"pick": {":quakes/a"}}, 422},
		"no intent":              {"/approve/now", url.Values{"pick": {"abc"}}, 422},
		"an unknown one":         {"/approve/now", url.Values{"pick": {"ab:quakes/zz"}}, 404},
		"a reason of many lines": {"/reject/now", url.Values{"pick": {good}, "reason": {"a\nb"}}, 422},
		"a reason that hides":    {"/reject/now", url.Values{"pick": {good}, "reason": {"a\u202Eb"}}, 422},
		"a long reason":          {"/reject/now", url.Values{"pick": {good}, "reason": {strings.Repeat("x", 201)}}, 422},
		"a form of 70 KiB":       {"/reject/now", url.Values{"pick": {good}, "reason": {strings.Repeat("x", 70<<10)}}, 413},
		"a review not looked at": {"/needs/reviewed", url.Values{"user": {"77"}}, 422},
		"a review of nobody":     {"/needs/reviewed", url.Values{"user": {"ann"}, "looked": {"yes"}}, 422},
		"an opt-out of nobody":   {"/needs/opt-out", url.Values{"user": {"0"}}, 422},
		"a latch not looked at":  {"/needs/resume", url.Values{"scope": {"quakes"}}, 422},
		"a latch that is gone":   {"/needs/resume", url.Values{"scope": {"quakes"}, "looked": {"yes"}}, 409},
	} {
		a := visit("POST", row.path, row.form)
		if a.status != row.status || !strings.Contains(a.raw, "What to do") || strings.Contains(a.raw, "\u202E") {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if did := w.done(); len(did) != 1 || !strings.HasPrefix(did[0], "resume") { // which lifted nothing
		t.Errorf("%v", did)
	}
}

func TestReviewsAndLatches(t *testing.T) {
	w := &waitingDesk{halts: []guards.Halt{{Kind: guards.Latched, Scope: "quakes", At: now}}}
	_, visit := signedInRig(t, w)
	for _, row := range []struct{ path, form string }{
		{"/needs/reviewed", "user=77&looked=yes"}, {"/needs/opt-out", "user=78&event=e_9"}, {"/needs/opt-out", "user=79&event=what+they+wrote"}, {"/needs/resume", "scope=quakes&looked=yes"},
	} {
		form, _ := url.ParseQuery(row.form)
		if a := visit("POST", row.path, form); a.status != 303 {
			t.Errorf("%s: %d %s", row.path, a.status, a.raw)
		}
	}
	if got := strings.Join(w.done(), "; "); got != "reviewed 77 ann; out 78 * dashboard e_9 by ann; out 79 * dashboard  by ann; resume quakes [latch] ann" {
		t.Error(got)
	}
}

// A desk that fails shows a page that says so, and never half of one.
func TestAPageOfADeskThatFails(t *testing.T) {
	w := &waitingDesk{}
	r, visit := signedInRig(t, w)
	w.change(func() { w.fails = errors.New("ledger: the disk is gone") })
	if a := visit("GET", "/needs", nil); a.status != 503 || !strings.Contains(a.raw, "the disk is gone") || !strings.Contains(a.raw, "</html>") {
		t.Errorf("%d %s", a.status, a.raw)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.told) != 1 {
		t.Errorf("told: %v", r.told)
	}
	r.told = nil
}
