package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// house is a desk as the pages look through it; what they must not use is not there.
type house struct {
	runner.Desk
	*desk
	log   runner.LogPage
	asked []runner.LogQuery
	one   runner.Case
	did   []string
	hours []runner.Hour
}

func (h *house) OptOut(ctx context.Context, user bots.UserID, c guards.Choice) (runner.Receipt, error) {
	h.did = append(h.did, fmt.Sprintf("out %s %s %s %s %s", user, c.Scope, c.How, c.Event, c.Rule))
	return h.desk.OptOut(ctx, user, c)
}
func (h *house) People(_ context.Context, q runner.PeopleQuery) ([]runner.PersonRow, error) {
	if q.Review {
		return nil, nil
	}
	return h.rows, nil
}
func (h *house) Forgive(_ context.Context, user bots.UserID, scope, by, reason string, _ time.Time) error {
	h.did = append(h.did, fmt.Sprintf("lift %s %s %s %s", user, scope, by, reason))
	return nil
}
func (h *house) Consent(_ context.Context, user bots.UserID, c guards.Choice) error {
	if user == "42" {
		return fmt.Errorf("ledger: %w", runner.ErrOptedOut)
	}
	h.did = append(h.did, fmt.Sprintf("in %s %s %s %s %s %s", user, c.Scope, c.Channel, c.How, c.Event, c.Rule))
	return nil
}
func (h *house) Revoke(_ context.Context, user bots.UserID, scope string, _ time.Time) error {
	h.did = append(h.did, fmt.Sprintf("revoke %s %s", user, scope))
	return nil
}
func (h *house) Waiting(context.Context, []runner.State, string, int) ([]runner.Case, error) {
	return nil, nil
}
func (h *house) Log(_ context.Context, q runner.LogQuery) (runner.LogPage, error) {
	h.asked = append(h.asked, q)
	return h.log, nil
}
func (h *house) Case(context.Context, runner.Ref) (runner.Case, error) { return h.one, nil }
func (h *house) Choices(context.Context, runner.ChoiceQuery) (runner.ChoicePage, error) {
	return runner.ChoicePage{Rows: h.rows, Next: "7"}, nil
}
func (h *house) ChoiceCounts(context.Context) (map[string]int, error) {
	return map[string]int{"opt_out": 2}, nil
}
func (h *house) Hours(context.Context, string, time.Time, time.Time) ([]runner.Hour, error) {
	return h.hours, nil
}
func (h *house) Halts(context.Context, time.Time) ([]guards.Halt, error) { return nil, nil }
func (h *house) Queues(context.Context) ([]runner.Queue, error) {
	return []runner.Queue{{Bot: "tides", Waiting: 3, Held: 1}}, nil
}

// nastyText is a script, a quote and a character that turns the line around.
const nastyText = "<script>alert(1)</script>\"'\u202e\u200bx"

func filled() *house {
	h := &house{desk: &desk{rows: []runner.PersonRow{{User: "42", Kind: "opt_out", Choice: guards.Choice{At: now, How: "dm", Scope: "*", Event: nastyText, Rule: nastyText}},
		{User: "43", Kind: "opt_in", Choice: guards.Choice{At: now, How: "import", Scope: "tides", Channel: "dm"}}}}}
	h.log = runner.LogPage{Older: 5, Records: []runner.Record{{N: 9, At: now, Kind: runner.RecVerdict, Bot: "tides", ID: "id&1", Key: nastyText, Action: bots.Post,
		State: runner.Denied, Code: "opt_out.asked", Message: nastyText, User: "42", PostID: "1234567", Rules: []string{"C2"}}}}
	h.one = runner.Case{Claim: runner.Claim{Bot: "tides", ID: "id&1", Key: nastyText, Intent: bots.Intent{Action: bots.Post, Text: nastyText}}, State: runner.Denied, Hash: "abc",
		Facts: &guards.Facts{}, History: h.log.Records,
		Verdict: &guards.Verdict{Effect: guards.Deny, Code: "opt_out.asked", Message: nastyText, Findings: []guards.Finding{{Guard: "scope", Effect: guards.Allow},
			{Guard: "opt_out", Effect: guards.Deny, Code: "opt_out.asked", Because: nastyText, Remedy: "none", Rules: []string{"C2"}, Evidence: map[string]any{"user": "42"}}}}}
	h.hours = []runner.Hour{{At: now.Add(-time.Hour), Of: runner.HourVerdicts, Name: "deny", N: 4}, {At: now.Add(-time.Hour), Of: runner.HourRefusals, Name: nastyText, N: 4}}
	return h
}

// signed serves the dashboard and gives a request of somebody who is signed in.
func signed(t *testing.T, h *house) func(method, path string, form url.Values) (int, string) {
	t.Helper()
	r := serve(t, h.desk, func(o *Options) {
		o.House = &House{Name: "Lab", Desk: h, Bots: func() []runner.Charge { return []runner.Charge{{Bot: bots.Bot{Name: "tides"}}} }, Facts: func(guards.Facts) string { return nastyText }}
	})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: &http.Transport{DisableKeepAlives: true}}
	cookie := "heed-" + r.addr[strings.LastIndexByte(r.addr, ':')+1:] + "=" + newKeys([]byte(token), func() time.Time { return now }).session("ann", now.Add(time.Hour))
	return func(method, path string, form url.Values) (int, string) {
		t.Helper()
		req, err := http.NewRequest(method, "http://"+r.addr+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html")
		req.Header.Set("Cookie", cookie)
		if method == "POST" {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(b)
	}
}

// Whatever stands in a key, a message or a text is shown as text, and what is hidden in
// it is written out.
func TestPagesShowHostileTextAsText(t *testing.T) {
	ask := signed(t, filled())
	for path, wants := range map[string][]string{
		"/stream":           {"⟨U+202E⟩", "/why?bot=tides&amp;id=id%261", `href="https://x.com/i/status/1234567" rel="noopener noreferrer"`, "before=10", "before=5", "C2"},
		"/why?id=id%261":    {"⟨U+202E⟩", "opt_out.asked", "scope", "✓ pass: <b>scope</b>", "to change it: none", "&#34;user&#34;", "heed why"},
		"/people":           {"⟨U+202E⟩", "Lift the opt-out of 42", "Withdraw the consent of 43", "after=7", "/people.jsonl"},
		"/charts":           {">Verdicts per hour</title>", "Refusals by rule", "4 deny", "⟨U+202E⟩"},
		"/charts?span=7d":   {">Verdicts per six hours</title>"},
		"/people.jsonl":     {`"user_id":"42"`},
		"/stream?rule=C2":   {"Older"},
		"/stream?before=10": {"Go on live"},
	} {
		status, body := ask("GET", path, nil)
		if status != 200 {
			t.Errorf("%s: %d %s", path, status, body)
		}
		for _, w := range wants {
			if !strings.Contains(body, w) {
				t.Errorf("%s does not show %q", path, w)
			}
		}
		if path != "/people.jsonl" && (strings.Contains(body, "<script>alert") || strings.ContainsAny(body, "\u202e\u200b")) {
			t.Errorf("%s shows what was written as it was written:\n%s", path, body)
		}
	}
}

// The words of a message are no part of the stream (promise P7).
func TestP7WhyKeepsAMessageToItself(t *testing.T) {
	h := filled()
	h.one.Intent = bots.Intent{Action: bots.DM, Text: "secret words", Target: bots.Target{UserID: "42"}}
	if status, body := signed(t, h)("GET", "/why?id=x", nil); status != 200 || strings.Contains(body, "secret words") || !strings.Contains(body, "Needs you") {
		t.Errorf("%d %s", status, body)
	}
}

func TestStreamFilters(t *testing.T) {
	h := filled()
	ask := signed(t, h)
	if status, _ := ask("GET", "/stream?bot=tides&verdict=deny&rule=opt_out&text=a%26b&before=9", nil); status != 200 {
		t.Fatal(status)
	}
	if q := h.asked[0]; q.Bot != "tides" || q.Code != "opt_out" || q.Text != "a&b" || q.Before != 9 || fmt.Sprint(q.States, q.Kinds) != "[denied] [verdict]" {
		t.Errorf("%+v", q)
	}
	if _, body := ask("GET", "/stream?bot=%3B+rm+-r&verdict=deny&rule=C2&text=%3B+rm", nil); !strings.Contains(body, "<code>heed log -f --verdict deny --rule C2</code>") {
		t.Errorf("what is to be copied into a shell: %s", body)
	}
	for _, bad := range []string{"verdict=maybe", "rule=a+b", "before=-1", "before=x", "text=" + strings.Repeat("x", 101)} {
		if status, _ := ask("GET", "/stream?"+bad, nil); status != 422 {
			t.Errorf("%s: %d", bad, status)
		}
	}
}

// What changes a choice says who did it, and is refused half filled in.
func TestPeopleForms(t *testing.T) {
	h := filled()
	ask := signed(t, h)
	for _, row := range []struct {
		path, form string
		status     int
	}{
		{"opt-out", "user=45&scope=*&event=form-1", 303},
		{"opt-out", "user=@ann&scope=*", 422},
		{"opt-out", "user=45&scope=gulls", 422},
		{"opt-out", "user=45&scope=*&event=they+wrote+stop", 422},
		{"opt-in", "user=46&scope=tides&channel=dm&event=form-2", 303},
		{"opt-in", "user=46&scope=*&channel=dm&event=form-2", 422},
		{"opt-in", "user=46&scope=tides&channel=fax&event=form-2", 422},
		{"opt-in", "user=46&scope=tides&channel=dm&event=", 422},
		{"opt-in", "user=46&scope=tides&channel=dm&event=she+said+so", 422},
		{"opt-in", "user=42&scope=tides&channel=dm&event=form-2", 409},
		{"lift", "user=42&scope=*&reason=by+mail&sure=yes", 303},
		{"lift", "user=42&scope=*&reason=by+mail", 422},
		{"lift", "user=42&scope=*&reason=&sure=yes", 422},
		{"revoke", "user=43&scope=tides&sure=yes", 303},
		{"revoke", "user=43&scope=tides", 422},
	} {
		form, err := url.ParseQuery(row.form)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := ask("POST", "/people/"+row.path, form); status != row.status {
			t.Errorf("%s %s: %d %s", row.path, row.form, status, body)
		}
	}
	if got := strings.Join(h.did, "; "); got != "out 45 * dashboard form-1 by ann; in 46 tides dm import form-2 by ann; lift 42 * ann by mail; revoke 43 tides" {
		t.Error(got)
	}
}
