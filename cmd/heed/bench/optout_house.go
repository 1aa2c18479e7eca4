package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/bus"
	"heed/runner/ledger"
)

// stopHouse is a heed with its own ledger and bus, and a platform that answers at once.
type stopHouse struct {
	ledger *ledger.Ledger
	bus    *bus.Bus
	meter  *stopMeter
	x      *stopX
	end    context.CancelFunc
	ended  chan error
}

func openStops(ctx context.Context, dir string) (_ *stopHouse, err error) {
	h := &stopHouse{x: newStopX(), ended: make(chan error, 1)}
	if h.ledger, err = ledger.Open(filepath.Join(dir, "optout.db"), ledger.Options{}); err != nil {
		return nil, err
	}
	if h.bus, err = bus.Open(ctx, bus.Options{Dir: filepath.Join(dir, "optout-nats")}); err != nil {
		return nil, errors.Join(err, h.ledger.Close())
	}
	h.meter = &stopMeter{Ledger: h.ledger, events: map[string]*heardEvent{}, at: map[string][]float64{}}
	h.x.told = h.meter.told
	house := runner.House{Poll: 500 * time.Millisecond}
	pipeline, err := lawful()
	if err != nil {
		return nil, errors.Join(err, h.bus.Close(), h.ledger.Close())
	}
	for i := range stopBots {
		house.Charges = append(house.Charges, runner.Charge{Pipeline: pipeline, Bot: bots.Bot{Name: stopBot(i), Handle: "@" + stopBot(i),
			Mode: bots.Live, Actions: []bots.Action{bots.Post, bots.DM},
			House: bots.House{Operator: bots.Operator{Name: "Bench Lab"}, Environment: bots.Production, Tier: bots.Enterprise}}})
	}
	ready := make(chan struct{})
	ctx, h.end = context.WithCancel(ctx)
	r := &runner.Runner{Ledger: h.meter, Bus: h.bus, Platform: h.x, Pushes: h.x, Log: h.meter.fault, Ready: func() { close(ready) }}
	go func() { h.ended <- r.Run(ctx, house) }()
	select {
	case <-ready:
		return h, nil
	case err := <-h.ended:
		h.ended <- err
		return nil, errors.Join(fmt.Errorf("heed ended: %w", err), h.close())
	}
}

func (h *stopHouse) close() error {
	h.end()
	return errors.Join(<-h.ended, h.bus.Close(), h.ledger.Close())
}

func stopBot(i int) string { return "bot" + strconv.Itoa(i%stopBots) }

// stopMeter notes when what was heard was on the disk, and counts verdicts.
type stopMeter struct {
	runner.Ledger
	published, judged atomic.Int64

	mu     sync.Mutex
	events map[string]*heardEvent
	at     map[string][]float64 // by way: ms from told to heard, of stops
	last   string
}

type heardEvent struct {
	way  string
	told time.Time // when it was handed to heed
	done chan struct{}
}

func (m *stopMeter) expect(event, way string) <-chan struct{} {
	e := &heardEvent{way: way, done: make(chan struct{})}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events[event] = e
	return e.done
}

// told notes that an event is handed to heed now.
func (m *stopMeter) told(event string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.events[event]; e != nil {
		e.told = time.Now()
	}
}

func (m *stopMeter) Hear(ctx context.Context, h runner.Heard) (runner.Receipt, error) {
	receipt, err := m.Ledger.Hear(ctx, h)
	now := time.Now()
	if err != nil {
		return receipt, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.events[h.Event]; e != nil && receipt.New {
		if h.Word.Meaning == runner.WantsOut {
			m.at[e.way] = append(m.at[e.way], now.Sub(e.told).Seconds()*1000)
		}
		delete(m.events, h.Event)
		close(e.done)
	}
	return receipt, nil
}

func (m *stopMeter) Decide(ctx context.Context, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	t, ok, next, err := m.Ledger.Decide(ctx, b, p, now)
	if err == nil && ok {
		m.judged.Add(1)
	}
	return t, ok, next, err
}

// Next takes a turn too, right after the end of an act.
func (m *stopMeter) Next(ctx context.Context, c runner.Closing, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	t, ok, next, err := m.Ledger.Next(ctx, c, b, p, now)
	if err == nil && ok {
		m.judged.Add(1)
	}
	return t, ok, next, err
}

func (m *stopMeter) took(way string) []float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at[way]
}

func (m *stopMeter) fault(r runner.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = r.Code + ": " + r.Message
}

func (m *stopMeter) why() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return "the last that heed said: " + m.last
}

// stopX is a platform that answers at once, and on which people speak as the bench says.
type stopX struct {
	atOnce // what it is asked to do

	told   func(event string)
	pushes chan runner.Push

	mu    sync.Mutex
	boxes map[string][]runner.Said
}

func newStopX() *stopX {
	return &stopX{pushes: make(chan runner.Push), boxes: map[string][]runner.Said{}}
}

func (x *stopX) put(s runner.Said) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.boxes[s.Bot] = append(x.boxes[s.Bot], s)
}

func (x *stopX) Listen(_ context.Context, bot, cursor string) ([]runner.Said, string, error) {
	x.mu.Lock()
	said := x.boxes[bot]
	delete(x.boxes, bot)
	x.mu.Unlock()
	for _, s := range said {
		x.told(s.Event)
	}
	return said, cursor, nil
}

// Follow implements runner.Pushes.
func (x *stopX) Follow(ctx context.Context, handle func(runner.Push)) error {
	for {
		select {
		case p := <-x.pushes:
			x.told(p.Event)
			handle(p)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Since implements runner.Pushes: what is polled is not told, so that nothing is polled
// more rarely.
func (x *stopX) Since(string) time.Time { return time.Time{} }
