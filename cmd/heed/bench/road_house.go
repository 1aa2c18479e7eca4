package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"heed/bots"
	"heed/runner"
	"heed/runner/bus"
	"heed/runner/ledger"
)

// roadHouse is a whole heed but for X and the scripts: ledger, bus, runner and every guard.
type roadHouse struct {
	ledger *ledger.Ledger
	bus    *bus.Bus
	meter  *meter
	gate   chan struct{} // closed when heed may take what is on the road
	end    context.CancelFunc
	ended  chan error
}

// openRoad starts a house of so many bots, and returns when each bot's inbox and account
// were looked at: from then on turns are taken. It is to do n acts.
func openRoad(ctx context.Context, dir string, n, acts int) (_ *roadHouse, err error) {
	h := &roadHouse{gate: make(chan struct{}), ended: make(chan error, 1)}
	ctx, h.end = context.WithCancel(ctx)
	if h.ledger, err = ledger.Open(filepath.Join(dir, "heed.db"), ledger.Options{}); err != nil {
		return nil, err
	}
	house := runner.House{Poll: time.Hour}
	pipeline, err := lawful()
	if err != nil {
		return nil, errors.Join(err, h.ledger.Close())
	}
	var names []string
	for i := range n {
		b := roadBot(i)
		names = append(names, b.Name)
		house.Charges = append(house.Charges, runner.Charge{Bot: b, Pipeline: pipeline})
	}
	h.bus, err = bus.Open(ctx, bus.Options{Dir: filepath.Join(dir, "nats"), Listen: "127.0.0.1:0", Bots: func() []string { return names }})
	if err != nil {
		return nil, errors.Join(err, h.ledger.Close())
	}
	h.meter = &meter{Ledger: h.ledger, judged: make([]atomic.Int64, acts), published: make([]atomic.Int64, acts), done: make(chan struct{})}
	r := &runner.Runner{Ledger: h.meter, Bus: gated{h.bus, h.gate}, Platform: atOnce{}, Log: func(rec runner.Record) { h.meter.fault(rec) }}
	go func() { h.ended <- r.Run(ctx, house) }()
	if err := h.looked(ctx, names); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

// looked waits until every bot's inbox and account were looked at and written down.
func (h *roadHouse) looked(ctx context.Context, names []string) error {
	for _, name := range names {
		for {
			_, err := h.ledger.Profile(ctx, name)
			at, again := h.ledger.InboxAt(ctx, name)
			if err == nil && again == nil && !at.IsZero() {
				break
			}
			select {
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return nil
}

func (h *roadHouse) open() { close(h.gate) }

// await returns when every act is written down.
func (h *roadHouse) await(ctx context.Context) error {
	patience := time.NewTimer(5 * time.Minute)
	defer patience.Stop()
	select {
	case <-h.meter.done:
		return nil
	case err := <-h.ended:
		h.ended <- err
		return fmt.Errorf("heed ended: %w", err)
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
	}
	return fmt.Errorf("only %d of %d acts were done; %s", h.meter.settled.Load(), len(h.meter.judged), h.meter.why())
}

func (h *roadHouse) close() error {
	h.end()
	err := <-h.ended
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, h.bus.Close(), h.ledger.Close())
}

// latencies are from publish to verdict; of what waited, from the opening of the road.
func (h *roadHouse) latencies(began time.Time, waited bool) (p50, p99 float64) {
	var all []float64
	for i := range h.meter.judged {
		from := h.meter.published[i].Load()
		if waited {
			from = began.UnixNano()
		}
		all = append(all, float64(h.meter.judged[i].Load()-from)/1e6)
	}
	return percentile(all, 50), percentile(all, 99)
}

// keptBytes is what the ledger keeps of one intent in words: the bytes of its line, its
// verdict and its facts.
func (h *roadHouse) keptBytes(ctx context.Context) (int, error) {
	bytes, n := 0, 0
	err := h.ledger.Judged(ctx, time.Time{}, func(c runner.Case) error {
		b, err := weigh(c)
		bytes, n = bytes+b, n+1
		if n == 100 {
			return errEnough
		}
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return 0, err
	}
	return bytes / max(n, 1), nil
}

var errEnough = errors.New("enough")

func roadBot(i int) bots.Bot {
	name := "bot" + strconv.Itoa(i)
	return bots.Bot{Name: name, Handle: "@" + name, Mode: bots.Live, Actions: []bots.Action{bots.Post},
		House: bots.House{Operator: bots.Operator{Name: "Bench Lab"}, Environment: bots.Production, Tier: bots.SelfServe}}
}

// gated is a bus that hands nothing over before its gate is open.
type gated struct {
	runner.Bus
	gate <-chan struct{}
}

func (g gated) Receive(ctx context.Context, handle func(runner.Delivery)) error {
	select {
	case <-g.gate:
		return g.Bus.Receive(ctx, handle)
	case <-ctx.Done():
		return ctx.Err()
	}
}
