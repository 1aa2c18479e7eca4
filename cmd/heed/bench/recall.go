package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
)

// recall measures how long a stop takes that has ten thousand intents to cancel, and how
// long others wait for the ledger meanwhile.
func recall(ctx context.Context, o Options) (_ []Figure, err error) {
	l, err := ledger.Open(filepath.Join(o.Dir, "recall.db"), ledger.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	const person = "4242"
	n := o.of(10_000, 20)
	o.say("a stop that recalls %d intents", n)
	for from := 0; from < n; from += 500 {
		var entries []runner.Entry
		for i := from; i < min(from+500, n); i++ {
			e, err := toPerson(fmt.Sprint("bot", i%1000), fmt.Sprint("k", i), person, fmt.Sprintf("Number %d for you.", i))
			if err != nil {
				return nil, err
			}
			entries = append(entries, e)
		}
		if _, err := l.Enter(ctx, entries); err != nil {
			return nil, err
		}
	}
	others := make(chan time.Duration, 1)
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { others <- longestWait(stop, l) }()
	began := time.Now()
	receipt, err := l.Hear(ctx, stopOf(person, "bot0", "dm:1", began))
	took := time.Since(began)
	cancel()
	waited := <-others
	if err != nil {
		return nil, err
	}
	if len(receipt.Cancelled) != n {
		return nil, fmt.Errorf("a stop recalled %d of %d intents", len(receipt.Cancelled), n)
	}
	kind := fmt.Sprintf("%d intents to one person", n)
	return []Figure{
		{Bench: "fleet", Case: kind, Name: "recalled and on record", Value: took.Seconds() * 1000, Unit: "ms"},
		Figure{Bench: "fleet", Case: kind, Name: "others wait at most", Value: waited.Seconds() * 1000, Unit: "ms"}.atMost(50),
	}, nil
}

// longestWait writes to a ledger again and again until ctx ends, and gives the longest
// time that one write took.
func longestWait(ctx context.Context, l *ledger.Ledger) (longest time.Duration) {
	for ctx.Err() == nil {
		began := time.Now()
		_ = l.Note(context.WithoutCancel(ctx), runner.Record{At: began, Kind: runner.RecNotice, Code: "bench", Message: "a line"})
		longest = max(longest, time.Since(began))
	}
	return longest
}

// toPerson is a message of a bot to a person, as the intake enters it.
func toPerson(bot, key string, person bots.UserID, text string) (e runner.Entry, err error) {
	now := time.Now().UTC()
	in := bots.Intent{V: 1, Type: "intent", ID: fmt.Sprintf("%s-%s", bot, key), Key: key, Action: bots.DM, Text: text,
		Target: bots.Target{UserID: person}, ExpiresAt: now.Add(24 * time.Hour).Truncate(time.Second)}
	e = runner.Entry{Bot: bot, At: now, Intent: in, Key: key}
	e.Stored, err = in.Encode()
	return e, err
}

// stopOf is a STOP that a person wrote to a bot.
func stopOf(person bots.UserID, bot, event string, at time.Time) runner.Heard {
	return runner.Heard{Invitation: guards.Invitation{Event: event, Kind: guards.ByDM, Bot: bot, From: person, At: at, Summons: true},
		Word: runner.Word{Meaning: runner.WantsOut, Rule: "stop", Scope: runner.EveryBot}, Behaviour: "b"}
}
