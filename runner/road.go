package runner

import "sync"

// roadWidth is how many frames of one bot may wait between the bus and the ledger.
const roadWidth = 256

// road is a bot's frames that wait for its intake, in order. It has memory for those
// alone that are there.
type road struct {
	mu     sync.Mutex
	frames []Delivery
}

// put says whether there was room.
func (r *road) put(d Delivery) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.frames) >= roadWidth {
		return false
	}
	r.frames = append(r.frames, d)
	return true
}

// take gives the oldest frames, most at once.
func (r *road) take(most int) []Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.frames) <= most {
		all := r.frames
		r.frames = nil
		return all
	}
	some := r.frames[:most:most]
	r.frames = r.frames[most:]
	return some
}
