package platform

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// acts is an intent of every kind that is sent.
func acts() []bots.Intent {
	text := func(in bots.Intent) bots.Intent { in.Text = "hi"; return in }
	return []bots.Intent{post("hi"), text(onPost(bots.Reply, "7")), text(onPost(bots.Quote, "7")), dm("hi"), onPost(bots.Delete, "7"),
		onPost(bots.Repost, "7"), onPost(bots.Unrepost, "7"), onPost(bots.Like, "7"), onPost(bots.Unlike, "7"), onUser(bots.Follow, them), onUser(bots.Unfollow, them)}
}

// FuzzAnswer: whatever is seen of a write's call, it is taken for what it can be and no
// more. A post lands with its id alone; what may have been done is never surely refused;
// waits, lanes and words are bounded.
func FuzzAnswer(f *testing.F) {
	for _, row := range answers() {
		w := httptest.NewRecorder()
		func() {
			defer func() { _ = recover() }() // some rows break off
			row.answer(w, httptest.NewRequest("POST", "/", nil))
		}()
		kind := 0
		for i, in := range acts() {
			if in.Action == row.in.Action {
				kind = i
			}
		}
		h := w.Header()
		f.Add(uint8(kind), uint16(w.Code), byte(0), h.Get("Content-Type"), h.Get(windowShort+"Limit"), h.Get(windowShort+"Remaining"), h.Get(windowShort+"Reset"), w.Body.Bytes())
	}
	for _, reset := range []string{"-1", "NaN", "1e9", "9223372036854775807", "0", " 1", unix(time.Hour), unix(-time.Hour)} {
		f.Add(uint8(0), uint16(429), byte(1), "application/json", "-5", "0", reset, []byte(`{"title":"UsageCapExceeded","reset_date":"`+reset+`"}`))
	}
	x, err := New(testOptions(""))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind uint8, status uint16, flags byte, ctype, limit, remaining, reset string, body []byte) {
		in := acts()[int(kind)%len(acts())]
		e := &exchange{status: int(status) % 1000, header: http.Header{}, body: body, cut: flags&1 != 0}
		e.written.Store(flags&2 != 0 || e.status != 0)
		e.header["Content-Type"] = []string{ctype}
		for _, s := range spans[:1+int(flags>>2)%len(spans)] {
			e.header[s.header+"Limit"], e.header[s.header+"Remaining"], e.header[s.header+"Reset"] = []string{limit}, []string{remaining}, []string{reset}
		}
		if e.status == 0 {
			e.err = errors.New("no answer")
		}
		_, _, _, read := write{action: in.Action, me: me, post: "7", user: them}.call(in)
		a := x.classify(in.Action, e, read)
		if b := x.classify(in.Action, e, read); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v, then %+v", a, b)
		}
		if why := unlawful(in.Action, e, a); why != "" {
			t.Fatalf("%s %d %q: %s: %+v", in.Action, e.status, body, why, a)
		}
	})
}

// unlawful says what is wrong with an answer that was made of an exchange.
func unlawful(act bots.Action, e *exchange, a runner.Answer) string {
	contact := act.Writes()
	switch {
	case a.Outcome != runner.Landed && a.Outcome != runner.Refused && a.Outcome != runner.Uncertain:
		return "no outcome"
	case a.Outcome == runner.Landed && contact && !bots.IsSnowflake(string(a.PostID)):
		return "it landed without an id"
	case a.Outcome != runner.Landed && a.PostID != "":
		return "it did not land and has an id"
	case a.Outcome == runner.Landed && e.cut && e.status != http.StatusNoContent && e.status/100 == 2:
		return "it landed on half an answer"
	case e.status == 0 && a.Outcome == runner.Landed, e.status == 0 && e.written.Load() != (a.Outcome == runner.Uncertain):
		return "without an answer it is known only that nothing was written"
	case (e.status >= 500 || e.status > 0 && e.status < 200) && a.Outcome != runner.Uncertain:
		return "garbage is taken for an answer"
	case e.status/100 == 2 && a.Outcome == runner.Refused:
		return "a success is taken for a refusal"
	case e.status/100 == 3 && (a.Outcome == runner.Refused) != (e.status == 307 || e.status == 308):
		return "a redirect"
	case e.status == http.StatusTooManyRequests && a.Outcome == runner.Landed && contact:
		return "a limit lets it land"
	case a.Outcome != runner.Refused && (!a.RetryAt.IsZero() || a.Latch != "" || a.Closed || a.Blocked):
		return "it says more than a refusal may"
	case a.App && a.Latch == "", a.Closed && act != bots.DM:
		return "a latch or an inbox that it is not about"
	case !a.RetryAt.IsZero() && (!a.RetryAt.After(now) || a.RetryAt.After(now.Add(cycle))):
		return "a wait into the past, or beyond a billing cycle"
	case act == bots.DM && strings.Contains(string(e.body), "canary") && strings.Contains(a.Detail+a.Latch, "canary"):
		return "a message's answer is quoted"
	}
	for _, l := range a.Lanes {
		if l.Name == "" || l.Limit < 0 || l.Remaining < 0 || !l.Reset.After(now) || l.Reset.After(now.Add(cycle)) {
			return fmt.Sprintf("lane %+v", l)
		}
	}
	return unprintable(a.Detail, a.Latch)
}

// unprintable says why words may not reach a log.
func unprintable(words ...string) string {
	for _, s := range words {
		if utf8.RuneCountInString(s) > 2*mostDetail || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
			return fmt.Sprintf("words: %.200q", s)
		}
		for _, c := range canaries {
			if strings.Contains(s, c) {
				return "a credential is told"
			}
		}
	}
	return ""
}

// FuzzReads: of whatever a read is answered, only what is about the bot and has proper
// ids is believed, and the cursor that comes of it is one that is taken again.
func FuzzReads(f *testing.F) {
	id := idAt(time.Minute)
	for _, body := range []string{
		`{"data":{"id":"500","username":"tidesbot","description":"a bot","public_metrics":{"followers_count":1,"following_count":2,"tweet_count":3}}}`,
		`{"data":{"id":"7","author_id":"600","text":"hi","entities":{"mentions":[{"id":"500","username":"tidesbot"}]}},"includes":{"users":[{"id":"600","username":"ann","description":"#nobots","connection_status":["blocking"]}]}}`,
		`{"data":[{"id":"` + id + `","author_id":"600","text":"@tidesbot stop","created_at":"2026-09-01T12:01:00.000Z","conversation_id":"44","in_reply_to_user_id":"500","referenced_tweets":[{"type":"replied_to","id":"7"}],"entities":{"mentions":[{"start":0,"end":9,"id":"500","username":"tidesbot"}]}}],"includes":{"users":[{"id":"600","username":"ann"}]},"meta":{"result_count":1}}`,
		`{"data":[{"id":"` + id + `","event_type":"MessageCreate","sender_id":"600","dm_conversation_id":"500-600","text":"stop","created_at":"2026-09-01T12:01:00.000Z"}],"meta":{"next_token":"abc"}}`,
		`{"errors":[{"title":"Not Found Error","type":"https://api.twitter.com/2/problems/resource-not-found"}]}`, `{"meta":{"result_count":0}}`, `{"data":null}`, `[`, `{"data":[],"meta":{"next_token":"a  b"}}`, `{"data":[{"id":"` + id + `","text":"hi","author_id":"500"}]}`,
	} {
		f.Add(uint16(200), []byte(body))
	}
	f.Add(uint16(429), []byte(`{}`))
	f.Fuzz(func(t *testing.T, status uint16, body []byte) {
		at := 200 + int(status)%400
		if status >= 200 && status < 600 {
			at = int(status)
		}
		x, err := New(piped(at, body))
		if err != nil {
			t.Fatal(err)
		}
		waits(x)
		if p, err := x.Profile(t.Context(), "tides"); err == nil && (p.UserID != me || at/100 != 2) {
			t.Fatalf("%d %q: profile %+v", at, body, p)
		} else {
			proper(t, err)
		}
		if who, err := x.Author(t.Context(), "tides", "7"); err == nil && (!bots.IsSnowflake(string(who.Author)) || at/100 != 2) {
			t.Fatalf("%d %q: author %+v", at, body, who)
		} else {
			proper(t, err)
		}
		said, cursor, err := x.Listen(t.Context(), "tides", "")
		proper(t, err)
		heardWell(t, said)
		if len(said) > 0 && at/100 != 2 {
			t.Fatalf("%d %q: %+v", at, body, said)
		}
		if len(cursor) > 8<<10 {
			t.Fatalf("a cursor of %d bytes", len(cursor))
		}
		again, err := New(piped(200, []byte(`{"meta":{"result_count":0}}`)))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := again.Listen(t.Context(), "tides", cursor); err != nil && !errors.As(err, new(*runner.Wait)) {
			t.Fatalf("%q: its cursor %q is not taken again: %v", body, cursor, err)
		}
		found, err := x.Find(t.Context(), claim(t, post("hi")))
		proper(t, err)
		heardWell(t, found.Said)
		if found.There && !bots.IsSnowflake(string(found.PostID)) {
			t.Fatalf("%q: found %+v", body, found)
		}
	})
}

func proper(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if why := unprintable(strings.ReplaceAll(err.Error(), "\n", " ")); why != "" && len(err.Error()) < 3*mostDetail {
		t.Fatal(why)
	}
}

func heardWell(t *testing.T, said []runner.Said) {
	t.Helper()
	for _, s := range said {
		if s.Bot != "tides" || !bots.IsSnowflake(string(s.From)) || s.From == me || s.Event == "" || s.Kind != guards.ByDM && !bots.IsSnowflake(string(s.Post)) ||
			s.Thread != "" && !bots.IsSnowflake(string(s.Thread)) {
			t.Fatalf("said %+v", s.Invitation)
		}
	}
}

// piped are the options of a platform whose X answers every call alike, from memory.
func piped(status int, body []byte) Options {
	o := testOptions("http://127.0.0.1:1")
	o.Dial = func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer func() { _ = there.Close() }()
			r, err := http.ReadRequest(bufio.NewReader(there))
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = fmt.Fprintf(there, "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
		}()
		return here, nil
	}
	return o
}
