package platform

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"heed/bots"
	"heed/runner"
)

type answerRow struct {
	name    string
	in      bots.Intent
	answer  http.HandlerFunc
	outcome runner.Outcome
	code    string
	retry   time.Duration // after now; 0: never
	latch   string        // "", "bot" or "app"
}

// shown is what a row's answer is: its status, content type and body; whole is false
// where it promises more than it sends.
func (r answerRow) shown() (rec *httptest.ResponseRecorder, whole bool) {
	rec = httptest.NewRecorder()
	r.answer(rec, httptest.NewRequest("POST", "/", nil))
	long := rec.Header().Get("Content-Length")
	return rec, long == "" || long == fmt.Sprint(rec.Body.Len())
}

func (r answerRow) judge(t *testing.T, h http.HandlerFunc) {
	t.Helper()
	f := newFake(t, always(h))
	a := newX(t, f.URL).Do(t.Context(), claim(t, r.in))
	if a.Outcome != r.outcome || a.Code != r.code {
		t.Errorf("got %s %q, want %s %q: %+v", a.Outcome, a.Code, r.outcome, r.code, a)
	}
	if want := (time.Time{}); r.retry == 0 && a.RetryAt != want || r.retry != 0 && !a.RetryAt.Equal(now.Add(r.retry)) {
		t.Errorf("retry at %v, want %v after %v", a.RetryAt, r.retry, now)
	}
	if (a.Latch != "") != (r.latch != "") || a.App != (r.latch == "app") {
		t.Errorf("latch %q, app %v; want %q", a.Latch, a.App, r.latch)
	}
	if a.Latch != "" && !strings.Contains(a.Latch, "heed resume --latch") {
		t.Errorf("the latch does not say what to do: %s", a.Latch)
	}
	if blocked := r.code == "x.blocked"; a.Blocked != blocked || a.Closed != (r.code == "x.dm_closed" || blocked && r.in.Action == bots.DM) {
		t.Errorf("blocked %v, closed %v", a.Blocked, a.Closed)
	}
	if r.outcome != runner.Landed && a.Detail == "" || utf8.RuneCountInString(a.Detail) > 300 || strings.ContainsAny(a.Detail, "<\n") {
		t.Errorf("detail %q", a.Detail)
	}
	if a.PostID != "" && r.outcome != runner.Landed || a.Status == 0 || len(f.all()) != 1 {
		t.Errorf("%+v after %d calls", a, len(f.all()))
	}
}

// Every answer of X's is judged as its row says, and told as a table.
func TestClassify(t *testing.T) {
	table := "\n| status | body | action | outcome | code | latch | retry |\n|---|---|---|---|---|---|---|\n"
	for _, r := range answers() {
		t.Run(r.name, func(t *testing.T) { r.judge(t, r.answer) })
		rec, _ := r.shown()
		retry := "never"
		if r.retry != 0 {
			retry = "after " + r.retry.String()
		}
		table += fmt.Sprintf("| %d | `%s` | %s | %s | %s | %s | %s |\n", rec.Code, strings.ReplaceAll(rec.Body.String(), "|", "\\|"), r.in.Action, r.outcome, r.code, r.latch, retry)
	}
	t.Log(table)
}

// The same body means the same under both hosts of a problem's type, and under each
// content type that X has used.
func TestAnswersInTheirOtherForms(t *testing.T) {
	forms := 0
	for _, r := range answers() {
		rec, whole := r.shown()
		if !whole || !object(rec.Body.Bytes()) {
			continue
		}
		for _, host := range []string{"https://api.twitter.com/2/problems/", "https://api.x.com/2/problems/"} {
			body := rec.Body.String()
			for _, known := range []string{"https://api.twitter.com/2/problems/", "https://api.x.com/2/problems/"} {
				body = strings.ReplaceAll(body, known, host)
			}
			for _, kind := range []string{"application/json", "application/json; charset=utf-8", "application/problem+json", "application/problem+json; charset=utf-8"} {
				t.Run(fmt.Sprintf("%s, %s, %s", r.name, host, kind), func(t *testing.T) {
					r.judge(t, func(w http.ResponseWriter, _ *http.Request) {
						maps.Copy(w.Header(), rec.Header())
						w.Header().Set("Content-Type", kind)
						w.WriteHeader(rec.Code)
						_, _ = io.WriteString(w, body)
					})
				})
				forms++
			}
		}
	}
	if forms < 600 {
		t.Errorf("only %d forms were tried", forms)
	}
}

// Each row of the rules decides some answer above, and each of its codes and phrases can:
// none stands in another's shadow.
func TestEveryRuleDecides(t *testing.T) {
	first := func(f fact) int { return slices.IndexFunc(rules, func(r rule) bool { return r.matches(f) }) }
	used := map[int]bool{}
	for _, r := range answers() {
		rec, whole := r.shown()
		if e := (&exchange{status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}); whole && (rec.Code/100 == 4 || r.code == "x.already_gone") {
			used[first(factOf(r.in.Action, e))] = true
		}
	}
	for i, r := range rules {
		if !used[i] {
			t.Errorf("rule %d (%s, %s) decides no answer", i, r.code, r.why)
		}
		f := fact{action: bots.Post, status: 403, kind: r.kind, title: r.title, reason: r.reason}
		if len(r.actions) > 0 {
			f.action = r.actions[0]
		}
		if len(r.status) > 0 {
			f.status = r.status[0]
		}
		for _, c := range r.codes {
			f.codes = []int{c}
			if got := first(f); rules[got].code != r.code {
				t.Errorf("code %d means %s, and is taken for %s", c, r.code, rules[got].code)
			}
		}
		f.codes = nil
		for _, s := range r.says {
			f.said = []string{strings.ToUpper(s)}
			if got := first(f); rules[got].code != r.code {
				t.Errorf("%q means %s, and is taken for %s", s, r.code, rules[got].code)
			}
		}
		if r.latch != strings.Contains(r.next, "heed resume --latch") || r.app && !r.latch || r.landed && (r.latch || r.wait != nil || r.stops != stopsNone) {
			t.Errorf("rule %d (%s) contradicts itself", i, r.code)
		}
		if r.stops != stopsNone && r.wait == nil || r.latch && r.wait != nil || utf8.RuneCountInString(r.why+r.next) > 200 {
			t.Errorf("rule %d (%s) says too much, or not until when", i, r.code)
		}
	}
}
