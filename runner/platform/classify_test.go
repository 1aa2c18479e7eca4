package platform

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

const blank403 = `{"detail":%q,"type":"about:blank","title":"Forbidden","status":403}`

func forbidden(detail string) http.HandlerFunc { return reply(403, fmt.Sprintf(blank403, detail)) }

func code(status, n int, message string) http.HandlerFunc {
	return reply(status, fmt.Sprintf(`{"errors":[{"code":%d,"message":%q}]}`, n, message))
}

func unix(d time.Duration) string { return fmt.Sprint(now.Add(d).Unix()) }

// raw answers with any body under any content type; "" sends none.
func raw(status int, contentType, body string) http.HandlerFunc {
	return reply(status, body, "Content-Type", contentType)
}

// broken promises more bytes than it sends.
func broken(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+100))
		reply(status, body)(w, r)
	}
}

// X repeats parameters in its errors; a message's text is told to nobody (promise P7).
func TestMessageTextIsNotQuoted(t *testing.T) {
	const text = "my door code is 4711-canary"
	for name, h := range map[string]http.HandlerFunc{
		"a 400 with the parameters":  reply(400, `{"errors":[{"parameters":{"$.text":["`+text+`"]},"message":"`+text+` is wrong"}],"title":"`+text+`","detail":"`+text+`"}`),
		"a 200 with errors":          reply(200, `{"errors":[{"title":"x","detail":"`+text+`"}]}`),
		"a 403 with the text":        forbidden(text),
		"a 401 with the text":        reply(401, `{"detail":"`+text+`"}`),
		"a 500 with the text":        raw(500, "text/plain", text),
		"a 201 that cannot be read":  raw(201, "text/plain", text),
		"a 429 with the text":        reply(429, `{"detail":"`+text+`"}`),
		"a refusal for permissions":  reply(403, `{"title":"`+text+`","type":"x/oauth1-permissions"}`),
		"a broken answer, echoed":    broken(400, `{"detail":"`+text),
		"a redirect that echoes it":  func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "/"+text); w.WriteHeader(307) },
		"a connection that breaks":   func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"an answer that is half one": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) },
	} {
		f := newFake(t, always(h))
		f.Config.ErrorLog = quietLog()
		a := newX(t, f.URL).Do(t.Context(), claim(t, dm(text)))
		if got := fmt.Sprintf("%+v", a); strings.Contains(got, "canary") || strings.Contains(got, "4711") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// A block is told as one, and a message that X refuses for it closes the
// person's inbox to the bot.
func TestBlockedIsTold(t *testing.T) {
	text := onPost(bots.Reply, "7")
	text.Text = "hi"
	for name, row := range map[string]struct {
		in     bots.Intent
		h      http.HandlerFunc
		closed bool
	}{
		"a follow":                {onUser(bots.Follow, them), code(403, 162, "x"), false},
		"a follow, in v2's form":  {onUser(bots.Follow, them), forbidden("You have been blocked from following this account at the request of the user."), false},
		"a reply":                 {text, code(403, 136, "You have been blocked from performing this action."), false},
		"a like":                  {onPost(bots.Like, "7"), forbidden("This user has blocked you."), false},
		"a repost":                {onPost(bots.Repost, "7"), forbidden("You have been blocked from retweeting this user's tweets."), false},
		"a message":               {dm("hello"), code(403, 162, "x"), true},
		"a message, in v2's form": {dm("hello"), forbidden("You have been blocked."), true},
	} {
		f := newFake(t, always(row.h))
		a := newX(t, f.URL).Do(t.Context(), claim(t, row.in))
		if a.Outcome != runner.Refused || a.Code != "x.blocked" || !a.Blocked || a.Closed != row.closed || !a.RetryAt.IsZero() {
			t.Errorf("%s: %+v", name, a)
		}
	}
}
