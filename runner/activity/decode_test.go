package activity

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

const (
	botID    = "1111111111111111111"
	otherID  = "2222222222222222222"
	thirdID  = "3333333333333333333"
	postID   = "2080765813578191303"
	dmID     = "2080765901528535096"
	postTime = "2026-07-24T21:23:23.000Z"
)

var noon = time.Date(2026, 7, 24, 21, 30, 0, 0, time.UTC)

func testDecoder() *decoder {
	return newDecoder(func() []Account {
		return []Account{{"desk", "@DeskBot", botID}, {"quay", "@QuayBot", "4444444444444444444"}}
	}, func() time.Time { return noon })
}

// delivery wraps a payload as X does.
func delivery(kind, user, payload, includes string) []byte {
	if includes == "" {
		includes = "{}"
	}
	filter := fmt.Sprintf(`{"user_id":%q}`, user)
	if user == "" {
		filter = "{}"
	}
	return fmt.Appendf(nil, `{"data":{"event_uuid":"-2781149976877970683","filter":%s,"event_type":%q,"tag":"heed","payload":%s,"includes":%s}}`,
		filter, kind, payload, includes)
}

func said(i guards.Invitation, text string, signs runner.Signs) []runner.Push {
	i.Bot, i.From = "desk", otherID
	return []runner.Push{{Bot: "desk", Event: i.Event, At: i.At, Said: &runner.Said{Text: text, Signs: signs, Invitation: i}}}
}

const (
	mention  = `{"id":"` + postID + `","author_id":"` + otherID + `","text":"hey @DeskBot &amp; @third","conversation_id":"` + postID + `","created_at":"` + postTime + `","entities":{"mentions":[{"username":"DeskBot","id":"` + botID + `"},{"username":"third","id":"` + thirdID + `"}]}%s}`
	users    = `{"users":[{"id":"` + otherID + `","username":"other","description":"#nobots please","affiliation":{"description":"Automated"}}]}`
	wrapped  = `{"users":[{"data":{"id":"` + otherID + `","description":"hi","affiliation":"odd"}}]}`
	directly = `{"direct_message_events":[{"type":"message_create","id":"` + dmID + `","created_timestamp":"1784928224372","message_create":{"target":{"recipient_id":"` + botID + `"},"sender_id":"` + otherID + `","message_data":{"text":"STOP &lt;now&gt;"}}}],"users":{"` + otherID + `":{"data":{"id":"` + otherID + `","description":""}}}}`
)

func TestDecode(t *testing.T) {
	at, err := time.Parse(time.RFC3339, postTime)
	if err != nil {
		t.Fatal(err)
	}
	dmAt := time.UnixMilli(1784928224372).UTC()
	named := guards.Invitation{Event: "post:" + postID, Kind: guards.ByMention, Post: postID, At: at, Summons: true, Thread: postID, Mentions: []bots.UserID{thirdID}}
	with := func(i guards.Invitation, change func(*guards.Invitation)) guards.Invitation { change(&i); return i }
	shown := runner.Signs{Known: true}
	for name, c := range map[string]struct {
		raw  []byte
		want []runner.Push
	}{
		"a post that names the bot": {delivery("post.mention.create", botID, fmt.Sprintf(mention, ""), users),
			said(with(named, func(i *guards.Invitation) { i.Automated = true }), "hey @DeskBot & @third", runner.Signs{Known: true, Marker: "bio.nobots"})},
		"its author wrapped in data, and a label of an odd type": {delivery("post.mention.create", botID, fmt.Sprintf(mention, ""), wrapped), said(named, "hey @DeskBot & @third", shown)},
		"without its author":                                   {delivery("post.mention.create", botID, fmt.Sprintf(mention, ""), ""), said(named, "hey @DeskBot & @third", runner.Signs{})},
		"ids as numbers are read too":                          {[]byte(`{"data":{"event_type":"post.mention.create","filter":{"user_id":` + botID + `},"payload":` + fmt.Sprintf(mention, "") + `}}`), said(named, "hey @DeskBot & @third", runner.Signs{})},
		"a list of events":                                     {[]byte(`{"data":[{"event_type":"like.create"},7,{"event_type":"post.mention.create","filter":{"user_id":"` + botID + `"},"payload":` + fmt.Sprintf(mention, "") + `}]}`), said(named, "hey @DeskBot & @third", runner.Signs{})},
		"a long post carries its words apart, in today's name": {delivery("post.mention.create", botID, fmt.Sprintf(mention, `,"note_post":{"text":"all of it"}`), ""), said(named, "all of it", runner.Signs{})},
		"and in yesterday's":                                   {delivery("post.mention.create", botID, fmt.Sprintf(mention, `,"note_tweet":{"text":"all of it"}`), ""), said(named, "all of it", runner.Signs{})},
		"a reply to the bot":                                   {delivery("post.reply.create", botID, fmt.Sprintf(mention, `,"in_reply_to_user_id":"`+botID+`"`), ""), said(with(named, func(i *guards.Invitation) { i.Kind = guards.ByReply }), "hey @DeskBot & @third", runner.Signs{})},
		"a reply that names nobody summons nobody":             {delivery("post.reply.create", botID, `{"id":"`+postID+`","author_id":"`+otherID+`","text":"stop"}`, ""), said(guards.Invitation{Event: "post:" + postID, Kind: guards.ByReply, Post: postID, At: bots.SnowflakeTime(postID)}, "stop", runner.Signs{})},
		"a quote of the bot's post, in yesterday's names":      {delivery("post.quote.create", botID, `{"id":"`+postID+`","author_id":"`+otherID+`","text":"look","created_at":"`+postTime+`","referenced_tweets":[{"type":"quoted","id":"99"}]}`, `{"tweets":[{"id":"99","author_id":"`+botID+`"}]}`), said(guards.Invitation{Event: "post:" + postID, Kind: guards.ByQuote, Post: postID, At: at, Summons: true}, "look", runner.Signs{})},
		"and in today's":                                       {delivery("post.quote.create", botID, `{"id":"`+postID+`","author_id":"`+otherID+`","text":"look","created_at":"`+postTime+`","referenced_posts":[{"type":"quoted","id":"99"}]}`, `{"posts":[{"id":"99","author_id":"`+botID+`"}]}`), said(guards.Invitation{Event: "post:" + postID, Kind: guards.ByQuote, Post: postID, At: at, Summons: true}, "look", runner.Signs{})},
		"a quote of somebody else's post is none of the bot's": {delivery("post.quote.create", botID, `{"id":"`+postID+`","author_id":"`+otherID+`","text":"look","referenced_posts":[{"type":"quoted","id":"99"}]}`, `{"posts":[{"id":"99","author_id":"`+thirdID+`"}]}`), nil},
		"a repost is nobody speaking":                          {delivery("post.mention.create", botID, fmt.Sprintf(mention, `,"referenced_tweets":[{"type":"retweeted","id":"99"}]`), ""), nil},
		"the bot's own words are nobody's":                     {delivery("post.mention.create", botID, strings.ReplaceAll(fmt.Sprintf(mention, ""), otherID, botID), ""), nil},
		"an author that is no id":                              {delivery("post.mention.create", botID, strings.ReplaceAll(fmt.Sprintf(mention, ""), otherID, "not-an-id"), ""), nil},
		"a post that is no id":                                 {delivery("post.mention.create", botID, strings.ReplaceAll(fmt.Sprintf(mention, ""), postID, "12x"), ""), nil},
		"about nobody here":                                    {delivery("post.mention.create", thirdID, fmt.Sprintf(mention, ""), ""), nil},
		"a message in the shape of before v2":                  {delivery("dm.received", botID, directly, ""), said(guards.Invitation{Event: "dm:" + dmID, Kind: guards.ByDM, At: dmAt, Summons: true}, "STOP <now>", shown)},
		"the same without a filter":                            {delivery("dm.received", "", directly, ""), said(guards.Invitation{Event: "dm:" + dmID, Kind: guards.ByDM, At: dmAt, Summons: true}, "STOP <now>", shown)},
		"a message in the shape of v2":                         {delivery("dm.received", botID, `{"id":"`+dmID+`","event_type":"MessageCreate","sender_id":"`+otherID+`","dm_conversation_id":"1-2","text":"hello","created_at":"`+postTime+`"}`, ""), said(guards.Invitation{Event: "dm:" + dmID, Kind: guards.ByDM, At: at, Summons: true}, "hello", runner.Signs{})},
		"a message in a group summons nobody":                  {delivery("dm.received", botID, `{"id":"`+dmID+`","event_type":"MessageCreate","sender_id":"`+otherID+`","dm_conversation_id":"77","text":"hello","created_at":"`+postTime+`"}`, ""), said(guards.Invitation{Event: "dm:" + dmID, Kind: guards.ByDM, At: at}, "hello", runner.Signs{})},
		"a message whose words cannot be read was written":     {delivery("dm.received", botID, `{"id":"`+dmID+`","sender_id":"`+otherID+`","dm_conversation_id":"1-2","text":{"odd":1},"created_at":"`+postTime+`"}`, ""), said(guards.Invitation{Event: "dm:" + dmID, Kind: guards.ByDM, At: at, Summons: true}, "", runner.Signs{})},
		"a message to somebody else":                           {delivery("dm.received", botID, strings.ReplaceAll(directly, `"recipient_id":"`+botID, `"recipient_id":"`+thirdID), ""), nil},
		"a message by the bot itself":                          {delivery("dm.received", botID, strings.ReplaceAll(directly, `"sender_id":"`+otherID, `"sender_id":"`+botID), ""), nil},
		"somebody joining a talk":                              {delivery("dm.received", botID, `{"id":"`+dmID+`","event_type":"ParticipantsJoin","sender_id":"`+otherID+`"}`, ""), nil},
		"an encrypted message: who and when": {delivery("chat.received", botID, `{"id":"e4f4d3fc-8bbf-4928","created_at_msec":"1784841183370","sender_id":"`+otherID+`","conversation_id":"`+otherID+`:`+botID+`","encoded_event":"CwAB"}`, ""),
			[]runner.Push{{Bot: "desk", Event: "chat:e4f4d3fc-8bbf-4928", At: time.UnixMilli(1784841183370).UTC(), Encrypted: otherID}}},
		"an encrypted message of the bot's own":     {delivery("chat.received", botID, `{"id":"e4","sender_id":"`+botID+`"}`, ""), nil},
		"one with an odd id goes by its delivery's": {delivery("chat.received", botID, `{"id":"a b","sender_id":"`+otherID+`"}`, ""), []runner.Push{{Bot: "desk", Event: "chat:-2781149976877970683", At: noon, Encrypted: otherID}}},
		"a post of the bot's that is gone":          {delivery("post.delete", botID, `{"id":"`+postID+`","author_id":"`+botID+`"}`, ""), []runner.Push{{Bot: "desk", Event: "delete:" + postID, At: noon, Deleted: postID}}},
		"somebody else's post that is gone":         {delivery("post.delete", botID, `{"id":"`+postID+`","author_id":"`+otherID+`"}`, ""), nil},
		"a profile that has changed":                {delivery("profile.update.bio", botID, `{"before":"a","after":"b"}`, ""), []runner.Push{{Bot: "desk", Event: "profile:-2781149976877970683", At: noon, Profile: true}}},
		"the same in the older name":                {delivery("ProfileBioUpdate", botID, `{"before":"a","after":"b"}`, ""), []runner.Push{{Bot: "desk", Event: "profile:-2781149976877970683", At: noon, Profile: true}}},
		"a withdrawal, whose filter is empty": {delivery("oauth.revoke", "", `{"date_time":"2026-07-23T21:44:05+00:00","user_id":"`+botID+`","app_id":"29820954"}`, ""),
			[]runner.Push{{Bot: "desk", Event: "revoke:-2781149976877970683", At: time.Date(2026, 7, 23, 21, 44, 5, 0, time.UTC), Revoked: true}}},
		"a withdrawal of an account that is not here": {delivery("oauth.revoke", "", `{"user_id":"`+thirdID+`"}`, ""), nil},
		"the bot's own post tells nothing new":        {delivery("post.create", botID, fmt.Sprintf(mention, ""), ""), nil},
		"an event nobody knows":                       {delivery("moon.rise", botID, `{}`, ""), nil},
		"a payload that is no object":                 {delivery("post.mention.create", botID, `"x"`, ""), nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := testDecoder()
			got, err := d.Decode(c.raw)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %s, %v\nwant %s", show(got), err, show(c.want))
			}
			if len(c.want) == 0 && d.passed.Load() != 1 {
				t.Errorf("%d events are counted as passed over", d.passed.Load())
			}
		})
	}
}

func show(p []runner.Push) string {
	b, _ := json.Marshal(p)
	return string(b)
}

func TestDecodeRefusesWhatIsNoEvent(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing": "", "no JSON": "hello", "a list": "[]", "no data": `{"errors":[{"title":"canary"}]}`, "too large": `{"data":"` + strings.Repeat("x", maxBody) + `"}`,
	} {
		if got, err := testDecoder().Decode([]byte(raw)); err == nil || len(got) > 0 || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// FuzzDecode: whatever comes, what is made of it is about a bot of ours and has ids that
// the ledger takes.
func FuzzDecode(f *testing.F) {
	f.Add(delivery("post.mention.create", botID, fmt.Sprintf(mention, ""), users))
	f.Add(delivery("dm.received", botID, directly, ""))
	f.Add(delivery("chat.received", botID, `{"id":"e4","sender_id":"`+otherID+`"}`, ""))
	f.Add(delivery("oauth.revoke", "", `{"user_id":"`+botID+`"}`, ""))
	f.Add(delivery("post.delete", botID, `{"id":"5"}`, ""))
	f.Add([]byte(`{"data":[{"event_type":"post.quote.create","payload":null}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		pushes, err := testDecoder().Decode(raw)
		if err != nil && len(pushes) > 0 {
			t.Fatal("an error and pushes")
		}
		for _, p := range pushes {
			if p.Bot != "desk" && p.Bot != "quay" {
				t.Fatalf("bot %q", p.Bot)
			}
			if s := p.Said; s != nil {
				if s.Bot != p.Bot || !bots.IsSnowflake(string(s.From)) || s.Event == "" || s.Post != "" && !bots.IsSnowflake(string(s.Post)) ||
					s.Thread != "" && !bots.IsSnowflake(string(s.Thread)) {
					t.Fatalf("said %+v", s.Invitation)
				}
			}
			if p.Encrypted != "" && (!bots.IsSnowflake(string(p.Encrypted)) || p.Event == "" || p.At.IsZero()) ||
				p.Deleted != "" && !bots.IsSnowflake(string(p.Deleted)) {
				t.Fatalf("push %+v", p)
			}
		}
	})
}
