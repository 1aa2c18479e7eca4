package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// removeEvery is how long an accepted frame may stay on the road, so that others share
	// its removal: each removal waits for the disk, and holds up who publishes meanwhile.
	removeEvery = 5 * time.Millisecond
	// removeAlone is how long it may stay because one before it is not accepted: then it is
	// removed by itself, and leaves its bot the room.
	removeAlone = 100 * time.Millisecond
	// fewest frames are worth a removal together.
	fewest = 4
)

// takings are the frames that one Receive has handed over, and takes off the road once
// they are accepted. The road gives them out by ascending numbers: where all up to a
// number are accepted, they go in one removal, whatever bots they are of.
type takings struct {
	bus *Bus

	removing sync.Mutex // held over a removal

	mu    sync.Mutex
	over  bool               // all is handed over anew, perhaps of another stream
	last  uint64             // the highest number handed over
	order []*taking          // not removed yet, by number
	known map[uint64]*taking // the same
	armed bool               // a removal is to come
}

// taking is one frame.
type taking struct {
	seq      uint64
	reply    string    // where it is accepted by itself
	accepted time.Time // zero: not yet
	removed  bool      // by itself
}

func newTakings(b *Bus) *takings { return &takings{bus: b, known: map[uint64]*taking{}} }

// handed notes a frame that is handed over, and gives its way of being accepted. One that
// comes another time is accepted by itself if it was accepted before: its removal failed.
func (t *takings) handed(seq uint64, reply string) (accept func() error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if seq > t.last {
		t.last = seq
		one := &taking{seq: seq, reply: reply}
		t.order, t.known[seq] = append(t.order, one), one
	}
	return func() error { return t.accept(seq, reply) }
}

func (t *takings) accept(seq uint64, reply string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over { // it comes again; by its number another frame might be taken for it
		return nil
	}
	one := t.known[seq]
	if one == nil || one.removed {
		return t.bus.acceptAlone(reply)
	}
	if one.accepted.IsZero() {
		one.accepted = time.Now()
	}
	t.arm()
	return nil
}

// arm sees to it that a removal comes. The caller holds the lock.
func (t *takings) arm() {
	if !t.armed {
		t.armed = true
		time.AfterFunc(removeEvery, func() { t.remove(removeAlone) })
	}
}

// remove takes off the road what is accepted; of what others stand before, only what was
// accepted so long ago. What cannot be removed now comes again, which is no harm.
func (t *takings) remove(patience time.Duration) {
	t.removing.Lock()
	defer t.removing.Unlock()
	upTo, alone := t.next(time.Now().Add(-patience))
	var err error
	if upTo > 0 {
		err = t.bus.removeUpTo(upTo)
	}
	for _, reply := range alone {
		err = errors.Join(err, t.bus.acceptAlone(reply))
	}
	if err != nil && t.bus.closing.Err() == nil {
		t.bus.opts.Logf("bus: what was accepted stays on the road for a while: %s", err)
	}
}

// next says up to which number all frames go together, and which go by themselves: the
// few that are not worth it, and those accepted before a moment that others stand before.
func (t *takings) next(before time.Time) (upTo uint64, alone []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed = false
	n, still := 0, 0
	for ; n < len(t.order) && !t.order[n].accepted.IsZero(); n++ {
		if !t.order[n].removed {
			still++
		}
		delete(t.known, t.order[n].seq)
	}
	together, rest := t.order[:n], t.order[n:]
	if still >= fewest {
		upTo, together = together[n-1].seq, nil
	}
	for _, one := range together {
		if !one.removed {
			alone = append(alone, one.reply)
		}
	}
	for _, one := range rest {
		switch {
		case one.accepted.IsZero() || one.removed:
		case one.accepted.After(before):
			t.arm()
		default:
			one.removed, alone = true, append(alone, one.reply)
		}
	}
	clear(t.order[:n])
	t.order = rest
	return upTo, alone
}

// takeAnew lets nothing more be removed of what was handed over so far: all of it comes
// again, or is gone with its stream, and the numbers of another stream begin at 1. It
// waits for a removal that is under way.
func (b *Bus) takeAnew() {
	t := b.takings.Swap(newTakings(b))
	if t == nil {
		return
	}
	t.removing.Lock()
	defer t.removing.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over, t.order, t.known = true, nil, nil
}

var ack = []byte("+ACK")

func (b *Bus) acceptAlone(reply string) error {
	b.accepted.Store(&reply)
	return b.nc.Publish(reply, ack)
}

// removeUpTo removes every frame up to a number, all in one write.
func (b *Bus) removeUpTo(seq uint64) error {
	ctx, cancel := context.WithTimeout(context.Background(), wipeTime)
	defer cancel()
	req, err := json.Marshal(map[string]any{"filter": intentSubject("*"), "seq": seq + 1})
	if err != nil {
		return err
	}
	m, err := b.nc.RequestWithContext(ctx, "$JS.API.STREAM.PURGE."+Stream, req)
	if err != nil {
		return err
	}
	var answer struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return fmt.Errorf("purge of %s: %w", Stream, err)
	}
	if answer.Error != nil {
		return answer.Error
	}
	return nil
}
