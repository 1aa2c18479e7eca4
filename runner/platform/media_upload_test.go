package platform

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

// X works on a video: its waits are kept, within bounds, and no post comes before.
func TestMediaProcessing(t *testing.T) {
	state := func(s string) http.HandlerFunc { return working(`"` + s + `"`) }
	for name, row := range map[string]struct {
		finalize http.HandlerFunc
		status   http.HandlerFunc
		waits    int
		code     string
		says     string
		retry    bool
	}{
		"it is ready after two looks": {state("pending"), inTurn(state("in_progress"), state("succeeded")), 2, "", "", false},
		"it is ready at once":         {state("succeeded"), nil, 0, "", "", false},
		"it fails": {state("pending"), reply(200, `{"data":{"id":"500","processing_info":{"state":"failed","error":{"code":1,"name":"InvalidMedia","message":"Unsupported codec"}}}}`),
			1, "x.media_failed", "Unsupported codec", false},
		"it never ends":           {state("pending"), state("in_progress"), 25, "x.media_processing", "3m0s", true},
		"X says something else":   {state("resting"), nil, 0, "x.media_not_sent", "cannot be read", true},
		"X says nothing readable": {reply(200, `{"data":{}}`), nil, 0, "x.media_not_sent", "cannot be read", true},
	} {
		in := post("look")
		film := mp4File(1000)
		in.Media = []bots.Media{named("f.mp4", "Boats", film)}
		f := newFake(t, map[string]http.HandlerFunc{"POST /2/media/upload/500/finalize": row.finalize, "GET /2/media/upload": row.status,
			"*": reply(200, `{"data":{"id":"500"}}`)})
		x := newX(t, f.URL, files(&shelf{files: map[string][][]byte{"f.mp4": {film}}}))
		slept := waits(x)
		a := x.Do(t.Context(), claim(t, in))
		if row.code == "" && a.Outcome != runner.Landed || row.code != "" && (a.Outcome != runner.Refused || a.Code != row.code || !strings.Contains(a.Detail, row.says)) || a.RetryAt.IsZero() == row.retry {
			t.Errorf("%s: %+v", name, a)
		}
		if len(*slept) != row.waits || slices.ContainsFunc(*slept, func(d time.Duration) bool { return d != 7*time.Second }) {
			t.Errorf("%s: waited %v", name, *slept)
		}
		for _, c := range f.all() {
			if c.path == "/2/media/upload" && (c.query.Get("command") != "STATUS" || c.query.Get("media_id") != "500") {
				t.Errorf("%s: asked %s", name, c.query)
			}
			if c.path == "/2/tweets" && row.code != "" {
				t.Errorf("%s: and posted", name)
			}
		}
	}
}

// Whatever fails before the post's own call is a refusal, never an unknown; the post's
// own call keeps its meaning.
func TestAFailedUploadPostedNothing(t *testing.T) {
	drop := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	steps := []string{"POST /2/media/upload/initialize", "POST /2/media/upload/500/append", "POST /2/media/upload/500/finalize", "POST /2/media/metadata"}
	for name, row := range map[string]struct {
		h     http.HandlerFunc
		code  string
		retry time.Duration // after now; 0: never
		latch bool
	}{
		"the line breaks":            {drop, "x.media_not_sent", soon, false},
		"X answers 503":              {reply(503, `{}`), "x.media_not_sent", soon, false},
		"X answers 307":              {reply(307, ``), "x.media_not_sent", soon, false},
		"something between says 403": {reply(403, `<html>`, "Content-Type", "text/html"), "x.unreadable", soon, false},
		"X says wait":                {reply(429, `{}`, "x-rate-limit-remaining", "0", "x-rate-limit-reset", unix(9*time.Minute)), "x.rate_limited", 9 * time.Minute, false},
		"X forbids it":               {forbidden("not for you"), "x.forbidden", 0, false},
		"X takes it for malformed":   {reply(400, `{"title":"Invalid Request","detail":"bad"}`), "x.invalid", 0, false},
		"the token is gone":          {reply(401, `{}`), "x.unauthorized", 0, true},
	} {
		for _, step := range steps {
			in, s := picturePost("look")
			f := newFake(t, map[string]http.HandlerFunc{step: row.h, "*": reply(200, `{"data":{"id":"500"}}`)})
			a := newX(t, f.URL, files(s)).Do(t.Context(), claim(t, in))
			var retry time.Time
			if row.retry > 0 {
				retry = now.Add(row.retry)
			}
			if a.Outcome != runner.Refused || a.Code != row.code || !a.RetryAt.Equal(retry) || (a.Latch != "") != row.latch || len(a.Lanes) != 0 {
				t.Errorf("%s at %s: %+v", name, step, a)
			}
			if got := paths(f.all()); got[len(got)-1] != step {
				t.Errorf("%s at %s: went on to %v", name, step, got)
			}
		}
	}
	in, s := picturePost("look")
	f := newFake(t, map[string]http.HandlerFunc{"POST /2/tweets": drop, "*": reply(200, `{"data":{"id":"500"}}`)})
	if a := newX(t, f.URL, files(s)).Do(t.Context(), claim(t, in)); a.Outcome != runner.Uncertain {
		t.Errorf("the post's own call broke: %+v", a)
	}
}

// A limit on uploads stops uploads until its reset, and posts without media go on (promise P11).
func TestALimitOnUploadsIsItsOwn(t *testing.T) {
	in, s := picturePost("look")
	f := newFake(t, map[string]http.HandlerFunc{"POST /2/media/upload/initialize": reply(429, `{}`, "x-rate-limit-reset", unix(9*time.Minute)),
		"*": reply(201, created)})
	clock := now
	x := newX(t, f.URL, files(s), func(o *Options) { o.Now = func() time.Time { return clock } })
	for range 3 {
		if a := x.Do(t.Context(), claim(t, in)); a.Code != "x.rate_limited" || !a.RetryAt.Equal(now.Add(9*time.Minute)) {
			t.Errorf("%+v", a)
		}
	}
	if got := len(f.all()); got != 1 {
		t.Errorf("%d calls in the face of a 429", got)
	}
	if a := x.Do(t.Context(), claim(t, post("words alone"))); a.Outcome != runner.Landed {
		t.Errorf("%+v", a)
	}
	clock = now.Add(10 * time.Minute)
	_ = x.Do(t.Context(), claim(t, in))
	if got := len(f.all()); got != 3 {
		t.Errorf("%d calls after the reset", got)
	}
}

// Nothing that X says about a message's media is told again: it repeats what it was given (promise P7).
func TestMediaOfMessagesAreNotQuoted(t *testing.T) {
	in := dm("")
	file := jpegFile(100)
	in.Media = []bots.Media{named("a.jpg", "canary words", file)}
	for name, h := range map[string]http.HandlerFunc{
		"a refusal": reply(400, `{"title":"Invalid Request","detail":"canary words","errors":[{"message":"canary words"}]}`),
		"a failure": reply(200, `{"data":{"id":"500","processing_info":{"state":"failed","error":{"message":"canary words"}}}}`),
	} {
		f := newFake(t, map[string]http.HandlerFunc{"POST /2/media/upload/500/finalize": h, "*": reply(200, `{"data":{"id":"500"}}`)})
		a := newX(t, f.URL, files(&shelf{files: map[string][][]byte{"a.jpg": {file}}})).Do(t.Context(), claim(t, in))
		if b, _ := json.Marshal(a); a.Outcome != runner.Refused || strings.Contains(string(b), "canary") {
			t.Errorf("%s: %s", name, b)
		}
	}
}

// What may reach a person is not held up for long: they may opt out meanwhile (promise P3).
func TestUploadsEndInTime(t *testing.T) {
	film := mp4File(1000)
	for text, most := range map[string]time.Duration{"look": mediaTime, "look, @ann": mediaTimeContact} {
		in := post(text)
		in.Media = []bots.Media{named("f.mp4", "Boats", film)}
		f := newFake(t, map[string]http.HandlerFunc{"POST /2/media/upload/500/finalize": working(`"pending"`), "*": reply(200, `{"data":{"id":"500"}}`)})
		x := newX(t, f.URL, files(&shelf{files: map[string][][]byte{"f.mp4": {film}}}))
		var left time.Duration
		x.pause = func(ctx context.Context, _ time.Duration) error {
			end, _ := ctx.Deadline()
			left = time.Until(end)
			return errors.New("over")
		}
		a := x.Do(t.Context(), claim(t, in))
		if a.Code != "x.media_processing" || a.RetryAt.IsZero() || left > most || left < most-20*time.Second {
			t.Errorf("%q: %s left, %+v", text, left, a)
		}
	}
}
