package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
)

// ByChat is how somebody spoke who wrote in X's encrypted chat. It is no invitation:
// nobody here knows what was said.
const ByChat guards.InviteKind = "chat"

// encryptedRule is the rule that such a message is recorded under.
const encryptedRule = "chat.encrypted"

const (
	// late is how old a push may be and still be an invitation. An older one may be a
	// replay: of it only a stop counts, and what else it says is left to polling.
	late = 10 * time.Minute
	// follows is how long heed waits before it follows X's events again, and how often it
	// looks whether it may go on.
	follows = time.Minute
	// mostFollows is the longest it waits, after many refusals.
	mostFollows = time.Hour
	// stretch is how much rarer a bot is polled while X tells by itself.
	stretch = 5
)

// follow hears what X tells by itself, for as long as heed runs. It ends for a while when
// strangers cost too much, and when the app is latched (promise P12).
func (r *Runner) follow(ctx context.Context) {
	told, pause := "", follows
	tell := func(err error) {
		if s := err.Error(); s != told && ctx.Err() == nil {
			told = s
			r.notice("", "events.failed", "X's events are not followed, polling goes on: %v", err)
		}
	}
	for ctx.Err() == nil {
		err := r.mayFollow(ctx)
		if err == nil {
			long := time.Now().Add(mostFollows)
			if err = r.followAWhile(ctx); time.Now().After(long) {
				told, pause = "", follows
			} else if err != nil {
				pause = min(2*pause, mostFollows)
			}
		}
		if err != nil {
			tell(err)
		}
		sleep(ctx, time.Now().Add(pause))
	}
}

// followAWhile follows until that may not go on.
func (r *Runner) followAWhile(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.running.Go(func() {
		for sleep(ctx, time.Now().Add(follows)) {
			if err := r.mayFollow(ctx); err != nil {
				stop(err)
				return
			}
		}
	})
	err := r.Pushes.Follow(ctx, func(p Push) { r.pushed(ctx, p) })
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// mayFollow says why X's events may not be followed now.
func (r *Runner) mayFollow(ctx context.Context) error {
	halts, err := r.Ledger.Halts(ctx, r.now())
	if err != nil {
		return err
	}
	if slices.ContainsFunc(halts, func(h guards.Halt) bool { return h.Kind == guards.Latched && h.Scope == EveryBot }) {
		return errors.New("the app is latched until a person has settled it with X (rule A8)")
	}
	return r.afford(ctx)
}

// pushed takes one push in. It does not let go before the ledger has it: what is not
// polled, such as a withdrawal, would be lost.
func (r *Runner) pushed(ctx context.Context, p Push) {
	l := r.lane(p.Bot)
	if l == nil {
		return // a bot that has left the house
	}
	for {
		err := l.take(ctx, p, r.now())
		if err == nil || ctx.Err() != nil || l.ctx.Err() != nil {
			return
		}
		l.fault("push.ledger", fmt.Errorf("what X told is not written down yet: %w", err))
		if !sleep(ctx, time.Now().Add(patience)) {
			return
		}
	}
}

func (l *lane) take(ctx context.Context, p Push, now time.Time) error {
	if p.At.IsZero() || p.At.After(now) {
		p.At = now
	}
	switch {
	case p.Said != nil:
		return l.hearPush(ctx, *p.Said, now)
	case p.Encrypted != "":
		return l.hearSealed(ctx, p)
	case p.Deleted != "":
		return l.runner.Ledger.Deleted(ctx, l.name, p.Deleted, p.At)
	case p.Revoked:
		return l.runner.Ledger.Latch(ctx, guards.Halt{Kind: guards.Latched, Scope: l.name, By: "heed", At: now,
			Reason: "X says that the account's owner has withdrawn this app's access (rule P3): settle it with them; no other credential is tried"})
	case p.Profile:
		l.look.poke() // its turn comes at once; a limit of X's is still waited for
	}
	return nil
}

// hearPush hears what was pushed as if it had been polled. An old push may be a replay:
// a stop in it counts, and nothing else.
func (l *lane) hearPush(ctx context.Context, s Said, now time.Time) error {
	if s.Bot != l.name || s.Event == "" || s.From == "" || s.At.IsZero() {
		return nil // no room of ours makes such a one, and the ledger would refuse it for ever
	}
	if s.At.After(now) {
		s.At = now // a time to come would outlive what the person says next
	}
	if now.Sub(s.At) > late {
		if w, _ := l.runner.recognise(s); w.Meaning != WantsOut && w.Meaning != MaybeOut {
			return nil
		}
		s.Summons = false
	}
	return l.hear(ctx, s)
}

// hearSealed records that somebody wrote where nobody here can read. It may have been a
// stop: contact stops until a person has looked. The bot is not told of it.
func (l *lane) hearSealed(ctx context.Context, p Push) error {
	if p.Event == "" {
		return nil
	}
	receipt, err := l.runner.Ledger.Hear(ctx, Heard{
		Invitation: guards.Invitation{Event: p.Event, Kind: ByChat, Bot: l.name, From: p.Encrypted, At: p.At},
		Word:       Word{Meaning: MaybeOut, Rule: encryptedRule, Scope: EveryBot},
		Behaviour:  l.bot().Behaviour(),
	})
	if err != nil || !receipt.New {
		return err
	}
	l.tellSealed(p.Encrypted)
	return nil
}

func (l *lane) tellSealed(who bots.UserID) {
	l.runner.notice(l.name, encryptedRule, "somebody wrote to it in X's encrypted chat, which heed cannot read; it may be a stop. "+
		"Nobody contacts user %s until you have read it on X and said so: heed optout reviewed %s, or heed optout add %s", who, who, who)
}

// pollEvery is how long after a whole look that began and ended at a time the bot's inbox
// is to be read again. While X tells by itself without a break since before that look,
// what is read is what was told already, and each look costs money: it is rarer then, but
// never so rare that the inbox grows stale. After a break the next look comes as usual.
func (l *lane) pollEvery(began, ended time.Time) time.Duration {
	house := l.runner.settings()
	if l.runner.Pushes == nil || house.Poll <= 0 {
		return house.Poll
	}
	since := l.runner.Pushes.Since(l.name)
	if since.IsZero() || since.After(began) {
		return house.Poll
	}
	rare := min(stretch*house.Poll, max(house.Poll, house.Fresh/2))
	// In steps, so that a break is noticed within the usual time.
	wait, now := house.Poll, time.Now()
	for wait < rare && !ended.Add(wait).After(now) {
		wait += house.Poll
	}
	return min(rare, wait)
}
