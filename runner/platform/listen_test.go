package platform

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

const (
	mentionsCall = "GET /2/users/500/mentions"
	messagesCall = "GET /2/dm_events"
	nothing      = `{"meta":{"result_count":0}}`
)

func listen(t *testing.T, x *X, cursor string) ([]runner.Said, string) {
	t.Helper()
	said, next, err := x.Listen(t.Context(), "tides", cursor)
	if err != nil {
		t.Fatal(err)
	}
	return said, next
}

func events(said []runner.Said) (all []string) {
	for _, s := range said {
		all = append(all, s.Event)
	}
	return all
}

func TestListenMentions(t *testing.T) {
	id := idAt(time.Minute)
	when := time.UnixMilli(now.Add(time.Minute).UnixMilli()).UTC()
	named := `"entities":{"mentions":[{"start":0,"end":9,"username":"tidesbot","id":"500"},{"start":10,"end":14,"username":"Bob","id":"700"},{"username":"Bob","id":"700"}]}`
	base := guards.Invitation{Event: "post:" + id, Kind: guards.ByMention, Bot: "tides", From: "600", Post: bots.PostID(id), At: when,
		Summons: true, Thread: "44", Mentions: []bots.UserID{"700"}}
	with := func(change func(*guards.Invitation)) *guards.Invitation {
		i := base
		i.Mentions = slices.Clone(base.Mentions)
		change(&i)
		return &i
	}
	rows := []struct {
		name, post, includes, text string
		want                       *guards.Invitation // nil: nobody spoke
	}{
		{"a mention", `"author_id":"600","conversation_id":"44","text":"@tidesbot @Bob high &lt;water&gt;?",` + named, ``, "@tidesbot @Bob high <water>?", with(func(*guards.Invitation) {})},
		{"the time that X says", `"author_id":"600","conversation_id":"44","created_at":"2026-09-01T12:00:30.500Z","text":"x",` + named, ``, "x",
			with(func(i *guards.Invitation) { i.At = now.Add(30*time.Second + 500*time.Millisecond) })},
		{"an automated author", `"author_id":"600","conversation_id":"44","text":"x",` + named, `"users":[{"id":"600","username":"ann","affiliation":{"description":"Automated"}}]`, "x",
			with(func(i *guards.Invitation) { i.Automated = true })},
		{"an author of a house, who is a person", `"author_id":"600","conversation_id":"44","text":"x",` + named, `"users":[{"id":"600","username":"ann","affiliation":{"description":"Harbour Lab"}}]`, "x",
			with(func(*guards.Invitation) {})},
		{"an included user that cannot be read", `"author_id":"600","conversation_id":"44","text":"x",` + named, `"users":[{"id":600,"username":5}]`, "x", with(func(*guards.Invitation) {})},
		{"a reply to the bot that names it", `"author_id":"600","conversation_id":"44","in_reply_to_user_id":"500","text":"x",` + named, ``, "x",
			with(func(i *guards.Invitation) { i.Kind = guards.ByReply })},
		{"a reply to the bot that does not name it is no summons", `"author_id":"600","conversation_id":"44","in_reply_to_user_id":"500","text":"x"`, ``, "x",
			with(func(i *guards.Invitation) { i.Kind, i.Summons, i.Mentions = guards.ByReply, false, nil })},
		{"a quote of the bot", `"author_id":"600","conversation_id":"44","text":"x","referenced_tweets":[{"type":"quoted","id":"9"}]`, `"tweets":[{"id":"9","author_id":"500","text":"y"}]`, "x",
			with(func(i *guards.Invitation) { i.Kind, i.Mentions = guards.ByQuote, nil })},
		{"a quote of the bot, in the later vocabulary", `"author_id":"600","conversation_id":"44","text":"x","referenced_posts":[{"type":"quoted","id":"9"}]`, `"posts":[{"id":"9","author_id":"500","text":"y"}]`, "x",
			with(func(i *guards.Invitation) { i.Kind, i.Mentions = guards.ByQuote, nil })},
		{"a quote of somebody else that names the bot", `"author_id":"600","conversation_id":"44","text":"x","referenced_tweets":[{"type":"quoted","id":"9"}],` + named, `"tweets":[{"id":"9","author_id":"700","text":"y"}]`, "x",
			with(func(*guards.Invitation) {})},
		{"a name without its id, in another case", `"author_id":"600","conversation_id":"44","text":"x","entities":{"mentions":[{"username":"TidesBot"}]}`, ``, "x",
			with(func(i *guards.Invitation) { i.Mentions = nil })},
		{"a long post", `"author_id":"600","conversation_id":"44","text":"sto…","note_tweet":{"text":"stop, all of it"},` + named, ``, "stop, all of it", with(func(*guards.Invitation) {})},
		{"the bot's own post", `"author_id":"500","text":"x",` + named, ``, "", nil},
		{"a plain repost", `"author_id":"600","text":"RT @tidesbot: x","referenced_tweets":[{"type":"retweeted","id":"9"}],` + named, ``, "", nil},
	}
	for _, r := range rows {
		body := `{"data":[{"id":"` + id + `",` + r.post + `}],"includes":{` + r.includes + `},"meta":{"result_count":1}}`
		f := newFake(t, map[string]http.HandlerFunc{mentionsCall: reply(200, body), messagesCall: reply(200, nothing)})
		said, _ := listen(t, newX(t, f.URL), "")
		if r.want == nil {
			if len(said) != 0 {
				t.Errorf("%s: heard %+v", r.name, said)
			}
			continue
		}
		if len(said) != 1 || said[0].Text != r.text || fmt.Sprint(said[0].Invitation) != fmt.Sprint(*r.want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", r.name, said, *r.want)
		}
	}
}

func TestListenMessages(t *testing.T) {
	id := func(s int) string { return idAt(time.Duration(s) * time.Second) }
	list := []string{
		`{"id":"` + id(8) + `","event_type":"MessageCreate","sender_id":"600","dm_conversation_id":"500-600","text":"STOP &amp; go"}`,
		`{"id":"` + id(7) + `","event_type":"MessageCreate","sender_id":"500","dm_conversation_id":"500-600","text":"my own"}`,
		`{"id":"` + id(6) + `","event_type":"ParticipantsJoin","dm_conversation_id":"44","participant_ids":["9"]}`,
		`{"id":"` + id(5) + `","event_type":"MessageCreate","sender_id":"601","dm_conversation_id":"44","text":"in a group"}`,
		`{"id":"` + id(4) + `","event_type":"MessageCreate","sender_id":"602","dm_conversation_id":"500-602"}`,
		`{"id":"` + id(3) + `","event_type":"MessageCreate","sender_id":"603","dm_conversation_id":"500-603","text":{"odd":1},"entities":[]}`,
	}
	body := `{"data":[` + strings.Join(list, ",") + `],"includes":{"users":[{"id":"603","username":"r","affiliation":{"description":"Automated"}}]},"meta":{"result_count":6}}`
	f := newFake(t, map[string]http.HandlerFunc{mentionsCall: reply(200, nothing), messagesCall: reply(200, body)})
	said, _ := listen(t, newX(t, f.URL), "")
	type row struct {
		event, text        string
		from               bots.UserID
		summons, automated bool
	}
	want := []row{ // oldest first; what cannot be read is still somebody speaking
		{"dm:" + id(3), "", "603", true, true},
		{"dm:" + id(4), "", "602", true, false},
		{"dm:" + id(5), "in a group", "601", false, false},
		{"dm:" + id(8), "STOP & go", "600", true, false},
	}
	var got []row
	for _, s := range said {
		got = append(got, row{s.Event, s.Text, s.From, s.Summons, s.Automated})
		if s.Kind != guards.ByDM || s.Bot != "tides" || s.Post != "" || !s.At.Equal(bots.SnowflakeTime(strings.TrimPrefix(s.Event, "dm:"))) {
			t.Errorf("%+v", s)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// The cursor overlaps by five minutes, and never goes back.
func TestListenGoesOn(t *testing.T) {
	post, message := idAt(time.Hour), idAt(2*time.Hour)
	f := newFake(t, map[string]http.HandlerFunc{
		mentionsCall: inTurn(reply(200, `{"data":[{"id":"`+post+`","author_id":"600","text":"x"}],"meta":{}}`), reply(200, nothing)),
		messagesCall: inTurn(reply(200, `{"data":[{"id":"`+message+`","sender_id":"600","text":"x"}],"meta":{}}`),
			reply(200, `{"data":[{"id":"`+message+`","sender_id":"600","text":"x"},{"id":"`+idAt(time.Minute)+`","sender_id":"600","text":"old"}],"meta":{"next_token":"more"}}`)),
	})
	x := newX(t, f.URL)
	_, first := listen(t, x, "")
	said, second := listen(t, x, first)
	if first != second || len(first) > 200 {
		t.Errorf("the cursor went from %s to %s", first, second)
	}
	if got := events(said); !slices.Equal(got, []string{"dm:" + message}) {
		t.Errorf("heard again %v", got)
	}
	calls := f.all()
	if len(calls) != 4 || calls[0].query.Has("since_id") || calls[2].query.Get("since_id") != idAt(time.Hour-5*time.Minute) {
		t.Errorf("%+v", calls)
	}
	if calls[1].query.Get("max_results") != "100" || calls[3].query.Get("max_results") != "20" {
		t.Errorf("pages of %s, then of %s messages", calls[1].query.Get("max_results"), calls[3].query.Get("max_results"))
	}
	for _, odd := range []string{"nonsense", `{"m":"../../x"}`, `{"m":5}`, `{"m":"5","w":"x"}`} {
		if got := readCursor(odd); !reflect.DeepEqual(got, cursor{}) {
			t.Errorf("%s became %+v", odd, got)
		}
	}
}

// inbox is an X that keeps mentions and messages, pages them newest first, and
// honours since_id, until_id and tokens.
type inbox struct{ mentions, messages []string } // ids, newest first

func (in inbox) serve(list []string, field string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		var show []string
		for _, id := range list {
			if s := q.Get("since_id"); s != "" && !before(s, id) {
				continue
			}
			if u := q.Get("until_id"); u != "" && !before(id, u) {
				continue
			}
			show = append(show, id)
		}
		if tok, ok := strings.CutPrefix(q.Get("pagination_token"), "after-"); ok {
			show = slices.DeleteFunc(show, func(id string) bool { return !before(id, tok) })
		}
		size := 0
		_, _ = fmt.Sscan(q.Get("max_results"), &size)
		meta := map[string]any{}
		if len(show) > size {
			show = show[:size]
			meta["next_token"] = "after-" + show[size-1]
		}
		var data []map[string]any
		for _, id := range show {
			data = append(data, map[string]any{"id": id, field: "600", "text": "x", "event_type": "MessageCreate", "dm_conversation_id": "500-600"})
		}
		b, _ := json.Marshal(map[string]any{"data": data, "meta": meta})
		if len(data) == 0 {
			b = []byte(nothing)
		}
		reply(200, string(b))(w, r)
	}
}

// A backlog longer than five pages is read over several calls: nothing is left out,
// also not what comes meanwhile.
func TestListenReadsALongBacklogCompletely(t *testing.T) {
	var in inbox
	for i := range 1300 {
		in.mentions = append(in.mentions, idAt(time.Duration(-i)*time.Minute))
		in.messages = append(in.messages, idAt(time.Duration(-i)*time.Minute-time.Second))
	}
	f := newFake(t, nil)
	set := func(more ...string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.answers = map[string]http.HandlerFunc{
			mentionsCall: in.serve(append(more, in.mentions...), "author_id"),
			messagesCall: in.serve(append(more, in.messages...), "sender_id"),
		}
	}
	set()
	x, heard, at := newX(t, f.URL), map[string]bool{}, ""
	take := func() int {
		calls := len(f.all())
		said, next, err := x.Listen(t.Context(), "tides", at)
		at = next
		c := readCursor(at) // while more waits the inbox is not read: a STOP may be in it
		var wait *runner.Wait
		if more := c.MentionsBelow != "" || c.MessagesNext != ""; errors.As(err, &wait) != more || !more && err != nil {
			t.Errorf("more waits: %v, and Listen says %v", more, err)
		}
		for _, e := range events(said) {
			heard[e] = true
		}
		if !slices.IsSortedFunc(said, func(a, b runner.Said) int { return a.At.Compare(b.At) }) {
			t.Error("not oldest first")
		}
		return len(f.all()) - calls
	}
	for i := range 5 {
		if n := take(); n > 10 {
			t.Errorf("call %d read %d pages", i, n)
		}
		set(idAt(time.Hour))
	}
	if len(heard) != 2602 {
		t.Errorf("heard %d of 2602", len(heard))
	}
	if c := readCursor(at); c.Mentions != idAt(time.Hour) || c.Messages != idAt(time.Hour) || c.MentionsBelow != "" || c.MessagesNext != "" {
		t.Errorf("cursor %s", at)
	}
}

// A page's token that X has forgotten means to begin at the newest, not to skip.
func TestListenWithALostToken(t *testing.T) {
	f := newFake(t, map[string]http.HandlerFunc{
		mentionsCall: reply(200, nothing),
		messagesCall: inTurn(reply(400, `{"title":"Invalid Request","type":"x/invalid-request","detail":"bad token"}`),
			reply(200, `{"data":[{"id":"`+idAt(0)+`","sender_id":"600","text":"x"}],"meta":{}}`)),
	})
	said, next := listen(t, newX(t, f.URL), cursor{Messages: idAt(-time.Hour), MessagesNext: "forgotten", MessagesTop: idAt(time.Hour)}.String())
	if len(said) != 1 || !reflect.DeepEqual(readCursor(next), cursor{Messages: idAt(0)}) {
		t.Errorf("%+v, %s", said, next)
	}
}

func TestListenFails(t *testing.T) {
	var wait *runner.Wait
	var locked *runner.Locked
	one := reply(200, `{"data":[{"id":"`+idAt(0)+`","author_id":"600","sender_id":"600","text":"x"}],"meta":{}}`)
	rows := []struct {
		name               string
		mentions, messages http.HandlerFunc
		heard              int
		good               func(error) bool
	}{
		{"messages must wait, mentions are heard", one, reply(429, `{}`, "x-rate-limit-reset", unix(time.Minute)), 1, func(e error) bool { return errors.As(e, &wait) }},
		{"mentions must wait, messages are heard", reply(429, `{}`), one, 1, func(e error) bool { return errors.As(e, &wait) }},
		{"the account is locked: nothing more is read", code(403, 326, "x"), nil, 0, func(e error) bool { return errors.As(e, &locked) }},
		{"a lock is graver than a wait", reply(429, `{}`), code(401, 32, "x"), 0, func(e error) bool { return errors.As(e, &locked) && locked.App }},
		{"X fails", reply(500, ``), one, 1, func(e error) bool { return strings.Contains(e.Error(), "500") }},
		{"a mention without its author", reply(200, `{"data":[{"id":"7","text":"x"}]}`), one, 1, func(e error) bool { return strings.Contains(e.Error(), "cannot be read") }},
		{"a message without its sender", one, reply(200, `{"data":[{"id":"7","text":"x"}]}`), 1, func(e error) bool { return strings.Contains(e.Error(), "who sent") }},
		{"mentions that are errors and no list", reply(200, `{"errors":[{"title":"Forbidden","detail":"User has been suspended: [500]."}]}`), one, 1, func(e error) bool { return strings.Contains(e.Error(), "in the place of a list") }},
		{"messages in HTML", one, raw(200, "text/html", "<html>x"), 1, func(e error) bool { return strings.Contains(e.Error(), "cannot be read") }},
	}
	for _, r := range rows {
		f := newFake(t, map[string]http.HandlerFunc{mentionsCall: r.mentions, messagesCall: r.messages})
		said, next, err := newX(t, f.URL).Listen(t.Context(), "tides", "")
		if err == nil || !r.good(err) || len(said) != r.heard {
			t.Errorf("%s: %+v, %v", r.name, said, err)
		}
		c := readCursor(next)
		if (c.Mentions != "" || c.Messages != "") != (r.heard > 0) {
			t.Errorf("%s: the cursor is %s", r.name, next)
		}
	}
}

// A lock that shows after a part was read leaves the cursor where it was: nothing of that
// part is handed on, and so nothing of it may count as read.
func TestListenIsLockedHalfWay(t *testing.T) {
	f := newFake(t, map[string]http.HandlerFunc{mentionsCall: inTurn(
		reply(200, `{"data":[{"id":"`+idAt(0)+`","author_id":"600","text":"stop"}],"meta":{}}`), code(403, 326, "locked"))})
	from := cursor{Mentions: idAt(-time.Hour), MentionsBelow: idAt(time.Minute), MentionsTop: idAt(time.Hour)}.String()
	said, at, err := newX(t, f.URL).Listen(t.Context(), "tides", from)
	var locked *runner.Locked
	if !errors.As(err, &locked) || len(said) != 0 || at != from || len(f.all()) != 2 {
		t.Errorf("%+v, %s, %v after %d calls", said, at, err, len(f.all()))
	}
}
