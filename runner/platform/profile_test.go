package platform

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

func TestProfile(t *testing.T) {
	rows := []struct {
		name, body string
		want       guards.Profile
	}{
		{"an account in full", `{"data":{"id":"500","name":"Tides","username":"tidesbot","description":"A bot by @harbourlab &amp; friends: https://t.co/a1 https://t.co/zz",
			"entities":{"description":{"urls":[{"start":1,"end":2,"url":"https://t.co/a1","expanded_url":"https://harbour.example/?a=1&b=2"}],"mentions":[{"start":9,"end":20,"username":"harbourlab"}]}},
			"protected":true,"verified":false,"verified_type":"blue","affiliation":{"badge_url":"https://pbs.example/b.jpg","description":"Automated","user_id":["1"]}}}`,
			guards.Profile{UserID: "500", Handle: "@tidesbot", Bio: "A bot by @harbourlab & friends: https://harbour.example/?a=1&b=2 https://t.co/zz",
				Automated: true, Verified: true, Protected: true, CheckedAt: now}},
		{"an account with nothing said", `{"data":{"id":"500","username":"tidesbot","verified_type":"none"}}`,
			guards.Profile{UserID: "500", Handle: "@tidesbot", CheckedAt: now}},
		{"a partial error whose value is no string, which gotwi cannot read", `{"data":{"id":"500","username":"tidesbot"},"errors":[{"value":5,"resource_id":{},"detail":["x"]}],"includes":{"users":5,"tweets":"x"}}`,
			guards.Profile{UserID: "500", Handle: "@tidesbot", CheckedAt: now}},
		{"a label of another kind", `{"data":{"id":"500","username":"tidesbot","affiliation":{"description":"Harbour Lab"}}}`,
			guards.Profile{UserID: "500", Handle: "@tidesbot", CheckedAt: now}},
	}
	for _, r := range rows {
		f := newFake(t, map[string]http.HandlerFunc{"GET /2/users/me": reply(200, r.body)})
		got, err := newX(t, f.URL).Profile(t.Context(), "tides")
		if err != nil || got != r.want {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", r.name, got, err, r.want)
		}
	}
}

func TestProfileThatCannotBeTrusted(t *testing.T) {
	var locked *runner.Locked
	var wait *runner.Wait
	for name, row := range map[string]struct {
		h    http.HandlerFunc
		good func(error) bool
	}{
		"the token is another account's": {reply(200, `{"data":{"id":"501","username":"other"}}`), func(e error) bool {
			return errors.As(e, &locked) && !locked.App && strings.Contains(e.Error(), "501") && strings.Contains(e.Error(), "500")
		}},
		"no account is named":     {reply(200, `{}`), func(e error) bool { return strings.Contains(e.Error(), "names no account") }},
		"the body is empty":       {raw(200, "application/json", ""), func(e error) bool { return strings.Contains(e.Error(), "cannot be read") }},
		"the app is suspended":    {code(401, 32, "Could not authenticate you."), func(e error) bool { return errors.As(e, &locked) && locked.App }},
		"the account is locked":   {code(403, 326, "locked"), func(e error) bool { return errors.As(e, &locked) && !locked.App }},
		"the limit is reached":    {reply(429, `{}`, "x-rate-limit-reset", unix(time.Minute)), func(e error) bool { return errors.As(e, &wait) && wait.Until.Equal(now.Add(time.Minute)) }},
		"the credits are used up": {reply(402, `{}`), func(e error) bool { return errors.As(e, &wait) && wait.Until.Equal(now.Add(time.Hour)) }},
		"the month is used up":    {reply(429, `{"title":"UsageCapExceeded"}`), func(e error) bool { return errors.As(e, &wait) && wait.Until.Equal(now.Add(24*time.Hour)) }},
		"the month is used up until a day that X names": {reply(429, `{"title":"UsageCapExceeded","reset_date":"2026-09-21"}`), func(e error) bool {
			return errors.As(e, &wait) && wait.Until.Equal(time.Date(2026, 9, 21, 0, 0, 0, 0, time.UTC))
		}},
		"it moved":              {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "/x"); w.WriteHeader(302) }, func(e error) bool { return strings.Contains(e.Error(), "302") }},
		"the connection breaks": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, func(e error) bool { return strings.Contains(e.Error(), "no answer came") }},
	} {
		f := newFake(t, always(row.h))
		f.Config.ErrorLog = quietLog()
		got, err := newX(t, f.URL).Profile(t.Context(), "tides")
		if err == nil || !row.good(err) || got != (guards.Profile{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := newX(t, "").Profile(t.Context(), "nobody"); err == nil {
		t.Error("a bot without an account has a profile")
	}
}

// A read that X has told to wait is not made before its time, nor one whose window
// is used up (promise P11). Other reads go on.
func TestReadsWaitForTheirReset(t *testing.T) {
	clock := now
	me500 := `{"data":{"id":"500","username":"tidesbot"}}`
	f := newFake(t, map[string]http.HandlerFunc{
		"GET /2/users/me": inTurn(
			reply(200, me500, "x-rate-limit-limit", "75", "x-rate-limit-remaining", "0", "x-rate-limit-reset", unix(time.Minute)),
			reply(429, `{}`, "x-rate-limit-reset", unix(5*time.Minute)),
			reply(200, me500)),
		"GET /2/tweets/7": reply(200, `{"data":{"id":"7","author_id":"600"}}`),
	})
	x := newX(t, f.URL, func(o *Options) { o.Now = func() time.Time { return clock } })
	try := func(after time.Duration, want error, calls int) {
		t.Helper()
		clock = now.Add(after)
		_, err := x.Profile(t.Context(), "tides")
		var w, v *runner.Wait
		if errors.As(err, &w) != (want != nil) || want != nil && errors.As(want, &v) && !w.Until.Equal(v.Until) {
			t.Errorf("after %v: %v, want %v", after, err, want)
		}
		if len(f.all()) != calls {
			t.Errorf("after %v: %d calls, want %d", after, len(f.all()), calls)
		}
	}
	until := func(d time.Duration) error { return &runner.Wait{Until: now.Add(d)} }
	try(0, nil, 1)
	try(30*time.Second, until(time.Minute), 1)
	try(time.Minute, until(5*time.Minute), 2)
	try(4*time.Minute, until(5*time.Minute), 2)
	if _, err := x.Author(t.Context(), "tides", "7"); err != nil {
		t.Errorf("another read was stopped too: %v", err)
	}
	try(5*time.Minute, nil, 4)
}

// The last reads of a window are spread over what is left of it: a STOP waits some
// minutes for the next look, and never a whole window.
func TestTheLastLooksAreSpread(t *testing.T) {
	for left, want := range map[string]time.Duration{"6": 0, "5": 2 * time.Minute, "2": 4 * time.Minute, "0": 12 * time.Minute} {
		f := newFake(t, map[string]http.HandlerFunc{"GET /2/users/me": reply(200, `{"data":{"id":"500","username":"tidesbot"}}`,
			"x-rate-limit-limit", "15", "x-rate-limit-remaining", left, "x-rate-limit-reset", unix(12*time.Minute))})
		x := newX(t, f.URL, func(o *Options) { o.Now = func() time.Time { return now } })
		if _, err := x.Profile(t.Context(), "tides"); err != nil {
			t.Fatal(err)
		}
		_, err := x.Profile(t.Context(), "tides")
		var w *runner.Wait
		if errors.As(err, &w) != (want > 0) || want > 0 && !w.Until.Equal(now.Add(want)) {
			t.Errorf("with %s left: %v, want %v", left, err, want)
		}
	}
}

func TestAuthor(t *testing.T) {
	for name, row := range map[string]struct {
		body string
		want bots.UserID
		gone bool
	}{
		"a post":                  {`{"data":{"id":"7","author_id":"600"}}`, "600", false},
		"a post that is gone":     {gone7, "", true},
		"another post":            {`{"data":{"id":"8","author_id":"600"}}`, "", false},
		"a post without author":   {`{"data":{"id":"7"}}`, "", false},
		"an author that is no id": {`{"data":{"id":"7","author_id":"ann"}}`, "", false},
	} {
		f := newFake(t, map[string]http.HandlerFunc{"GET /2/tweets/7": reply(200, row.body)})
		got, err := newX(t, f.URL).Author(t.Context(), "tides", "7")
		if got.Author != row.want || (err == nil) != (row.want != "") || errors.Is(err, runner.ErrNotFound) != row.gone {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	f := newFake(t, map[string]http.HandlerFunc{"GET /2/tweets/7": reply(200,
		`{"data":{"id":"7","author_id":"600","entities":{"mentions":[{"id":"8","username":"carl"},{"username":"gone"}]}}}`)})
	got, err := newX(t, f.URL).Author(t.Context(), "tides", "7")
	if err != nil || len(got.Names) != 1 || got.Names[0] != "8" {
		t.Errorf("whom a post names is read too: %v, %v", got, err)
	}
}

// A look-up shows the post's words too: who is shown a STOP has been told, whichever bot
// it was said to.
func TestAuthorHearsWhatThePostSaysToABot(t *testing.T) {
	for text, want := range map[string]string{"@tidesbot stop": "tides", "stop, all of you": ""} {
		mentions := ""
		if want != "" {
			mentions = `,"entities":{"mentions":[{"id":"500","username":"TidesBot"}]}`
		}
		f := newFake(t, map[string]http.HandlerFunc{"GET /2/tweets/7": reply(200, `{"data":{"id":"7","author_id":"600","text":"`+text+`"`+mentions+`}}`)})
		got, err := newX(t, f.URL).Author(t.Context(), "tides", "7")
		if err != nil {
			t.Fatal(err)
		}
		if want == "" && len(got.Said) > 0 || want != "" && (len(got.Said) != 1 || got.Said[0].Bot != want || got.Said[0].Text != text ||
			got.Said[0].Event != "post:7" || got.Said[0].From != "600") {
			t.Errorf("%q: heard %+v", text, got.Said)
		}
	}
}
