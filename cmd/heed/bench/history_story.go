package bench

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
)

// story is what the bots of a house do, act by act: the past that a ledger is filled
// with, and what goes on after it. It is the same for every ledger.
type story struct {
	bots   int
	people int
}

const (
	// storyStep lets a house do nearly what X lets an app do at most in a day: 10,000 posts.
	storyStep = 24 * time.Hour / 9_600
	// storyTurn is what a bot does before the next one has its turn: 6 posts, 5 answers
	// to somebody who spoke to it, and a follow, of which X allows 1,000 a day.
	storyTurn = 12
)

// storyUntil is when the past ends.
var storyUntil = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// bot says whose the n-th act is.
func (s story) bot(n int) int { return n / storyTurn % s.bots }

// nth is a bot's i-th act after the past.
func (s story) nth(bot, i int) int { return (i/storyTurn*s.bots+bot)*storyTurn + i%storyTurn }

func storyBot(n int) bots.Bot {
	return bots.Bot{Name: fmt.Sprintf("tides%02d", n), Handle: fmt.Sprintf("@tides%02d", n), UserID: storySelf(n), Purpose: "Tide tables for harbours",
		Mode: bots.Live, Actions: bots.Actions(), House: bots.House{Operator: bots.Operator{Name: "Harbour Lab", Handle: "@harbourlab"},
			Environment: bots.Production, Tier: bots.Enterprise}}
}

func storySelf(bot int) bots.UserID { return bots.UserID(strconv.Itoa(100_000 + bot)) }

func storyProfile(bot int, at time.Time) guards.Profile {
	return guards.Profile{UserID: storySelf(bot), Handle: storyBot(bot).Handle, Bio: "Tide tables. Bot by @harbourlab", Automated: true, Verified: true,
		CheckedAt: at, Counted: true, Followers: 5000, Following: 400}
}

// storyPerson is the id of the n-th person: in no order, as people come.
func storyPerson(n int) bots.UserID {
	return bots.UserID(strconv.FormatUint(1<<32+uint64(uint32(n)*2654435761), 10))
}

// outOf10 people asked to be left alone; the others agreed to be written to.
const outOf10 = 3

// person is a choice of the past.
func (s story) person(n int, at time.Time) ledger.PastChoice {
	c := guards.Choice{At: at, How: "dm", Scope: "*", Event: bots.SnowflakeAt(at), Rule: "en.stop"}
	if n%10 < outOf10 {
		return ledger.PastChoice{User: storyPerson(n), Kind: "opt_out", Choice: c}
	}
	b := storyBot(n % s.bots)
	c.Scope, c.Channel, c.Rule, c.Behaviour = b.Name, "dm", "en.start", b.Behaviour()
	return ledger.PastChoice{User: storyPerson(n), Kind: "opt_in", Choice: c}
}

// willing is the n-th of those who did not ask to be left alone, over and over.
func (s story) willing(n int) bots.UserID {
	const in = 10 - outOf10
	n %= s.people / 10 * in
	return storyPerson(n/in*10 + outOf10 + n%in)
}

// act is the n-th act at a time; n may go on after the past.
func (s story) act(n int, at time.Time) (ledger.PastAct, error) {
	who, slot := s.bot(n), n%storyTurn
	bot := storyBot(who).Name
	in := bots.Intent{ID: storyID(n, at), Key: "r-" + strconv.Itoa(n), ExpiresAt: at.Add(24 * time.Hour)}
	a := ledger.PastAct{Self: storySelf(who)}
	switch {
	case slot == storyTurn-1 && n/storyTurn%3 == 0: // the house follows fewer than 400 in a day, as it must
		in.Action = bots.Follow
		a.Person = s.willing(n / storyTurn)
		in.Target.UserID = a.Person
	case slot >= 6:
		in.Action, in.Text = bots.Reply, storyText(n)
		a.Person = s.willing(n*5/storyTurn + s.people/2)
		asked := at.Add(-time.Minute)
		post := storyPost(asked, n, 1)
		in.Target.PostID, in.Cause = post, string(post)
		a.Heard = &runner.Heard{Invitation: guards.Invitation{Event: string(post), Kind: guards.ByMention, Bot: bot, From: a.Person, Post: post, At: asked, Summons: true}}
	default:
		in.Action, in.Text = bots.Post, storyText(n)
	}
	if in.Action != bots.Follow {
		a.Post = storyPost(at, n, 2)
	}
	stored, err := in.Encode()
	a.Entry = runner.Entry{Bot: bot, At: at, Intent: in, Stored: stored}
	return a, err
}

// storyID is an id as heed makes them: its time first, then what looks like chance.
func storyID(n int, at time.Time) string {
	ms, rest := at.UnixMilli(), uint64(n+1)*0x9e3779b97f4a7c15
	return fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", ms>>16, ms&0xffff, rest>>52, rest>>40&0xfff, rest&0xffffffffffff)
}

func storyPost(at time.Time, n, kind int) bots.PostID {
	first, _ := strconv.ParseInt(bots.SnowflakeAt(at), 10, 64) // digits, and no more than fit
	return bots.PostID(strconv.FormatInt(first|int64(n<<2|kind)&(1<<22-1), 10))
}

// storyText is a report in words of which no two are alike for long.
func storyText(n int) string {
	rng := rand.New(rand.NewPCG(uint64(n), 7))
	var b strings.Builder
	fmt.Fprintf(&b, "Report %d from", n)
	for range 9 {
		b.WriteByte(' ')
		for range 3 + rng.IntN(2) { // shorter ones now and then make a word that is rude
			b.WriteByte("bdfgklmnprstv"[rng.IntN(13)])
			b.WriteByte("aeiou"[rng.IntN(5)])
		}
	}
	return b.String()
}
