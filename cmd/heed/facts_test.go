package main

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
)

// TestFactsAreTold: every kind of fact that a verdict may rest on is in the answer to why.
func TestFactsAreTold(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	f := guards.Facts{
		Now: at, InboxAt: at, Unknown: true, Answered: 3,
		Profile:  guards.Profile{CheckedAt: at, Verified: true, Counted: true, Following: 12, Followers: 34},
		Halts:    []guards.Halt{{Kind: guards.Paused, Scope: "*", By: "ben", Reason: "storm", At: at}},
		Contacts: []guards.Person{{ID: "42", OptOut: &guards.Choice{At: at, How: "dm"}, DMClosed: true}},
		Named:    []guards.Person{{ID: "43", OptIns: []guards.Choice{{At: at, How: "cli", Channel: "reply"}}, Review: &guards.Choice{At: at}}, {ID: "44"}},
		Cause:    &guards.Invitation{Event: "post:7", Kind: guards.ByMention, Bot: "tides", From: "42", At: at},
		Grant:    &guards.Grant{Actions: []bots.Action{bots.Post}, By: "@owner", At: at, Behaviour: "abc"},
		Used:     map[string]guards.Use{"post_rate.hour": {Count: 5}, "budget.day": {Count: 6, Spent: guards.Dollar / 4}},
		Lanes:    []guards.Lane{{Name: "app", Limit: 100, Remaining: 7, Reset: at}},
		Same:     []guards.Act{{Bot: "ebb", Key: "k1", Action: bots.Follow, At: at, State: "done"}},
		Alike:    []guards.Alike{{Bot: "ebb", Key: "k2", Action: bots.Post, At: at, State: "held", Score: .87}},
		Pictures: []guards.Picture{{SHA256: "0123456789abcdef", Type: "image/png", Width: 640, Height: 480, Bytes: 999}},
		Seen:     []guards.Seen{{File: 0, Bot: "ebb", Key: "k3", At: at, Bits: 17}},
	}
	text := factsText(f)
	for _, want := range []string{"inbox was read", "follows 12, followed by 34", "pause of all bots", "storm", "user 42: opted out by dm", "takes no messages",
		"user 43: may have said stop", "opted in to reply by cli", "user 44: has said nothing", "who wrote the target post was not known",
		"answers mention post:7 of user 42 to tides", "answered 3 times", "the owner's grant: [post] by @owner", "budget.day 6 ($0.25), post_rate.hour 5",
		"app: 7 of 100 left", "follow k1", "post k2 of ebb", "0.87", "file 1: image/png, 640 x 480, 999 bytes, sha256 0123456789ab", "17 of 256 bits differ"} {
		if !strings.Contains(text, want) {
			t.Errorf("the facts do not tell %q:\n%s", want, text)
		}
	}
	if got := factsText(guards.Facts{}); strings.Contains(got, "user") || strings.Contains(got, "counted") {
		t.Errorf("what was not read is told: %s", got)
	}
}
