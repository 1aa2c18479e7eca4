package main

import (
	"heed/bots"
	"heed/runner"
	"heed/runner/sandbox"
)

// act is one part of the story that `heed demo` tells.
type act struct {
	name  string
	about string // what is about to be seen
	sum   string // what was seen, once every beat has come; "": the last sentence told says it
	beats []beat
}

// beat is what one person does, and what must follow in the record. Its sentence is told
// then: {key}, {message}, {remedy} and {post} in it are of the record of the last want.
type beat struct {
	step  sandbox.Step
	wants []expected
	tells string
}

// expected is a record that must come; zero fields take any.
type expected struct {
	kind  runner.RecordKind
	bot   string
	key   string
	state runner.State
	code  string
	user  bots.UserID
	times int // how many must come; 0 is one
}

func (w expected) fits(r runner.Record) bool {
	return (w.kind == "" || w.kind == r.Kind) && (w.key == "" || w.key == r.Key) && (w.bot == "" || w.bot == r.Bot) && (w.state == "" || w.state == r.State) &&
		(w.code == "" || w.code == r.Code) && (w.user == "" || w.user == r.User)
}

// The people of the story, by their ids at the sandboxed X.
const (
	ann bots.UserID = "2001"
	bob bots.UserID = "2002"
)

// operates is a word of the operator to a bot of its own, by which the story tells it to begin.
func operates(bot, text string) sandbox.Step {
	return sandbox.Step{Who: "harbourlab", Does: "mention", To: bot, Text: "@" + bot + " " + text}
}

// theActs is the story but for its end, the approval, where a person of the operator has their say.
func theActs() []act {
	return []act{
		{"consent", "a bot answers who spoke to it, once. Ann asks the quake desk something.",
			"Ann asked, was answered once, and a second answer was refused", []beat{{
				step: sandbox.Step{Who: "ann_demo", Does: "mention", To: "quakedesk_demo", Text: "@quakedesk_demo was there anything in Alaska this week?"},
				wants: []expected{{kind: runner.RecOutcome, bot: "desk", state: runner.Done, user: ann},
					{kind: runner.RecVerdict, bot: "desk", state: runner.Denied, code: "consent.spent", user: ann}},
				tells: "Ann was answered. The desk tried to answer her a second time, and was refused: {message}.",
			}}},
		{"STOP", "one word stops every bot of this operator. Bob asks something, and the desk's answer is for later.",
			"Bob's STOP recalled what was under way to him, and the next answer to him was refused", []beat{{
				step:  sandbox.Step{Who: "bob_demo", Does: "dm", To: "quakedesk_demo", Text: "How is it in Japan?"},
				wants: []expected{{kind: runner.RecEntered, bot: "desk", state: runner.Waiting}},
				tells: "an answer to Bob waits for its time ({key}). Now he writes STOP.",
			}, {
				step: sandbox.Step{Who: "bob_demo", Does: "dm", To: "quakedesk_demo", Text: "STOP"},
				wants: []expected{{kind: runner.RecPerson, code: "person.opt_out", user: bob},
					{kind: runner.RecOutcome, bot: "desk", state: runner.Cancelled, user: bob}},
				tells: "recalled at once, before it was sent: {key}. Then he mentions the desk, which would answer him.",
			}, {
				step:  sandbox.Step{Who: "bob_demo", Does: "mention", To: "quakedesk_demo", Text: "@quakedesk_demo and what about Chile?"},
				wants: []expected{{kind: runner.RecVerdict, bot: "desk", state: runner.Denied, code: "opt_out.opted_out", user: bob}},
				tells: "refused: {message}.",
			}}},
		{"copy", "two accounts do not say the same. Quakes tells an earthquake.",
			"the same earthquake told by a second account was refused, with the first post named", []beat{{
				step:  operates("quakes_demo", "there was an earthquake"),
				wants: []expected{{kind: runner.RecOutcome, bot: "quakes", state: runner.Done}},
				tells: "posted as {post}. Now copycat, another account of Harbour Lab, dresses it up and tells it again.",
			}, {
				step:  operates("copycat_demo", "have you heard of the earthquake?"),
				wants: []expected{{kind: runner.RecVerdict, bot: "copycat", state: runner.Denied, code: "duplicate.same"}},
				tells: "refused: {message}.",
			}}},
		{"burst", "follows are few. Circle wants to follow all six of a list that its operator made, at once; 3 an hour are allowed, and Bob is on the list.",
			"of six follows at once 3 were done, 2 wait, and that of Bob was refused", []beat{{
				step: operates("circle_demo", "here is the list"),
				wants: []expected{{kind: runner.RecOutcome, bot: "circle", state: runner.Done, times: 3},
					{kind: runner.RecVerdict, bot: "circle", state: runner.Denied, code: "opt_out.opted_out", user: bob},
					{kind: runner.RecVerdict, bot: "circle", state: runner.Deferred, code: "follow_rate.hour_full", times: 2}},
				tells: "3 were followed, Bob's STOP to the desk holds for circle too, and 2 follows wait: {message}.",
			}}},
		{"bio", "people can tell a bot from a person. The bio of shy says \"Sea, sand, sunsets.\", and nobody's name.",
			"a bot whose bio does not say whose it is did nothing, and was given a bio to paste", []beat{{
				step:  operates("shy_demo", "say hello"),
				wants: []expected{{kind: runner.RecVerdict, bot: "shy", state: runner.Denied, code: "disclosure.no_bot_word"}},
				tells: "refused: {message}. To change it: {remedy}",
			}}},
	}
}

// theQuestion begins the last act: a bot asks for a person's eye.
var theQuestion = act{"approval", "you have the last word. Quakes wants to correct what it has told, and asks for a person's eye first.", "", []beat{{
	step:  operates("quakes_demo", "that was not correct"),
	wants: []expected{{kind: runner.RecVerdict, bot: "quakes", state: runner.Held, code: "asked.person"}},
	tells: "held: {message}.",
}}}
