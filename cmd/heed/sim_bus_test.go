package main

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"heed/runner"
)

// chanBus is a road that redelivers what was not accepted, after a restart and in any
// order of bots.
type chanBus struct {
	mu    sync.Mutex
	queue []runner.Delivery
	seq   uint64
	next  int
	wake  chan struct{}
	rough func(n int) int // dice for what a bad road does; nil: it is a good one

	twice, late, swapped int // frames delivered twice, long after they were accepted, out of order
}

func (b *chanBus) Publish(_ context.Context, bot string, f runner.Frame) error {
	b.mu.Lock()
	b.seq++
	seq := b.seq
	b.mu.Unlock()
	b.again(bot, seq, f)
	return nil
}

// again puts a frame on the road, perhaps one that was there before.
func (b *chanBus) again(bot string, seq uint64, f runner.Frame) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := runner.Delivery{Bot: bot, Frame: f, Seq: seq, Accept: func() error { return b.accept(seq) }}
	b.queue = append(b.queue, d)
	if b.rough != nil {
		b.jolt(d)
	}
	poke(b.wake)
}

// jolt lets a frame overtake those before it, or be there twice. The caller holds the lock.
func (b *chanBus) jolt(d runner.Delivery) {
	last := len(b.queue) - 1
	switch b.rough(12) {
	case 0:
		b.queue = append(b.queue, d)
		b.twice++
	case 1:
		if to := b.next + b.rough(last-b.next+1); to < last {
			copy(b.queue[to+1:], b.queue[to:last])
			b.queue[to] = d
			b.swapped++
		}
	case 2:
		time.AfterFunc(time.Duration(1+b.rough(5400))*time.Second, func() { // long accepted, and there again
			b.mu.Lock()
			defer b.mu.Unlock()
			b.late++
			b.queue = append(b.queue, d)
			poke(b.wake)
		})
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (b *chanBus) accept(seq uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.IndexFunc(b.queue, func(d runner.Delivery) bool { return d.Seq == seq }); i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
		if i < b.next {
			b.next--
		}
	}
	return nil
}

// restart delivers again what was not accepted.
func (b *chanBus) restart() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next = 0
}

// holds says whether a bot's line of that key is still on the road.
func (b *chanBus) holds(bot, key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.queue, func(d runner.Delivery) bool {
		return d.Bot == bot && slices.ContainsFunc(d.Frame.Lines, func(line []byte) bool {
			return bytes.Contains(line, []byte(strconv.Quote(key)))
		})
	})
}

func (b *chanBus) Receive(ctx context.Context, handle func(runner.Delivery)) error {
	for {
		b.mu.Lock()
		var d runner.Delivery
		there := b.next < len(b.queue)
		if there {
			d = b.queue[b.next]
			b.next++
		}
		b.mu.Unlock()
		if there {
			handle(d)
			continue
		}
		select {
		case <-b.wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *chanBus) Tell(string, []byte) {}
