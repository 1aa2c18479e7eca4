package ledger

import (
	"slices"

	"heed/runner"
)

// stir says that a bot, or with runner.EveryBot each of them, may have something due now.
// It is woken before the commit: its turn is taken by the one writer, after what woke it.
func (t *tx) stir(bot string) {
	if !slices.Contains(t.stirred[t.woken:], bot) {
		t.stirred = append(t.stirred, bot)
	}
}

// stir tells everybody who waits for these bots.
func (l *Ledger) stir(bots ...string) {
	l.wake(bots...)
	l.tell()
}

// tell closes and replaces the channel of Changed: once the batch is on the disk, since
// who waits for it may read by himself.
func (l *Ledger) tell() {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
}

// wake closes the channels of Due of these bots.
func (l *Ledger) wake(bots ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Contains(bots, runner.EveryBot) {
		for _, c := range l.due {
			close(c)
		}
		clear(l.due)
		return
	}
	for _, bot := range bots {
		if c, waits := l.due[bot]; waits {
			close(c)
			delete(l.due, bot)
		}
	}
}

// Changed is closed and replaced whenever something was written that may make an
// intent due: at once for this process, within 200 ms for another.
func (l *Ledger) Changed() <-chan struct{} {
	l.watched.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// Due is the same for one bot's turns: the others' writes do not close it. It may be closed
// before the write is on the disk; Decide comes after it all the same.
func (l *Ledger) Due(bot string) <-chan struct{} {
	l.watched.Store(true)
	l.mu.Lock()
	defer l.mu.Unlock()
	c, waits := l.due[bot]
	if !waits {
		c = make(chan struct{})
		l.due[bot] = c
	}
	return c
}
