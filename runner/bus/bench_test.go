package bus_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"heed/runner"
	"heed/runner/bus"
)

// BenchmarkRoad is publish, receive and accept, in frames of one and of 64 lines of
// 300 bytes from 32 bots at once; durable, and with a sync of the disk each second.
// heed bench road has the bare measures beside it.
func BenchmarkRoad(b *testing.B) {
	for _, sync := range []time.Duration{0, time.Second} {
		for _, lines := range []int{1, 64} {
			b.Run(fmt.Sprintf("sync=%s/lines=%d", sync, lines), func(b *testing.B) { road64(b, sync, lines) })
		}
	}
}

func road64(b *testing.B, every time.Duration, lines int) {
	bs := open(b, bus.Options{SyncInterval: every})
	f := runner.Frame{Run: "run:bench", First: 1}
	for range lines {
		f.Lines = append(f.Lines, make300())
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	left := b.N
	room := map[int]chan struct{}{} // less than a bot's quota: what is accepted leaves the road a little later
	for i := range 32 {
		room[i] = make(chan struct{}, bus.MaxUnread/2)
		for range bus.MaxUnread / 2 {
			room[i] <- struct{}{}
		}
	}
	b.ResetTimer()
	go func() {
		done <- bs.Receive(ctx, func(d runner.Delivery) {
			if err := d.Accept(); err != nil {
				b.Error(err)
			}
			i, _ := strconv.Atoi(d.Bot[3:])
			room[i] <- struct{}{}
			if left--; left == 0 {
				cancel()
			}
		})
	}()
	const bots = 32
	var wg sync.WaitGroup
	for i := range bots {
		wg.Go(func() {
			for n := i; n < b.N; n += bots {
				<-room[i]
				if err := bs.Publish(b.Context(), fmt.Sprintf("bot%d", i), f); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	<-done
	b.ReportMetric(float64(b.N*lines)/b.Elapsed().Seconds(), "intents/s")
}

func make300() []byte {
	l := make([]byte, 300)
	for i := range l {
		l[i] = 'x'
	}
	return l
}

// BenchmarkDurable is what it costs that acknowledged means durable: publishes of one
// frame at a time, and of 32 bots at once, as both settings in turn.
func BenchmarkDurable(b *testing.B) {
	for _, bots := range []int{1, 32} {
		b.Run(fmt.Sprintf("bots=%d", bots), func(b *testing.B) {
			var took [2]time.Duration
			roads := [2]*bus.Bus{open(b, bus.Options{}), open(b, bus.Options{SyncInterval: time.Second})}
			for _, road := range roads {
				ctx, cancel := context.WithCancel(b.Context())
				defer cancel()
				go func() { _ = road.Receive(ctx, func(d runner.Delivery) { _ = d.Accept() }) }()
			}
			f := runner.Frame{Run: "run:bench", First: 1, Lines: [][]byte{make300()}}
			n := 0
			for b.Loop() {
				n++
				for i, road := range roads {
					began := time.Now()
					var wg sync.WaitGroup
					for bot := range bots {
						wg.Go(func() {
							for road.Publish(b.Context(), fmt.Sprintf("bot%d", bot), f) != nil && b.Context().Err() == nil {
							}
						})
					}
					wg.Wait()
					took[i] += time.Since(began)
				}
			}
			b.ReportMetric(float64(n*bots)/took[0].Seconds(), "durable/s")
			b.ReportMetric(float64(n*bots)/took[1].Seconds(), "later/s")
			b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "times")
		})
	}
}
