package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
)

// maxShots is how many snapshots a world keeps in memory.
const maxShots = 16

// shot is a world at one moment.
type shot struct {
	state []byte
	at    time.Time
	lag   time.Duration
}

// Snapshot keeps the world under a name, in memory alone; an older one of that name
// goes. Faults and calls stay out.
func (w *World) Snapshot(name string) error {
	if len(name) == 0 || len(name) > 64 {
		return fmt.Errorf("snapshot %q: needs a name of 1 to 64 bytes", name)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, again := w.shots[name]; !again && len(w.shots) >= maxShots {
		return fmt.Errorf("snapshot %q: %d are kept, and no more", name, maxShots)
	}
	b, err := json.Marshal(&w.st, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("snapshot %q: %w", name, err)
	}
	w.shots[name] = shot{b, w.opt.Now(), w.opt.Lag}
	return nil
}

// Reset goes back to a snapshot; "" is an empty world of the same seed. A driven
// clock goes back too; of an empty world it stays. Faults and calls are forgotten,
// used signatures are not.
func (w *World) Reset(name string) error {
	if err := w.reset(name); err != nil {
		return err
	}
	w.ClearFaults()
	return nil
}

func (w *World) reset(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	st, back := newState(w.st.Seed), shot{lag: w.opt.Lag}
	if name != "" {
		kept, there := w.shots[name]
		if !there {
			return fmt.Errorf("reset %q: no such snapshot", name)
		}
		st, back = newState(0), kept
		if err := json.Unmarshal(kept.state, &st); err != nil {
			return fmt.Errorf("reset %q: %w", name, err)
		}
	}
	w.st, w.opt.Lag, w.calls, w.book = st, back.lag, nil, book{}
	w.dice = rand.New(rand.NewPCG(st.Seed, 0x5eed))
	if w.opt.Clock != nil && name != "" {
		w.opt.Clock.back(back.at)
	}
	return w.reindex()
}

func (w *World) controlSnapshot(_ *http.Request, b []byte) (any, error) {
	var in struct {
		Name string `json:"name"`
	}
	if err := strict(b, &in); err != nil {
		return nil, err
	}
	return nil, w.Snapshot(in.Name)
}

func (w *World) controlReset(_ *http.Request, b []byte) (any, error) {
	var in struct {
		To *string `json:"to"`
	}
	if err := strict(b, &in); err != nil {
		return nil, err
	}
	if in.To == nil {
		return nil, fmt.Errorf(`reset: needs "to"; "" empties the world`)
	}
	return nil, w.Reset(*in.To)
}
