package runner

import "time"

// stepTime is how long a lane may be at a step in which it waits for nobody but the
// ledger: far longer than a slow disk needs, since whoever asks may end heed for it.
const stepTime = 2 * time.Minute

// Stuck names a bot whose turns have not come on for longer than any step of theirs may
// take; "" while all turn. One that waits for its next intent turns. now is the time of
// timers.
func (r *Runner) Stuck(now time.Time) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, l := range r.lanes {
		if by := l.by.Load(); by != nil && now.After(*by) {
			return name
		}
	}
	return ""
}

// begins says that the lane's turns are at a step that ends within most.
func (l *lane) begins(most time.Duration) {
	by := time.Now().Add(most)
	l.by.Store(&by)
}

// rests says that the turns wait for an intent.
func (l *lane) rests() { l.by.Store(nil) }

// goesOn gives a step that came on, and is not over, its time anew. A lane that rests
// stays at rest.
func (l *lane) goesOn() {
	by := time.Now().Add(stepTime)
	if old := l.by.Load(); old != nil && old.Before(by) {
		l.by.CompareAndSwap(old, &by)
	}
}
