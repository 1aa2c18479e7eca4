package main

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

func (w *simWeek) somebody(dice string) string { return fmt.Sprintf("p%d", w.roll(dice, simPeople)) }

// idOfPerson is the account of p0, p1 and so on.
func (w *simWeek) idOfPerson(name string) string {
	n, err := strconv.Atoi(name[1:])
	if err != nil {
		w.t.Fatal(err)
	}
	return strconv.Itoa(5000 + n)
}

// speak lets somebody say stop or start, and counts how. What X refuses was not said.
func (w *simWeek) speak(how string, say func() error) {
	if say() == nil {
		w.tell(w.sum.OptOuts, how)
	}
}

// wait sleeps unless the week ends first.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// people speak to bots, ask to be left alone, come back, and change their minds.
func (w *simWeek) people(ctx context.Context) {
	roll := func(n int) int { return w.roll("people", n) }
	for wait(ctx, time.Duration(30+roll(1800))*time.Second) {
		who, name := w.somebody("people"), simBots[roll(len(simBots))]
		bot := w.idOf(name)
		var err error
		switch roll(25) {
		case 0, 1, 2, 3, 4, 5:
			_, err = w.x.Mention(who, bot, fmt.Sprintf("what about number %d?", roll(1000)))
		case 6, 7, 8, 9, 10, 11:
			_, err = w.x.DM(who, bot, fmt.Sprintf("tell me about number %d", roll(1000)))
		case 12, 13:
			_, err = w.x.Mention(who, bot, fmt.Sprintf("@%s look at number %d", w.somebody("people"), roll(1000)))
		case 14:
			w.speak("by message", func() error { _, err := w.x.DM(who, bot, "STOP"); return err })
		case 15:
			w.speak("in public", func() error { _, err := w.x.Mention(who, bot, "stop"); return err })
		case 16, 17:
			if _, err := w.x.DM(who, bot, "START"); err == nil {
				w.tell(w.sum.Bots, "start")
			}
		case 18:
			w.changeMinds(who, bot)
		case 19:
			w.withdraw(who, bot)
		case 20, 21, 22, 23:
			_, _ = w.x.DM(who, bot, "START")
		case 24:
			_, err = w.x.DM(who, bot, "HELP")
		}
		_ = err // whom X lets speak is X's affair: the bot may be suspended, or its messages closed
	}
}

// changeMinds is a stop and a start within one second.
func (w *simWeek) changeMinds(who, bot string) {
	stop := func() {
		w.speak("in the second of a start", func() error { _, err := w.x.DM(who, bot, "STOP"); return err })
	}
	start := func() { _, _ = w.x.DM(who, bot, "START") }
	if w.roll("people", 2) == 0 {
		stop, start = start, stop
	}
	start()
	time.Sleep(time.Duration(w.roll("people", 900)) * time.Millisecond)
	stop()
}

// withdraw is a person who says nothing: they block the bot, or close their messages,
// and some hours later think better of it.
func (w *simWeek) withdraw(who, bot string) {
	hours := time.Duration(1+w.roll("people", 8)) * time.Hour
	if w.roll("people", 2) == 0 {
		w.speak("by block", func() error { return w.x.Block(who, bot) })
		time.AfterFunc(hours, func() { _ = w.x.Unblock(who, bot) })
		return
	}
	w.speak("by closed messages", func() error { return w.x.SetDMClosed(who, true) })
	time.AfterFunc(hours, func() { _ = w.x.SetDMClosed(who, false) })
}

// crowd is somebody who speaks to a bot hundreds of times.
func (w *simWeek) crowd(ctx context.Context) {
	who, bot := w.somebody("crowd"), w.idOf(simBots[w.roll("crowd", len(simBots))])
	w.tell(w.sum.Troubles, "crowds")
	for range 100 + w.roll("crowd", 150) {
		text := fmt.Sprintf("and number %d?", w.roll("crowd", 100_000))
		if w.roll("crowd", 3) > 0 {
			_, _ = w.x.Mention(who, bot, text)
		} else {
			_, _ = w.x.DM(who, bot, text)
		}
		if !wait(ctx, time.Duration(1+w.roll("crowd", 20))*time.Second) {
			return
		}
	}
	if w.roll("crowd", 2) == 0 {
		w.speak("at the end of a flood", func() error { _, err := w.x.DM(who, bot, "STOP"); return err })
	}
}
