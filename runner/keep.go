package runner

import (
	"context"
	"errors"
	"time"

	"heed/bots"
)

// keep runs the bot's script until the lane ends, and starts it anew when its
// settings change.
func (l *lane) keep(ctx context.Context) {
	l.runner.ready.wait(ctx, firstStart) // who wrote is heard first, if that does not take long
	for ctx.Err() == nil {
		b := l.bot()
		l.out.read.Store(len(b.Script.Command) > 0)
		l.status.kept(len(b.Script.Command) > 0, l.runner.now())
		if len(b.Script.Command) == 0 { // a bot that speaks over NATS alone
			sleep(ctx, time.Time{}, l.script)
			continue
		}
		err := l.keepOne(ctx, b)
		if err != nil && ctx.Err() == nil {
			l.fault("script.failed", err)
			sleep(ctx, time.Now().Add(patience))
		}
	}
}

// keepOne keeps one set of settings running until they change.
func (l *lane) keepOne(ctx context.Context, b bots.Bot) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.kept.Store(&cancel)
	defer l.kept.Store(nil)
	select {
	case <-l.script:
		return nil // b may be older than the change
	default:
	}
	return l.runner.Scripts.Keep(ctx, b, ScriptIO{
		Lines:  l.publish,
		Events: l.out.lines,
		Report: l.report,
		Now:    l.runner.now,
	})
}

// publish puts a script's lines on the road, and waits while it is full.
func (l *lane) publish(ctx context.Context, f Frame) error {
	l.status.spoke(l.runner.now())
	for {
		err := l.runner.Bus.Publish(ctx, l.name, f)
		if err == nil {
			return nil
		}
		if !errors.Is(err, ErrFull) {
			l.fault("script.publish", err)
		}
		if !sleep(ctx, time.Now().Add(patience/10)) {
			return ctx.Err()
		}
	}
}

// report tells what happened to a script. What a script says is for the eye alone:
// nobody knows what stands in it.
func (l *lane) report(s ScriptReport) {
	l.status.script(s, l.runner.now())
	if s.Code == ScriptNext {
		return
	}
	rec := Record{At: l.runner.now(), Kind: RecScript, Bot: l.name, Code: s.Code, Message: s.Text}
	if !s.Until.IsZero() {
		rec.Message += "; started again at " + s.Until.UTC().Format(time.TimeOnly)
	}
	l.runner.Log(rec)
	l.runner.meter().Script(l.name, s.Code)
	if s.Code == ScriptStarted {
		l.hello(s.Run)
	}
}

func (l *lane) hello(run string) {
	b := l.bot()
	l.out.put(bots.Event{V: 1, Type: bots.Hello, ID: "hello:" + run, At: l.runner.now(), Bot: l.name,
		Hello: &bots.HelloEvent{Run: run, Mode: b.Mode, Handle: b.Handle, Actions: b.Actions}})
}

// The codes of a report that say where a script stands; all others are news alone.
const (
	ScriptStarted    = "script.started"
	ScriptEnded      = "script.ended"
	ScriptNotStarted = "script.not_started"
	ScriptBackoff    = "script.backoff"          // Until it is started again
	ScriptNext       = "script.next"             // Until its schedule starts it; zero: never. Not for the eye
	ScriptStopped    = "script.stopped_for_good" // until its settings change
)
