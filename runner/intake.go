package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"heed/bots"
)

const (
	batchFrames = 64
	lookUps     = 30               // authors of posts asked for in a minute, for one bot; each costs money
	meetTime    = 10 * time.Second // for all look-ups of a batch: the frames wait meanwhile
)

// deliver puts a frame on its bot's own road, so that one bot's flood waits for
// itself alone. A bot that is not in the house keeps its intents: they are entered
// and nobody takes their turn.
func (r *Runner) deliver(d Delivery) {
	l := r.lane(d.Bot)
	if l == nil {
		r.enter(r.root, []Delivery{d}, nil)
		return
	}
	if l.road.put(d) { // if not, it comes again; nobody else waits for this bot
		l.intake.poke()
	}
}

// takingIn moves a bot's frames into the ledger, as many at once as wait.
func (l *lane) takingIn() func(context.Context) time.Time {
	meet := rate.NewLimiter(rate.Every(time.Minute/lookUps), lookUps)
	return func(ctx context.Context) time.Time {
		for ctx.Err() == nil {
			batch := l.road.take(batchFrames)
			if len(batch) == 0 {
				break
			}
			soon, cancel := context.WithTimeout(ctx, meetTime)
			l.runner.enter(ctx, batch, func(in bots.Intent) { l.meet(soon, meet, in) })
			cancel()
		}
		return time.Time{}
	}
}

// enter writes frames into the ledger and accepts them. It tries until it has, or
// ctx ends: an unaccepted frame comes again.
func (r *Runner) enter(ctx context.Context, batch []Delivery, meet func(bots.Intent)) {
	now := r.now()
	var entries []Entry
	for _, d := range batch {
		entries = append(entries, r.entriesOf(d, now)...)
	}
	if meet != nil {
		for _, e := range entries {
			meet(e.Intent)
		}
	}
	var entered []Entered
	for {
		var err error
		if entered, err = r.Ledger.Enter(ctx, entries); err == nil {
			break
		}
		r.Log(Record{At: r.now(), Kind: RecNotice, Bot: batch[0].Bot, Code: "intake.ledger",
			Message: fmt.Sprintf("%d intents wait: %v", len(entries), err)})
		if !sleep(ctx, time.Now().Add(patience)) {
			return
		}
	}
	for _, d := range batch {
		if err := d.Accept(); err != nil {
			r.Log(Record{At: r.now(), Kind: RecNotice, Bot: d.Bot, Code: "intake.accept", Message: err.Error()})
		}
	}
	for i, e := range entries {
		r.meter().Entered(e.Bot, howEntered(e, entered[i]))
		r.tellEntered(e, entered[i])
	}
}

func howEntered(e Entry, in Entered) string {
	switch {
	case e.Refusal != "":
		return "invalid"
	case in.Twice:
		return "twice"
	}
	return "new"
}

// entriesOf decodes a frame's lines. What is no intent is entered too, with the
// reason: a mistake that vanishes cannot be mended.
func (r *Runner) entriesOf(d Delivery, now time.Time) []Entry {
	entries := make([]Entry, 0, len(d.Frame.Lines))
	for i, line := range d.Frame.Lines {
		entries = append(entries, r.entryOf(d, i, line, now))
	}
	return entries
}

func (r *Runner) entryOf(d Delivery, i int, line []byte, now time.Time) Entry {
	e := Entry{Bot: d.Bot, At: now, Key: lineKey(d, i)}
	in, err := bots.DecodeIntent(line)
	if err == nil && !in.ExpiresAt.IsZero() && !now.Before(in.ExpiresAt) {
		err = fmt.Errorf("intent: expires_at: %s is past", in.ExpiresAt.UTC().Format(time.RFC3339))
	}
	if err == nil {
		err = ownWords(in)
	}
	if err == nil {
		e.Media, err = r.takeIn(d.Bot, &in)
	}
	if err != nil {
		e.Refusal, e.Named = err.Error(), in.Key
		return e
	}
	if in.Key == "" {
		in.Key = e.Key
	}
	in.V, in.Type = 1, "intent"
	if in.ID == "" {
		in.ID = uuid.Must(uuid.NewV7()).String()
	}
	if in.ExpiresAt.IsZero() {
		in.ExpiresAt = later(now, in.NotBefore).Add(in.Action.Patience()).UTC().Truncate(time.Second)
	}
	if e.Stored, err = in.Encode(); err != nil {
		e.Refusal = err.Error()
		return e
	}
	e.Intent, e.Key = in, in.Key
	return e
}

// ownWords refuses of a bot what only heed itself may write.
func ownWords(in bots.Intent) error {
	if strings.HasPrefix(in.Key, bots.HouseKey) {
		return fmt.Errorf("intent: key: %q begins the keys of heed's own intents", bots.HouseKey)
	}
	for i, m := range in.Media {
		if m.SHA256 != "" {
			return fmt.Errorf("intent: media[%d].sha256: is heed's to fill in", i)
		}
	}
	return nil
}

// lineKey names a line that bears no key: the same line of the same run, or the same
// message on the road, has the same name on every delivery. A road that was made anew
// counts from 1 again, so its messages' time is in their name.
func lineKey(d Delivery, i int) string {
	if d.Frame.Run != "" {
		return fmt.Sprintf("%s:%d", d.Frame.Run, d.Frame.First+i)
	}
	return fmt.Sprintf("nats:%d:%d:%d", d.At.UnixMilli(), d.Seq, i+1)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// hearStop hears a stop that a look-up was shown, and leaves all else to polling, which
// is shown more of it.
func (r *Runner) hearStop(ctx context.Context, s Said) {
	l := r.lane(s.Bot)
	if w, _ := r.recognise(s); l == nil || w.Meaning != WantsOut && w.Meaning != MaybeOut {
		return
	}
	if err := l.hear(ctx, s); err != nil {
		l.fault("intake.hear", err)
	}
}

// meet learns who wrote the post that an intent reaches for, where heed has not met
// it yet. What cannot be learnt, or not soon, stays unknown, and the guards refuse.
func (l *lane) meet(ctx context.Context, limit *rate.Limiter, in bots.Intent) {
	if !in.Action.Contacts() || in.Target.PostID == "" || !slices.Contains(l.bot().Actions, in.Action) {
		return
	}
	_, err := l.runner.Ledger.Author(ctx, in.Target.PostID)
	if !errors.Is(err, ErrNotFound) {
		return
	}
	if !limit.Allow() || ctx.Err() != nil || l.latched(ctx) {
		return
	}
	author, err := l.runner.Platform.Author(ctx, l.name, in.Target.PostID)
	for _, s := range author.Said {
		l.runner.hearStop(ctx, s)
	}
	if err == nil {
		err = l.runner.Ledger.SetAuthor(ctx, in.Target.PostID, author, l.runner.now())
	}
	var locked *Locked
	if errors.As(err, &locked) {
		l.latch(locked)
	} else if err != nil {
		l.fault("intake.author", fmt.Errorf("post %s: its author is not known: %w", in.Target.PostID, err))
	}
}
