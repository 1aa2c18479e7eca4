package scripts

import (
	"sync"
	"time"
)

// watch looks at all runs of a keeper that are under way, at each tick one after the
// other: a thousand scripts that sleep must not cost a thousand timers.
type watch struct {
	every time.Duration

	mu   sync.Mutex
	runs map[*process]bool
	over chan struct{} // closed when the last run is over
}

func newWatch(every time.Duration) *watch {
	return &watch{every: every, runs: map[*process]bool{}}
}

// begin has a run looked at from now on.
func (w *watch) begin(p *process) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.runs) == 0 {
		w.over = make(chan struct{})
		go w.look(w.over)
	}
	w.runs[p] = true
}

// end returns when nobody looks at a run any more, or ends it for what it took.
func (w *watch) end(p *process) {
	w.mu.Lock()
	if delete(w.runs, p); len(w.runs) == 0 {
		close(w.over)
	}
	w.mu.Unlock()
	p.checking.Lock() // for good
}

func (w *watch) look(over <-chan struct{}) {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-tick.C:
		}
		for _, p := range w.all() {
			p.check()
		}
	}
}

func (w *watch) all() []*process {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]*process, 0, len(w.runs))
	for p := range w.runs {
		all = append(all, p)
	}
	return all
}
