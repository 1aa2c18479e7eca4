package bus_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heed/runner"
	"heed/runner/bus"
)

// BenchmarkRoad is publish, receive and accept, in frames of one and of 64 lines of
// 300 bytes from 32 bots at once; durable, and with a sync of the disk each second.
// BenchmarkBare is the measure beside it.
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
	room := map[int]chan struct{}{} // less than a bot's quota
	for i := range 32 {
		room[i] = make(chan struct{}, 96)
		for range 96 {
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

// BenchmarkBare pulls and acknowledges what lies in a plain work queue.
func BenchmarkBare(b *testing.B) {
	for _, always := range []bool{true, false} {
		b.Run(fmt.Sprintf("syncAlways=%t", always), func(b *testing.B) { bare(b, always) })
	}
}

func bare(b *testing.B, always bool) {
	s, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: b.TempDir(), NoSigs: true, NoLog: true,
		SyncAlways: always, SyncInterval: time.Second})
	must(b, err)
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	if !s.ReadyForConnections(10 * time.Second) {
		b.Fatal("not ready")
	}
	nc, err := nats.Connect("", nats.InProcessServer(s))
	must(b, err)
	defer nc.Close()
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(256))
	must(b, err)
	_, err = js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "Q", Subjects: []string{"q"}, Retention: jetstream.WorkQueuePolicy})
	must(b, err)
	c, err := js.CreateConsumer(b.Context(), "Q", jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 1 << 20})
	must(b, err)
	line := make300()
	for range b.N {
		_, err = js.PublishAsync("q", line, jetstream.WithStallWait(time.Minute))
		must(b, err)
	}
	<-js.PublishAsyncComplete()
	b.ResetTimer()
	it, err := c.Messages(jetstream.PullMaxMessages(8192), jetstream.PullExpiry(2*time.Second), jetstream.PullHeartbeat(500*time.Millisecond))
	must(b, err)
	defer it.Stop()
	began := time.Now()
	for n := 0; n < b.N; {
		m, err := it.Next()
		if err != nil && time.Since(began) > 5*time.Minute {
			b.Fatalf("only %d of %d messages were pulled: %v", n, b.N, err)
		}
		if err != nil {
			continue // a missed heartbeat
		}
		must(b, m.Ack())
		n++
	}
	must(b, nc.Flush())
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
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
