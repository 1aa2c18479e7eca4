package guards

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"heed/bots"
)

func TestOptOut(t *testing.T) {
	stop := &Choice{At: noon.Add(-time.Minute), How: "dm", Scope: "*", Event: "77", Rule: "en.stop"}
	out := func(_ *bots.Intent, f *Facts) { f.Contacts[0].OptOut = stop }
	review := func(_ *bots.Intent, f *Facts) { f.Contacts[0].Review = stop }
	closed := func(_ *bots.Intent, f *Facts) { f.Contacts[0].DMClosed = true }
	inbox := func(at time.Time) func(*bots.Intent, *Facts) {
		return func(_ *bots.Intent, f *Facts) { f.InboxAt = at }
	}
	try(t, "opt_out", []trial{
		{"somebody who said nothing may be answered", bots.Reply, nil, Allow, ""},
		{"nobody who opted out gets a reply", bots.Reply, out, Deny, "opt_out.opted_out"},
		{"nor a message", bots.DM, out, Deny, "opt_out.opted_out"},
		{"nor a follow", bots.Follow, out, Deny, "opt_out.opted_out"},
		{"nor a like", bots.Like, out, Deny, "opt_out.opted_out"},
		{"nor a quote", bots.Quote, out, Deny, "opt_out.opted_out"},
		{"nor a repost", bots.Repost, out, Deny, "opt_out.opted_out"},
		{"a post that names nobody contacts nobody", bots.Post, func(_ *bots.Intent, f *Facts) { f.InboxAt = time.Time{} }, Allow, ""},
		{"an opt-out beats an opt-in", bots.DM, func(in *bots.Intent, f *Facts) {
			out(in, f)
			f.Contacts[0].OptIns = []Choice{{How: "dm", Channel: "*", At: noon}}
		}, Deny, "opt_out.opted_out"},
		{"the second of two people counts too", bots.Reply, func(_ *bots.Intent, f *Facts) {
			f.Contacts = append(f.Contacts, Person{ID: "2002", OptOut: stop})
		}, Deny, "opt_out.opted_out"},
		{"an opt-out beats another's review", bots.Reply, func(_ *bots.Intent, f *Facts) {
			f.Contacts = []Person{{ID: asker, Review: stop}, {ID: "2002", OptOut: stop}}
		}, Deny, "opt_out.opted_out"},
		{"what may be a stop waits for a person", bots.Reply, review, Hold, "opt_out.review"},
		{"a closed inbox gets no message", bots.DM, closed, Deny, "opt_out.dm_closed"},
		{"a closed inbox says nothing about replies", bots.Reply, closed, Allow, ""},
		{"a post whose author is not known is left alone", bots.Repost, func(_ *bots.Intent, f *Facts) { f.Unknown = true; f.Contacts = nil }, Deny, "opt_out.author_unknown"},
		{"facts that name nobody let nothing pass", bots.Reply, func(_ *bots.Intent, f *Facts) { f.Contacts = nil }, Deny, "opt_out.people_unread"},
		{"facts about somebody else than the target let nothing pass", bots.DM, func(_ *bots.Intent, f *Facts) { f.Contacts = []Person{{ID: "2002"}} }, Deny, "opt_out.people_unread"},
		{"a person without an id is nobody", bots.Reply, func(_ *bots.Intent, f *Facts) { f.Contacts = []Person{{}} }, Deny, "opt_out.people_unread"},
		{"own accounts are no people", bots.Repost, func(_ *bots.Intent, f *Facts) {
			f.Contacts = []Person{{ID: sibling}}
			f.InboxAt = time.Time{}
		}, Allow, ""},
		{"an own account beside a person does not hide the person", bots.Reply, func(in *bots.Intent, f *Facts) {
			f.Contacts = []Person{{ID: sibling}, {ID: asker, OptOut: stop}}
		}, Deny, "opt_out.opted_out"},
		{"an inbox that was never read may hold a STOP", bots.DM, inbox(time.Time{}), Defer, "opt_out.inbox_stale"},
		{"an inbox read too long ago may hold a STOP", bots.Reply, inbox(noon.Add(-15*time.Minute - time.Second)), Defer, "opt_out.inbox_stale"},
		{"an inbox read just in time will do", bots.Reply, inbox(noon.Add(-15 * time.Minute)), Allow, ""},
		{"an inbox read in the far future was not read", bots.Reply, inbox(noon.Add(time.Hour)), Defer, "opt_out.inbox_stale"},
	})
}

func TestOptOutOfBeingNamed(t *testing.T) {
	stop := &Choice{At: noon.Add(-time.Minute), How: "dm", Scope: "*", Event: "77", Rule: "en.stop"}
	named := func(p Person) edit {
		return func(in *bots.Intent, f *Facts) {
			in.Text, f.Named = "by @portoffice", []Person{p}
		}
	}
	try(t, "opt_out", []trial{
		{"who said nothing may be named where they are listed", bots.Post, named(Person{ID: "3001"}), Allow, ""},
		{"who opted out is not named in a post", bots.Post, named(Person{ID: "3001", OptOut: stop}), Deny, "opt_out.opted_out"},
		{"nor in a reply to somebody else", bots.Reply, named(Person{ID: "3001", OptOut: stop}), Deny, "opt_out.opted_out"},
		{"nor in a quote", bots.Quote, named(Person{ID: "3001", OptOut: stop}), Deny, "opt_out.opted_out"},
		{"nor in a message", bots.DM, named(Person{ID: "3001", OptOut: stop}), Deny, "opt_out.opted_out"},
		{"what may be a stop of theirs waits for a person", bots.Post, named(Person{ID: "3001", Review: stop}), Hold, "opt_out.review"},
		{"a closed inbox does not keep them from being named", bots.Post, named(Person{ID: "3001", DMClosed: true}), Allow, ""},
		{"an inbox that was never read may hold their STOP", bots.Post, func(in *bots.Intent, f *Facts) {
			named(Person{ID: "3001"})(in, f)
			f.InboxAt = time.Time{}
		}, Defer, "opt_out.inbox_stale"},
		{"an own bot that is named is nobody to ask", bots.Post, func(in *bots.Intent, f *Facts) {
			named(Person{ID: sibling, OptOut: stop})(in, f)
			f.InboxAt = time.Time{}
		}, Allow, ""},
	})
	in, f := readyCase(bots.DM)
	named(Person{ID: "3001", OptOut: stop})(&in, &f)
	if got := fmt.Sprint((&optOut{InboxAge: time.Hour}).Judge(in, f)); strings.Contains(got, "3001") {
		t.Errorf("promise P7: whom a message names is in %s", got)
	}
}

func TestOneConfirmationOfAnOptOut(t *testing.T) {
	stop := &Choice{At: noon.Add(-time.Minute), How: "dm", Scope: "*", Event: "5001", Rule: "en.stop"}
	confirming := func(change func(*bots.Intent, *Facts)) edit {
		return func(in *bots.Intent, f *Facts) {
			f.Origin, f.Confirms, f.Contacts[0].OptOut = Confirmation, stop, stop
			if change != nil {
				change(in, f)
			}
		}
	}
	try(t, "opt_out", []trial{
		{"one message may say that the stop was heard", bots.DM, confirming(nil), Allow, ""},
		{"not a second one", bots.DM, confirming(func(_ *bots.Intent, f *Facts) { f.Confirms = nil }), Deny, "opt_out.confirmed_already"},
		{"not after the person came back", bots.DM, confirming(func(_ *bots.Intent, f *Facts) { f.Confirms, f.Contacts[0].OptOut = nil, nil }), Deny, "opt_out.confirmed_already"},
		{"not in public", bots.Reply, confirming(nil), Deny, "opt_out.opted_out"},
		{"not by a bot's own message", bots.DM, confirming(func(_ *bots.Intent, f *Facts) { f.Origin = ByBot }), Deny, "opt_out.opted_out"},
		{"not as an answer to HELP", bots.DM, confirming(func(_ *bots.Intent, f *Facts) { f.Origin = ForHelp }), Deny, "opt_out.opted_out"},
		{"not to somebody else who opted out", bots.DM, confirming(func(in *bots.Intent, f *Facts) {
			f.Contacts = append(f.Contacts, Person{ID: "2002", OptOut: stop})
		}), Deny, "opt_out.opted_out"},
		{"not naming somebody", bots.DM, confirming(func(_ *bots.Intent, f *Facts) { f.Named = []Person{{ID: "3001"}} }), Deny, "opt_out.opted_out"},
		{"it lifts nothing else: a closed inbox stays closed", bots.DM, confirming(func(_ *bots.Intent, f *Facts) { f.Contacts[0].DMClosed = true }), Deny, "opt_out.dm_closed"},
		{"nor what waits for a person's eye", bots.DM, confirming(func(_ *bots.Intent, f *Facts) { f.Contacts[0].Review = stop }), Hold, "opt_out.review"},
		{"nor an inbox that was not read", bots.DM, confirming(func(_ *bots.Intent, f *Facts) { f.InboxAt = time.Time{} }), Defer, "opt_out.inbox_stale"},
	})
	in, f := readyCase(bots.DM)
	confirming(nil)(&in, &f)
	in.Text = ConfirmText(f.Bot, "en", "*")
	if v := Default().Judge(in, "h", f); v.Effect != Allow {
		t.Errorf("the whole pipeline refuses the confirmation: %s %s", v.Code, v.Message)
	}
	f.Origin = ByBot
	if v := Default().Judge(in, "h", f); v.Code != "opt_out.opted_out" {
		t.Errorf("a bot confirms by itself: %s %s", v.Effect, v.Code)
	}
}

func TestP10OptOutTellsWhenHowAndByWhat(t *testing.T) {
	in, f := readyCase(bots.DM)
	f.Contacts[0].OptOut = &Choice{At: noon, How: "mention", Scope: "*", Event: "77", Rule: "en.stop"}
	got := (&optOut{InboxAge: time.Minute}).Judge(in, f)
	for _, part := range []string{"2001", "every bot", "mention", "2026-11-22 12:00:00 UTC", "event 77", "en.stop"} {
		if !strings.Contains(got.Because, part) {
			t.Errorf("%q lacks %q", got.Because, part)
		}
	}
	if !cites(got, "C2") || got.Remedy == "" {
		t.Errorf("rules %v, remedy %q", got.Rules, got.Remedy)
	}
}

func TestOptOutSettings(t *testing.T) {
	settings(t, "opt_out", map[string]func(*optOut){
		"no age":     func(g *optOut) { g.InboxAge = 0 },
		"a day":      func(g *optOut) { g.InboxAge = 24 * time.Hour },
		"a negative": func(g *optOut) { g.InboxAge = -time.Hour },
	})
	tighter(t, "opt_out",
		map[string]func(*optOut){"an older inbox": func(g *optOut) { g.InboxAge = 16 * time.Minute }},
		map[string]func(*optOut){"a fresher inbox": func(g *optOut) { g.InboxAge = 5 * time.Minute }})
}

func TestHear(t *testing.T) {
	for _, c := range []struct {
		says  string
		text  string
		kind  InviteKind
		extra []string
		want  WishMeaning
	}{
		{"STOP by message opts out", "STOP", ByDM, nil, WishOut},
		{"in any case and with signs", "stop!!!", ByDM, nil, WishOut},
		{"in French, with or without the accent", "Arrêt", ByDM, nil, WishOut},
		{"in Japanese", "配信停止", ByDM, nil, WishOut},
		{"in a mention, after the bot's name", "@tidesbot stop", ByMention, nil, WishOut},
		{"in a mention, after several names", "@tidesbot @other STOP", ByReply, nil, WishOut},
		{"in a mention, before the name", "unsubscribe @tidesbot", ByMention, nil, WishOut},
		{"in a quote, before its link", "STOP https://t.co/abc", ByQuote, nil, WishOut},
		{"a short word of another language, whole and beside names", "@tidesbot baja", ByMention, nil, WishOut},
		{"a word of the operator's own", "@tidesbot sluta", ByMention, []string{"sluta"}, WishOut},
		{"that word is nothing to others", "@tidesbot sluta", ByMention, nil, WishNothing},
		{"a bus stop is no wish", "@tidesbot where is the bus stop?", ByMention, nil, WishNothing},
		{"START asks to be contacted again", "START", ByDM, nil, WishIn},
		{"HELP asks what this is", "help", ByDM, nil, WishHelp},
		{"a name alone says nothing", "@tidesbot", ByMention, nil, WishNothing},
		{"a link alone says nothing", "https://t.co/abc", ByQuote, nil, WishNothing},
		{"an ordinary question says nothing", "@tidesbot when is high water?", ByMention, nil, WishNothing},
		{"no words, no wish", "", ByDM, nil, WishNothing},
		{"a stop deep in a long message is for a person", "Count me in! We have got to STOP this terrible bill before it is too late", ByDM, nil, WishReview},
	} {
		got := Hear(c.text, c.kind, c.extra)
		if got.Meaning != c.want {
			t.Errorf("%s: %q: got %q by %q, want %q", c.says, c.text, got.Meaning, got.Rule, c.want)
		}
		if (got.Rule == "") != (got.Meaning == WishNothing) {
			t.Errorf("%s: rule %q for meaning %q", c.says, got.Rule, got.Meaning)
		}
	}
	if got := Hear("@tidesbot STOP QUAKES", ByMention, nil); got.Meaning != WishOut || got.Argument != "quakes" {
		t.Errorf("STOP QUAKES: %+v", got)
	}
}
