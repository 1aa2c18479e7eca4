package platform

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

// What gotwi makes of an answer is known to be wrong or to lose half of it. One subtest
// for each such thing: heed reads the answer itself.
func TestAnswersThatGotwiMisreads(t *testing.T) {
	do := func(t *testing.T, in bots.Intent, h http.HandlerFunc) runner.Answer {
		t.Helper()
		f := newFake(t, always(h))
		f.Config.ErrorLog = quietLog()
		return newX(t, f.URL, func(o *Options) { o.Timeout = 2 * time.Second }).Do(t.Context(), claim(t, in))
	}
	is := func(t *testing.T, a runner.Answer, o runner.Outcome, code string, status int) {
		t.Helper()
		if a.Outcome != o || a.Code != code || a.Status != status {
			t.Errorf("got %s %q %d, want %s %q %d: %+v", a.Outcome, a.Code, a.Status, o, code, status, a)
		}
	}
	const no, perhaps, yes = runner.Refused, runner.Uncertain, runner.Landed
	t.Run("429 with headers: the windows of a day are kept", func(t *testing.T) {
		a := do(t, post("hi"), reply(429, `{"title":"Too Many Requests"}`, "x-rate-limit-limit", "100", "x-rate-limit-remaining", "9", "x-rate-limit-reset", unix(time.Minute),
			"x-user-limit-24hour-limit", "200", "x-user-limit-24hour-remaining", "0", "x-user-limit-24hour-reset", unix(time.Hour)))
		is(t, a, no, "x.rate_limited", 429)
		if len(a.Lanes) != 2 || a.Lanes[1].Name != "post.day" || !a.Lanes[1].Stopped || !a.RetryAt.Equal(now.Add(time.Hour)) {
			t.Errorf("%+v", a)
		}
	})
	t.Run("the headers of a success are kept too", func(t *testing.T) {
		if a := do(t, post("hi"), reply(201, created, "x-rate-limit-limit", "100", "x-rate-limit-remaining", "9", "x-rate-limit-reset", unix(time.Minute))); len(a.Lanes) != 1 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("429 with a malformed reset", func(t *testing.T) {
		a := do(t, post("hi"), reply(429, `{}`, "x-rate-limit-limit", "100", "x-rate-limit-remaining", "0", "x-rate-limit-reset", "soon"))
		is(t, a, no, "x.rate_limited", 429)
		if !a.RetryAt.Equal(now.Add(quarter)) || len(a.Lanes) != 1 || !a.Lanes[0].Stopped {
			t.Errorf("%+v", a)
		}
	})
	t.Run("members beside title, detail and type", func(t *testing.T) {
		is(t, do(t, post("hi"), reply(403, `{"title":"Forbidden","reason":"client-not-enrolled","required_enrollment":"Standard Basic"}`)), no, "x.not_enrolled", 403)
		a := do(t, post("hi"), reply(403, `{"title":"SpendCapReached","reset_date":"2026-09-13"}`))
		if is(t, a, no, "x.credits", 403); a.RetryAt.Format(time.DateOnly) != "2026-09-13" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("problem+json: title, detail and type", func(t *testing.T) {
		is(t, do(t, post("hi"), raw(403, "application/problem+json", `{"title":"x","detail":"You are not allowed to create a Tweet with duplicate content."}`)), no, "x.duplicate", 403)
		is(t, do(t, onPost(bots.Delete, "7"), raw(404, "application/problem+json", `{"title":"x","type":"https://api.x.com/2/problems/resource-not-found"}`)), yes, "x.already_gone", 404)
	})
	t.Run("401 with an older code", func(t *testing.T) {
		a := do(t, post("hi"), code(401, 32, "Could not authenticate you."))
		if is(t, a, no, "x.app_refused", 401); !a.App || a.Latch == "" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("5xx in HTML: nothing of it is told", func(t *testing.T) {
		a := do(t, post("hi"), raw(503, "text/html", "<html>canary</html>"))
		if is(t, a, perhaps, "x.server_error", 503); strings.Contains(fmt.Sprintf("%+v", a), "canary") {
			t.Errorf("%+v", a)
		}
	})
	t.Run("refusals whose JSON is empty, cut or odd keep status and reset", func(t *testing.T) {
		for _, body := range []string{``, `{"title":"Too`, `{"errors":[{"code":"88","message":"x"}]}`, `{"errors":[{"parameters":["x"],"message":5}]}`, `{"errors":"x","title":7}`, `[]`} {
			a := do(t, post("hi"), reply(429, body, "x-rate-limit-reset", unix(3*time.Minute)))
			if is(t, a, no, "x.rate_limited", 429); !a.RetryAt.Equal(now.Add(3 * time.Minute)) {
				t.Errorf("%s: %+v", body, a)
			}
		}
	})
	t.Run("a refusal without a content type is read", func(t *testing.T) {
		is(t, do(t, post("hi"), reply(403, `{"detail":"You are not allowed to create a Tweet with duplicate content."}`, "Content-Type", "")), no, "x.duplicate", 403)
	})
	t.Run("202 and 204 are successes", func(t *testing.T) {
		is(t, do(t, post("hi"), reply(202, created)), yes, "", 202)
		is(t, do(t, onPost(bots.Delete, "7"), raw(204, "", "")), yes, "", 204)
	})
	t.Run("200 without data is no success", func(t *testing.T) {
		is(t, do(t, post("hi"), raw(200, "application/json", "")), perhaps, "x.unreadable", 200)
		is(t, do(t, post("hi"), reply(200, `{"errors":[{"title":"Forbidden","detail":"x"}]}`)), perhaps, "x.no_data", 200)
	})
	t.Run("200 in HTML, a cut 201 and a numeric id are no refusals", func(t *testing.T) {
		is(t, do(t, post("hi"), raw(200, "text/html", "<html>")), perhaps, "x.unreadable", 200)
		is(t, do(t, post("hi"), reply(201, created[:20])), perhaps, "x.unreadable", 201)
		if a := do(t, post("hi"), reply(201, `{"data":{"id":9001}}`)); a.Outcome != yes || a.PostID != "9001" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("time out, giving up, refusal and end of the connection", func(t *testing.T) {
		hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		f := newFake(t, always(hang))
		is(t, newX(t, f.URL, func(o *Options) { o.Timeout = 100 * time.Millisecond }).Do(t.Context(), claim(t, post("hi"))), perhaps, "x.no_answer", 0)
		ctx, cancel := context.WithCancel(t.Context())
		f = newFake(t, always(func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }))
		is(t, newX(t, f.URL).Do(ctx, claim(t, post("hi"))), perhaps, "x.no_answer", 0)
		closed := httptest.NewServer(nil)
		closed.Close()
		is(t, newX(t, closed.URL).Do(t.Context(), claim(t, post("hi"))), no, "x.unreachable", 0)
		is(t, do(t, post("hi"), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), perhaps, "x.no_answer", 0)
	})
}

// gotwi's sharp edges, by their numbers in our notes.
func TestSharpEdges(t *testing.T) {
	page := func(more string) http.HandlerFunc {
		return reply(200, `{"data":[{"id":"`+idAt(time.Minute)+`","author_id":"600","text":"hi"`+more+`}],"meta":{}}`)
	}
	heard := func(t *testing.T, h http.HandlerFunc) int {
		t.Helper()
		f := newFake(t, map[string]http.HandlerFunc{mentionsCall: h, messagesCall: reply(200, nothing)})
		said, _ := listen(t, newX(t, f.URL), "")
		return len(said)
	}
	t.Run("1 a call without its path parameter is not sent to the root", func(t *testing.T) {
		f := newFake(t, nil)
		in := onPost(bots.Repost, "7")
		x := newX(t, f.URL)
		method, path, p, read := write{action: bots.Repost, me: "", post: "7"}.call(in)
		a := x.classify(in.Action, x.call(t.Context(), x.accounts["tides"], method, path, p), read)
		if a.Outcome != runner.Refused || a.Code != "x.not_sent" || len(f.all()) != 0 {
			t.Errorf("%+v after %d calls", a, len(f.all()))
		}
	})
	t.Run("2 a redirect is not followed", func(t *testing.T) {
		for status, want := range map[int]runner.Outcome{307: runner.Refused, 308: runner.Refused} {
			f := newFake(t, always(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/2/elsewhere", status) }))
			if a := newX(t, f.URL).Do(t.Context(), claim(t, post("hi"))); a.Outcome != want || a.Latch != "" || len(f.all()) != 1 {
				t.Errorf("%d: %+v after %d calls", status, a, len(f.all()))
			}
		}
	})
	t.Run("3 nobody is tagged", func(t *testing.T) {
		for _, c := range everyCall(t) {
			if strings.Contains(c.body, "tagged_user_ids") {
				t.Errorf("%s %s sends %s", c.method, c.path, c.body)
			}
		}
	})
	t.Run("4 places that come unasked hide no page", func(t *testing.T) {
		for _, geo := range []string{`{"place_id":"x","coordinates":{"type":"Point","coordinates":[-73.99,40.73]}}`, `5`} {
			if n := heard(t, page(`,"geo":`+geo)); n != 1 {
				t.Errorf("%s: heard %d", geo, n)
			}
		}
	})
	t.Run("5 polls and the names in a bio", func(t *testing.T) {
		if n := heard(t, page(`,"attachments":{"poll_ids":["5"],"media_keys":7}`)); n != 1 {
			t.Errorf("heard %d", n)
		}
		f := newFake(t, map[string]http.HandlerFunc{"GET /2/users/me": reply(200, `{"data":{"id":"500","username":"tidesbot",
			"description":"A bot by @harbourlab","entities":{"description":{"mentions":[{"start":9,"end":20,"username":"harbourlab"}]}}}}`)})
		p, err := newX(t, f.URL).Profile(t.Context(), "tides")
		if err != nil || !strings.Contains(p.Bio, "@harbourlab") {
			t.Errorf("%+v, %v", p, err)
		}
	})
	t.Run("6 a partial error of any value hides nothing", func(t *testing.T) {
		for _, value := range []string{`5`, `null`, `{"x":1}`, `["a"]`, `"7"`} {
			h := reply(200, `{"data":[{"id":"`+idAt(time.Minute)+`","author_id":"600","text":"hi"}],"errors":[{"value":`+value+`,"title":"Not Found Error","type":"https://api.x.com/2/problems/resource-not-found"}],"meta":{}}`)
			if n := heard(t, h); n != 1 {
				t.Errorf("%s: heard %d", value, n)
			}
		}
	})
	t.Run("7 nothing is printed", func(t *testing.T) {
		f := newFake(t, always(reply(201, created)))
		x := newX(t, f.URL)
		file, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		was, wasErr := os.Stdout, os.Stderr
		os.Stdout, os.Stderr = file, file
		x.Do(t.Context(), claim(t, post("hi")))
		os.Stdout, os.Stderr = was, wasErr
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(file); err != nil || len(b) != 0 || len(f.all()) != 1 {
			t.Errorf("%d calls printed %q, %v", len(f.all()), b, err)
		}
	})
	t.Run("8 preparing the platform calls nobody", func(t *testing.T) {
		f := newFake(t, nil)
		newX(t, f.URL)
		if len(f.all()) != 0 {
			t.Errorf("%d calls", len(f.all()))
		}
	})
	t.Run("9 a body has an end", func(t *testing.T) {
		f := newFake(t, always(reply(200, `{"data":{"id":"500","username":"`+strings.Repeat("x", maxBody)+`"}}`)))
		x := newX(t, f.URL)
		if p, err := x.Profile(t.Context(), "tides"); err == nil || p.Handle != "" {
			t.Errorf("%d characters, %v", len(p.Handle), err)
		}
		if a := x.Do(t.Context(), claim(t, post("hi"))); a.Outcome != runner.Uncertain || a.Code != "x.unreadable" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("10 the size of a page is sent, and one that X takes", func(t *testing.T) {
		lists := map[string]bool{}
		for _, c := range everyCall(t) {
			list := c.method == "GET" && (strings.HasSuffix(c.path, "mentions") || strings.HasSuffix(c.path, "tweets") || strings.HasSuffix(c.path, "dm_events"))
			n, err := strconv.Atoi(c.query.Get("max_results"))
			if list && (err != nil || n < 5 || n > 100) {
				t.Errorf("%s asks for %q", c.path, c.query.Get("max_results"))
			}
			lists[c.path] = lists[c.path] || list
		}
		if len(lists) < 5 {
			t.Errorf("only %v were read", lists)
		}
	})
	t.Run("11 errors in the shape of a partial error are read", func(t *testing.T) {
		h := reply(404, `{"errors":[{"value":"7","detail":"Could not find tweet with id: [7].","title":"Not Found Error","resource_type":"tweet","parameter":"id","type":"https://api.x.com/2/problems/resource-not-found"}]}`)
		f := newFake(t, always(h))
		x := newX(t, f.URL)
		if a := x.Do(t.Context(), claim(t, onPost(bots.Repost, "7"))); a.Code != "x.not_visible" || !strings.Contains(a.Detail, "Could not find tweet") {
			t.Errorf("%+v", a)
		}
		if _, err := x.Author(t.Context(), "tides", "7"); err == nil || !strings.Contains(err.Error(), "not found") {
			t.Errorf("%v", err)
		}
	})
}

// X answers in the names of before or after the renaming: both say the same.
func TestBothVocabularies(t *testing.T) {
	id := idAt(time.Minute)
	before := `{"data":[{"id":"` + id + `","author_id":"600","text":"lo…","created_at":"2026-09-01T12:01:00.000Z","conversation_id":"44","in_reply_to_user_id":"500",
		"edit_history_tweet_ids":["` + id + `"],"note_tweet":{"text":"long"},"referenced_tweets":[{"type":"quoted","id":"9"},{"type":"replied_to","id":"7"}]}],
		"includes":{"users":[{"id":"600","username":"ann","pinned_tweet_id":"5","public_metrics":{"tweet_count":5}}],"tweets":[{"id":"9","author_id":"500"}]},"meta":{}}`
	after := strings.NewReplacer("edit_history_tweet_ids", "edit_history_post_ids", "note_tweet", "note_post", "referenced_tweets", "referenced_posts",
		"pinned_tweet_id", "pinned_post_id", "tweet_count", "post_count", `"tweets"`, `"posts"`).Replace(before)
	if strings.Contains(after, "tweet") {
		t.Fatal(after)
	}
	var told []string
	for _, body := range []string{before, after} {
		one := strings.Replace(strings.Replace(body, `"data":[`, `"data":`, 1), `}]}],`, `}]},`, 1)
		if !object([]byte(one)) {
			t.Fatal(one)
		}
		f := newFake(t, map[string]http.HandlerFunc{mentionsCall: reply(200, body), messagesCall: reply(200, nothing),
			"GET /2/users/500/tweets": reply(200, body), "GET /2/tweets/" + id: reply(200, one), "GET /2/users/me": reply(200, strings.ReplaceAll(me500, "tidesbot", "ann"))})
		x := newX(t, f.URL)
		said, _ := listen(t, x, "")
		in := onPost(bots.Reply, "7")
		in.Text = "long"
		found, err1 := x.Find(t.Context(), claim(t, in))
		who, err2 := x.Author(t.Context(), "tides", bots.PostID(id))
		if err1 != nil || err2 != nil || len(said) != 1 || !said[0].Summons || said[0].Text != "long" || !found.There || who.Author != "600" {
			t.Errorf("%+v, %+v, %v, %+v, %v", said, found, err1, who, err2)
		}
		told = append(told, fmt.Sprintf("%+v %+v %+v", said, found, who))
	}
	if told[0] != told[1] {
		t.Errorf("before %s\nafter  %s", told[0], told[1])
	}
	for _, name := range []string{"id", "rest_id"} { // of a repost made
		f := newFake(t, always(reply(200, `{"data":{"retweeted":true,"`+name+`":"9"}}`)))
		if a := newX(t, f.URL).Do(t.Context(), claim(t, onPost(bots.Repost, "7"))); a.Outcome != runner.Landed || a.PostID != "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
}
