package metrics

import (
	"context"
	"math"
	"sync"
	"time"

	"heed/runner"
)

const (
	day   = 24 * 60 // minutes that are remembered
	steps = 8       // bounds to each doubling of a time: a percentile is off by 9 % at most
	least = 10 * time.Microsecond
	cells = steps * 24 // up to 160 seconds
)

// pulse keeps the beats of a day, and the times of the turns of this minute by their size.
type pulse struct {
	mu    sync.Mutex
	past  [day]runner.Beat // ring; At is zero where there is none
	next  int
	now   runner.Beat
	sizes [cells]int
}

// turn notes one turn that began at a time.
func (p *pulse) turn(began time.Time, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.roll(began)
	p.now.Turns++
	p.sizes[cellOf(took)]++
}

// queue notes how much waits.
func (p *pulse) queue(at time.Time, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.roll(at)
	p.now.Queue = n
}

// KeepQueue notes twice a minute how much waits or is deferred, until ctx ends: a minute in
// which nothing was decided is told of as well. What cannot be read is left as it was.
func (m *Metrics) KeepQueue(ctx context.Context, waiting func(context.Context) (map[string]map[runner.State]int, error)) {
	tick := time.NewTicker(time.Minute / 2)
	defer tick.Stop()
	for {
		if all, err := waiting(ctx); err == nil {
			n := 0
			for _, by := range all {
				n += by[runner.Waiting] + by[runner.Deferred]
			}
			m.pulse.queue(time.Now(), n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// roll ends a minute that is over. A clock that was put back goes on in the same minute.
func (p *pulse) roll(at time.Time) {
	at = at.Truncate(time.Minute)
	if !at.After(p.now.At) {
		return
	}
	if !p.now.At.IsZero() {
		p.now.P50, p.now.P99 = p.percentile(0.5), p.percentile(0.99)
		p.past[p.next] = p.now
		p.next = (p.next + 1) % day
	}
	p.now, p.sizes = runner.Beat{At: at, Queue: p.now.Queue}, [cells]int{}
}

// percentile is the upper bound of the cell where that part of the turns is reached.
func (p *pulse) percentile(part float64) time.Duration {
	if p.now.Turns == 0 {
		return 0
	}
	want, seen := int(math.Ceil(part*float64(p.now.Turns))), 0
	for i, n := range p.sizes {
		if seen += n; seen >= want {
			return time.Duration(float64(least) * math.Exp2(float64(i+1)/steps))
		}
	}
	return 0
}

func cellOf(d time.Duration) int {
	if d <= least {
		return 0
	}
	return min(int(math.Log2(float64(d)/float64(least))*steps), cells-1)
}

func (p *pulse) beats(since time.Time) (out []runner.Beat) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range day {
		if b := p.past[(p.next+i)%day]; !b.At.IsZero() && !b.At.Before(since) {
			out = append(out, b)
		}
	}
	return out
}
