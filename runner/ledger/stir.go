package ledger

import (
	"slices"

	"heed/runner"
)

// stir says that a bot, or with runner.EveryBot each of them, may have something due now.
// It is told once the batch is on the disk.
func (t *tx) stir(bot string) {
	if !slices.Contains(t.stirred, bot) {
		t.stirred = append(t.stirred, bot)
	}
}

// stir closes and replaces the channels of who waits for these bots.
func (l *Ledger) stir(bots ...string) {
	if len(bots) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.changed)
	l.changed = make(chan struct{})
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

// Due is the same for one bot: the others' writes do not close it.
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
