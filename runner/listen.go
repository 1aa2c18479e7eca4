package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
)

func init() {
	guards.Declare(guards.Clause{ID: "M1", Says: "messages and other content that is not public are not stored without consent",
		Source: guards.SourcePrivacy, Served: []guards.Service{guards.ByMinimum},
		Tests:    []string{"cmd/heed TestP7NoMessageIsWrittenAnywhere", "runner/ledger TestP7OutgoingMessageLeavesTheDisk", "runner/bus TestP7EventsAreNotStored"},
		Operator: "a bot's script sees the messages it answers; it must not keep them either"})
	guards.Declare(guards.Clause{ID: "M2", Says: "messages are shown to nobody who is not meant to read them",
		Source: guards.SourcePrivacy, Served: []guards.Service{guards.ByMinimum},
		Tests: []string{"cmd/heed TestP7NoMessageIsWrittenAnywhere", "runner/scripts TestP7AScriptThatPrintsWhatItReadsPutsNoMessageIntoTheLog"}})
}

// listening reads what people say to the bot, for as long as it runs.
func (l *lane) listening() func(context.Context) time.Time {
	var told, began, ended time.Time // began and ended: of the last look, if it was whole
	first := true
	return func(ctx context.Context) time.Time {
		if due := ended.Add(l.pollEvery(began, ended)); !ended.IsZero() && time.Now().Before(due) {
			return due // it was put off since
		}
		if !l.unlatched(ctx, atInbox) {
			return time.Time{}
		}
		began, ended = time.Now(), time.Time{}
		err := l.runner.afford(ctx)
		if err == nil {
			err = l.hearAll(ctx)
		}
		if first {
			first = false
			l.runner.ready.looked(l.name, atInbox)
		}
		next := l.runner.now().Add(l.runner.settings().Poll)
		var wait *Wait
		switch {
		case err == nil || ctx.Err() != nil:
			ended = time.Now()
			return ended.Add(l.pollEvery(began, ended))
		case errors.As(err, &wait): // what need not wait is read on
			if wait.Until.After(told) && wait.Until.Sub(l.runner.now()) > longWait {
				l.trouble("listen", "a part of its inbox cannot be read", err)
				told = wait.Until
			}
		default:
			next = later(next, l.trouble("listen", "its inbox cannot be read", err))
		}
		return l.runner.timer(next)
	}
}

// afford says whether the house may read on: each message read costs money, and
// strangers decide how many come. What is not read makes the inbox stale, and then the
// guards let nobody be contacted: a STOP may be among it.
func (r *Runner) afford(ctx context.Context) error {
	most, now := r.settings().Inbound, r.now()
	if most <= 0 {
		return nil
	}
	n, err := r.Ledger.Inbound(ctx, now.Add(-inboundSpan))
	if err != nil || n < most {
		return err
	}
	return &Wait{Until: now.Add(inboundRest), Why: fmt.Sprintf(
		"%d messages and mentions came within a day, and [x] inbound_per_day lets %d be read; nobody is contacted meanwhile", n, most)}
}

const (
	inboundSpan = 24 * time.Hour
	inboundRest = 10 * time.Minute // before the count is looked at again
)

// longWait is how long a part of an inbox may rest before somebody should know.
const longWait = 5 * time.Minute

// hearAll takes in all that is new. The cursor moves only over what is in the ledger,
// and the inbox counts as read only when it was read whole.
func (l *lane) hearAll(ctx context.Context) error {
	cursor, err := l.runner.Ledger.Cursor(ctx, l.name)
	if err != nil {
		return err
	}
	began := l.runner.now()
	through := l.runner.gate(ctx)
	said, cursor, partly := l.runner.Platform.Listen(ctx, l.name, cursor)
	through()
	for _, s := range said {
		if err := l.hear(ctx, s); err != nil {
			return err
		}
	}
	if partly != nil {
		began = time.Time{}
	}
	return errors.Join(partly, l.runner.Ledger.InboxRead(ctx, l.name, cursor, began))
}

// hear recognises one message and records it without its words. Only then does the
// bot get it: a bot is not asked to answer somebody who has just said stop.
func (l *lane) hear(ctx context.Context, s Said) error {
	word, lang := l.runner.recognise(s)
	h := Heard{Invitation: s.Invitation, Word: word, Signs: s.Signs, Behaviour: l.bot().Behaviour()}
	h.Answer = l.answer(s, word, lang, l.runner.now())
	receipt, err := l.runner.Ledger.Hear(ctx, h)
	if err != nil {
		return err
	}
	for _, c := range receipt.Cancelled {
		l.runner.meter().Ended(c.Bot, c.Intent.Action, Cancelled)
		l.runner.tellCancelled(c)
	}
	if !receipt.New {
		return nil
	}
	l.runner.meter().Heard(l.name, word.Meaning)
	if h.Answer == nil && (word.Meaning == Nothing || word.Meaning == WantsHelp) {
		l.out.put(l.runner.eventOf(l.name, s, word))
	}
	return nil
}

// recognise turns a message's words into what they ask for, and in which language.
func (r *Runner) recognise(s Said) (w Word, lang string) {
	heard := guards.Hear(s.Text, s.Kind, r.settings().Keywords)
	w = Word{Meaning: Meaning(heard.Meaning), Rule: heard.Rule, Scope: EveryBot, Argument: heard.Argument}
	if w.Meaning == WantsIn {
		w.Scope = s.Bot // an opt-in is to the bot that was asked, an opt-out is from all
	}
	for _, name := range r.botNames() {
		if strings.EqualFold(heard.Argument, name) {
			w.Scope = name // "STOP QUAKES" narrows by the person's own wish
		}
	}
	return w, heard.Lang
}

// EveryBot is the scope of a choice or a halt that is for all of the operator's bots.
const EveryBot = "*"

// ScopeName tells a scope to people.
func ScopeName(scope string) string {
	if scope == EveryBot {
		return "all bots"
	}
	return scope
}

func (r *Runner) eventOf(bot string, s Said, w Word) bots.Event {
	e := bots.Event{V: 1, ID: s.Event, At: s.At, Bot: bot}
	if s.Kind == guards.ByDM {
		e.Type = bots.Message
		e.DM = &bots.DMEvent{UserID: s.From, Text: s.Text, Help: w.Meaning == WantsHelp}
		return e
	}
	e.Type = bots.Mention
	e.Mention = &bots.MentionEvent{PostID: s.Post, UserID: s.From, ConversationID: s.Thread, Text: s.Text,
		Help: w.Meaning == WantsHelp}
	return e
}

// trouble reports a read that failed, pulls the latch where the account or the app
// is locked, and says when to try again.
func (l *lane) trouble(what, consequence string, err error) time.Time {
	var wait *Wait
	var locked *Locked
	switch {
	case errors.As(err, &wait):
		l.runner.notice(l.name, what+".wait", "%s before %s: %s", consequence, wait.Until.UTC().Format(time.TimeOnly), wait.Why)
		return wait.Until
	case errors.As(err, &locked):
		l.latch(locked)
		return l.runner.now().Add(firstLook)
	}
	l.fault(what+".failed", fmt.Errorf("%s: %w", consequence, err))
	return l.runner.now().Add(patience)
}

// relook is how often a latch is looked at that nobody told to be lifted.
const relook = time.Minute

// unlatched waits while the bot or its app is latched: a locked account is not even
// read (rule A8), and the first look at what is named is not waited for. False at the end.
func (l *lane) unlatched(ctx context.Context, at string) bool {
	for ctx.Err() == nil {
		changed := l.runner.Ledger.Changed()
		if !l.latched(ctx) {
			return true
		}
		l.runner.ready.looked(l.name, at)
		sleep(ctx, time.Now().Add(relook), changed)
	}
	return false
}

// latched says whether the bot or its app is; also when that cannot be read.
func (l *lane) latched(ctx context.Context) bool {
	halts, err := l.runner.Ledger.Halts(ctx, l.runner.now())
	return err != nil || slices.ContainsFunc(halts, func(h guards.Halt) bool {
		return h.Kind == guards.Latched && (h.Scope == l.name || h.Scope == EveryBot)
	})
}

// latch stops the bot, or all of them, until a person clears it (promise P12).
func (l *lane) latch(locked *Locked) {
	h := guards.Halt{Kind: guards.Latched, Scope: l.name, By: "heed", Reason: locked.Why, At: l.runner.now()}
	if locked.App {
		h.Scope = EveryBot
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := l.runner.Ledger.Latch(ctx, h); err != nil {
		l.fault("latch.ledger", err)
	}
}
