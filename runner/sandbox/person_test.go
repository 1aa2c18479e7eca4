package sandbox

import (
	"strings"
	"testing"
)

func TestPeopleMeetRulesToo(t *testing.T) {
	s := setup(t, Options{})
	id := must[string](t)(s.w.Post("ann", "hello"))
	ok(t, s.w.Like("bob", id))
	must[string](t)(s.w.Repost("bob", id))
	ok(t, s.w.SetProtected("ann", true))
	ok(t, s.w.Follow("bob", "ann"))
	for why, err := range map[string]error{
		"an over-long bio":            s.w.SetBio("ann", strings.Repeat("x", 161)),
		"a plan nobody sells":         s.w.SetSubscription("ann", "Gold"),
		"following oneself":           s.w.Follow("ann", "ann"),
		"accepting who never asked":   s.w.Accept("ann", "deskbot"),
		"a mention of nobody":         second(s.w.Mention("ann", "nobody", "x")),
		"an over-long post":           second(s.w.Post("ann", strings.Repeat("x", 281))),
		"a reply to nothing":          second(s.w.Reply("ann", "5", "x")),
		"a quote of what is not seen": second(s.w.Quote("deskbot", id, "x")),
		"a like of what is not seen":  s.w.Like("deskbot", id),
		"a second repost":             second(s.w.Repost("bob", id)),
		"a message to a closed inbox": second(s.w.DM("ann", "bob", "x")),
		"a message without words":     second(s.w.DM("ann", "bob", "")),
		"deleting nothing":            s.w.DeletePost("5"),
		"a step nobody knows":         second(s.w.Do(Step{Who: "ann", Does: "sing"})),
		"a step without its words":    second(s.w.Do(Step{Who: "ann", Does: "post"})),
		"deleting another's post":     second(s.w.Do(Step{Who: "bob", Does: "delete", To: id})),
		"an act of nobody":            second(s.w.Post("nobody", "x")),
		"a token for an unknown app":  second(s.w.AddToken("5", "ann")),
		"an app without a name":       second(s.w.AddApp("", "")),
		"an app that is there":        second(s.w.AddApp("Desk", "")),
		"an app of another level":     second(s.w.AddApp("x", "all")),
		"revoking what is not there":  s.w.Revoke("x"),
	} {
		if err == nil {
			t.Errorf("%s was done", why)
		} else if strings.Contains(err.Error(), "xxxx") {
			t.Errorf("%s: the error shows a text: %v", why, err)
		}
	}
	ok(t, s.w.Unfollow("bob", "ann"))
	ok(t, s.w.Block("bob", "ann"))
	if _, err := s.w.Reply("bob", id, "x"); err == nil {
		t.Error("a reply across one's own block was done")
	}
	ok(t, s.w.Unblock("bob", "ann"))
	ok(t, s.w.SetSuspended("bob", true))
	if _, err := s.w.Post("bob", "x"); err == nil {
		t.Error("a suspended person posted")
	}
}

func second[T any](_ T, err error) error { return err }

func TestAQuoteEndsInALinkToWhatItQuotes(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	id := must[string](t)(s.w.Post("bob", "hello"))
	g := s.bot.do("POST", "/2/tweets", `{"text":"so","quote_tweet_id":"`+id+`"}`)
	g = s.bot.do("GET", "/2/tweets/"+g.str("data", "id")+"?tweet.fields=entities,referenced_tweets", "")
	if !strings.HasPrefix(g.str("data", "text"), "so https://t.co/") || g.str("data", "entities", "urls", 0, "expanded_url") != "https://x.com/bob/status/"+id ||
		g.str("data", "referenced_tweets", 0, "type") != "quoted" || g.str("data", "referenced_tweets", 0, "id") != id {
		t.Errorf("quote: %s", g.raw)
	}
}
