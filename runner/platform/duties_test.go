package platform

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// everyCall makes the platform do everything it can against a server that answers all
// with the same, and gives what came over the wire.
func everyCall(t *testing.T) []seen {
	t.Helper()
	f := newFake(t, always(reply(200, `{"data":{"id":"500","username":"tidesbot"}}`)))
	for _, action := range bots.Actions() {
		in := onPost(action, "7")
		switch {
		case !action.Targeted():
			in.Target = bots.Target{}
		case action.OnUser():
			in = onUser(action, them)
		}
		if action.Writes() {
			in.Text = "hi"
		}
		x := newX(t, f.URL)
		c := claim(t, in)
		x.Do(t.Context(), c)
		if _, err := x.Find(t.Context(), c); err != nil && action != bots.HideReply && !strings.Contains(err.Error(), "cannot be read") {
			t.Errorf("find %s: %v", action, err)
		}
	}
	pictured, file := picturePost("look")
	working := newFake(t, map[string]http.HandlerFunc{"POST /2/media/upload/500/finalize": working(`"pending"`), "*": reply(200, `{"data":{"id":"500"}}`)})
	busy := newX(t, working.URL, files(file))
	waits(busy)
	busy.Do(t.Context(), claim(t, pictured))
	x := newX(t, f.URL)
	_, _ = x.Profile(t.Context(), "tides")
	_, _ = x.Author(t.Context(), "tides", "7")
	_, _, _ = x.Listen(t.Context(), "tides", "")
	return append(f.all(), working.all()...)
}

// These are all the calls there are: X's API and nothing else (rule A7), none that
// marks a message as read or shares its media (rule M3), none that hides or mutes.
func TestOnlyTheseCallsAreMade(t *testing.T) {
	want := []string{
		"DELETE /2/tweets/7", "DELETE /2/users/500/following/600", "DELETE /2/users/500/likes/7", "DELETE /2/users/500/retweets/7",
		"GET /2/dm_conversations/with/600/dm_events", "GET /2/dm_events", "GET /2/media/upload", "GET /2/tweets/7", "GET /2/users/500/liked_tweets",
		"GET /2/users/500/mentions", "GET /2/users/500/tweets", "GET /2/users/600", "GET /2/users/me",
		"POST /2/dm_conversations/with/600/messages", "POST /2/media/metadata", "POST /2/media/upload/500/append",
		"POST /2/media/upload/500/finalize", "POST /2/media/upload/initialize", "POST /2/tweets", "POST /2/users/500/following", "POST /2/users/500/likes",
		"POST /2/users/500/retweets",
	}
	var got []string
	for _, c := range everyCall(t) {
		if c.host != "api.x.com" {
			t.Errorf("%s %s is for %s", c.method, c.path, c.host)
		}
		if strings.Contains(c.body, `"shared"`) {
			t.Errorf("%s %s says who shares its media: %s", c.method, c.path, c.body)
		}
		got = append(got, c.method+" "+c.path)
	}
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("calls\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// Nor does the source know of another path.
	known := []string{
		"/2/media/metadata", "/2/media/upload", "/2/media/upload/:id/append", "/2/media/upload/:id/finalize", "/2/media/upload/initialize",
		"/2/dm_conversations/with/:id/dm_events", "/2/dm_conversations/with/:participant_id/messages", "/2/dm_events", "/2/tweets",
		"/2/tweets/:id", "/2/users/:id", "/2/users/:id/following", "/2/users/:id/liked_tweets", "/2/users/:id/likes",
		"/2/users/:id/likes/:tweet_id", "/2/users/:id/mentions", "/2/users/:id/retweets", "/2/users/:id/retweets/:source_tweet_id",
		"/2/users/:id/tweets", "/2/users/:source_user_id/following/:target_user_id", "/2/users/me",
	}
	var paths []string
	for _, m := range regexp.MustCompile(`"(/2/[^"]+)"`).FindAllStringSubmatch(source(t), -1) {
		paths = append(paths, m[1])
	}
	slices.Sort(paths)
	slices.Sort(known)
	if paths = slices.Compact(paths); !slices.Equal(paths, known) {
		t.Errorf("the source holds the paths\n%s", strings.Join(paths, "\n"))
	}
}

// source is all of the room's code that is not a test.
func source(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var all strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

// No call names a field, an expansion or a member about places (rule M9).
func TestNoPlaceIsAskedFor(t *testing.T) {
	fields := 0
	for _, c := range everyCall(t) {
		for name, values := range c.query {
			if strings.HasSuffix(name, "fields") || name == "expansions" {
				fields++
			}
			for _, word := range []string{"geo", "place", "coordinates", "location"} {
				if strings.Contains(name, word) || strings.Contains(strings.Join(values, ","), word) {
					t.Errorf("%s %s asks for %s: %s", c.method, c.path, name, values)
				}
			}
		}
		if strings.Contains(c.body, `"geo"`) || strings.Contains(c.body, "place") {
			t.Errorf("%s %s sends %s", c.method, c.path, c.body)
		}
	}
	if fields < 10 {
		t.Errorf("only %d lists of fields were looked at", fields)
	}
}

// An account is a token with its secret, or what gives its token: there is no place for a password, and every
// call is signed (the server of these tests checks each signature) (rule M11).
func TestOnlyTokensAreUsed(t *testing.T) {
	want := map[string][]string{"Account": {"Handle", "UserID", "Token", "Secret", "Bearer"}, "Keys": {"Key", "Secret"}}
	for _, v := range []any{Account{}, Keys{}} {
		var names []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
			names = append(names, f.Name)
		}
		if kind := reflect.TypeOf(v).Name(); !slices.Equal(names, want[kind]) {
			t.Errorf("%s holds %v", kind, names)
		}
	}
	if calls := everyCall(t); len(calls) < 20 {
		t.Errorf("%d calls were signed", len(calls))
	}
	o := testOptions("")
	o.Accounts = map[string]Account{"tides": {Handle: "tidesbot"}}
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), "the access token is missing") {
		t.Errorf("an account without a token: %v", err)
	}
}

// The text that X gets is the text of the intent, to the last byte (rule D14).
func TestTheTextIsSentToTheLetter(t *testing.T) {
	for _, text := range []string{"plain", " space at both ends \n", "a & b <c> \"d\" \\ 'e'", "e\u0301 \u00e9", "\u2028\u2029 \u200d\U0001F469\u200d\U0001F680",
		"https://harbour.example/?a=1&b=2#c", "@ann #tag $CASH", "\U0001F600\t\r\n.", strings.Repeat("ä", 25000)} {
		for _, action := range []bots.Action{bots.Post, bots.Reply, bots.Quote, bots.DM} {
			in := onPost(action, "7")
			switch action {
			case bots.Post:
				in.Target = bots.Target{}
			case bots.DM:
				in = onUser(action, them)
			}
			in.Text = text
			f := newFake(t, always(reply(201, `{"data":{"id":"9001","dm_event_id":"88"}}`)))
			if a := newX(t, f.URL).Do(t.Context(), claim(t, in)); a.Outcome != runner.Landed {
				t.Fatalf("%s %q: %+v", action, text, a)
			}
			var sent struct{ Text string }
			if err := json.Unmarshal([]byte(f.all()[0].body), &sent); err != nil || sent.Text != text {
				t.Errorf("%s: sent %q, want %q (%v)", action, sent.Text, text, err)
			}
		}
	}
}

// Every member of an intent is sent, or refused, or heed's own; a new one must be
// given its place here.
func TestEveryFieldIsSentOrRefused(t *testing.T) {
	// Read by guards and by heed; X has no member for them.
	own := []string{"v", "type", "id", "key", "action", "cause", "reason", "not_before", "expires_at", "hold", "template", "facts", "labels"}
	full := post("which?")
	full.Poll, full.ReplySettings, full.MadeWithAI, full.PaidPartnership = &bots.Poll{Options: []string{"a", "b"}, Minutes: 60}, "subscribers", true, true
	aimed := onPost(bots.Reply, "7")
	aimed.Text = "hi"
	sent := map[string]struct {
		in   bots.Intent
		says string
	}{
		"text": {full, `"text":"which?"`}, "poll": {full, `"poll":{"options":["a","b"],"duration_minutes":60}`},
		"reply_settings": {full, `"reply_settings":"subscribers"`}, "made_with_ai": {full, `"made_with_ai":true`},
		"paid_partnership": {full, `"paid_partnership":true`}, "target": {aimed, `"in_reply_to_tweet_id":"7"`},
	}
	pictured, file := picturePost("look")
	pictured.Sensitive = true
	attached := map[string]string{"media": `"media_ids":["500"]`, "sensitive": `"sensitive_media_warning":{"other":true}`}
	for i := range reflect.TypeFor[bots.Intent]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[bots.Intent]().Field(i).Tag.Get("json"), ",")
		row, is := sent[name]
		says, with := attached[name]
		switch {
		case is:
			f := newFake(t, always(reply(201, created)))
			a := newX(t, f.URL).Do(t.Context(), claim(t, row.in))
			if a.Outcome != runner.Landed || !strings.Contains(f.all()[0].body, row.says) {
				t.Errorf("%s: %+v, sent %s", name, a, f.all()[0].body)
			}
		case with:
			f := newFake(t, always(reply(200, `{"data":{"id":"500"}}`)))
			a := newX(t, f.URL, files(file)).Do(t.Context(), claim(t, pictured))
			if a.Outcome != runner.Landed || !slices.ContainsFunc(f.all(), func(c seen) bool { return strings.Contains(c.body, says) }) {
				t.Errorf("%s: %+v, sent %+v", name, a, f.all())
			}
		case !slices.Contains(own, name):
			t.Errorf("%s: nobody has said what becomes of it", name)
		}
	}
}

// What a post can carry and another call cannot is refused there, never dropped.
func TestWhatACallCannotCarryIsRefused(t *testing.T) {
	message, repost := dm("hello"), onPost(bots.Repost, "7")
	with := func(in bots.Intent, change func(*bots.Intent)) bots.Intent { change(&in); return in }
	settings := func(in *bots.Intent) { in.ReplySettings = "following" }
	everyone := func(in *bots.Intent) { in.ReplySettings = "everyone" }
	paid := func(in *bots.Intent) { in.PaidPartnership = true }
	made := func(in *bots.Intent) { in.MadeWithAI = true }
	for name, row := range map[string]struct {
		in   bots.Intent
		says string
	}{
		"a message that says who may answer": {with(message, settings), "no reply_settings"},
		"a message that everyone may answer": {with(message, everyone), "no reply_settings"},
		"a message that is paid for":         {with(message, paid), "no paid_partnership"},
		"a repost that is paid for, by AI":   {with(with(repost, paid), made), "no made_with_ai and no paid_partnership"},
		"a follow that says who may answer":  {with(onUser(bots.Follow, them), settings), "no reply_settings"},
		"a message whose picture a model made": {with(with(message, made), func(in *bots.Intent) {
			in.Media = []bots.Media{{Path: "a.jpg", Alt: "a"}}
		}), "no made_with_ai"},
	} {
		f := newFake(t, nil)
		a := newX(t, f.URL, files(nil)).Do(t.Context(), claim(t, row.in))
		if a.Outcome != runner.Refused || a.Code != "x.field_unsupported" || !strings.Contains(a.Detail, row.says) || len(f.all()) != 0 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	// That a model wrote a message is told to the guards; X marks posts so.
	f := newFake(t, always(reply(201, `{"data":{"dm_event_id":"88"}}`)))
	if a := newX(t, f.URL).Do(t.Context(), claim(t, with(message, made))); a.Outcome != runner.Landed || f.all()[0].body != `{"text":"hello"}` {
		t.Errorf("a message by AI: %+v", a)
	}
}

// The clauses that this room serves stand in the policy with tests that exist.
func TestClausesOfThisRoom(t *testing.T) {
	tests := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	have := map[string]bool{}
	files, _ := filepath.Glob("*_test.go")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range tests.FindAllSubmatch(b, -1) {
			have["runner/platform "+string(m[1])] = true
		}
	}
	for id, file := range map[string]string{"A5": "secret.go", "A7": "wire.go", "D14": "params.go", "M3": "do.go", "M9": "signs.go", "M11": "account.go"} {
		c, ok := guards.ClauseOf(id)
		if !ok || c.File != "runner/platform/"+file || len(c.Tests) == 0 {
			t.Errorf("%s: %+v", id, c)
		}
		for _, name := range c.Tests {
			if strings.HasPrefix(name, "runner/platform ") && !have[name] { // the others are looked for by cmd/heed
				t.Errorf("%s: there is no %s", id, name)
			}
		}
	}
}
