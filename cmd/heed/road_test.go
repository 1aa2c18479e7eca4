package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/bus"
	"heed/runner/ledger"
)

const (
	roadBots = 100
	roadEach = 95 // X allows 100 posts in a quarter of an hour, and 10,000 a day to an app
)

// BenchmarkWholeRoad takes 9,500 intents of 100 bots from their lines over NATS, the
// ledger and every guard to an act that is written down, durable as by default, on a
// platform that answers at once; and pulls and acknowledges as many bare messages of
// the same size in the same run. The ratio is what counts.
func BenchmarkWholeRoad(b *testing.B) {
	for b.Loop() {
		road := wholeRoad(b)
		bare := bareQueue(b)
		b.ReportMetric(road, "intents/s")
		b.ReportMetric(bare, "pull+ack/s")
		b.ReportMetric(road/bare, "road/bare")
	}
}

func wholeRoad(b *testing.B) float64 {
	dir := b.TempDir()
	l, err := ledger.Open(filepath.Join(dir, "heed.db"), ledger.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	road, err := bus.Open(b.Context(), bus.Options{Dir: filepath.Join(dir, "nats")})
	if err != nil {
		b.Fatal(err)
	}
	defer road.Close()
	house := runner.House{Poll: time.Hour}
	pipeline := guards.Default()
	for _, s := range pipeline.Stations {
		if s.Rule.Name == "post_rate" { // the house of this bench posts as much as X allows
			raise(b, s.Guard)
		}
	}
	for i := range roadBots {
		bot := bots.Bot{Name: fmt.Sprintf("bot%d", i), Handle: fmt.Sprintf("@bot%d", i), Mode: bots.Live, Actions: []bots.Action{bots.Post},
			House: bots.House{Operator: bots.Operator{Name: "Bench Lab"}, Environment: bots.Production, Tier: bots.SelfServe}}
		house.Charges = append(house.Charges, runner.Charge{Bot: bot, Pipeline: pipeline})
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	x := &instant{want: roadBots * roadEach, done: make(chan struct{})}
	r := &runner.Runner{Ledger: l, Bus: road, Platform: x, Log: func(rec runner.Record) { b.Log(rec.Message) }}
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx, house) }()
	texts := strings.Split(words(roadBots*roadEach), "\n")
	began := time.Now()
	for i := range roadBots {
		go func() {
			for j := 0; j < roadEach; j += 19 {
				f := runner.Frame{Run: "bench", First: j + 1}
				for k := j; k < j+19; k++ {
					line, _ := json.Marshal(map[string]any{"action": "post", "key": fmt.Sprintf("k%d", k), "text": texts[i*roadEach+k]})
					f.Lines = append(f.Lines, line)
				}
				if err := road.Publish(ctx, fmt.Sprintf("bot%d", i), f); err != nil {
					b.Error(err)
				}
			}
		}()
	}
	select {
	case <-x.done:
	case <-time.After(time.Minute):
		why := map[string]int{}
		cases, _ := l.Waiting(ctx, []runner.State{runner.Held, runner.Deferred, runner.Waiting, runner.Denied}, "", 10000)
		for _, c := range cases {
			why[string(c.State)+" "+c.Verdict.Code]++
		}
		b.Fatalf("only %d of %d acts were done: %v", x.got.Load(), x.want, why)
	}
	took := time.Since(began)
	cancel()
	<-ended
	return float64(x.want) / took.Seconds()
}

// raise sets a guard's numbers to their ceilings.
func raise(b *testing.B, g guards.Guard) {
	b.Helper()
	if err := json.Unmarshal([]byte(`{"PerHour":2400,"PerDay":2400}`), g); err != nil {
		b.Fatal(err)
	}
}

// instant is a platform that answers at once.
type instant struct {
	want int64
	got  atomic.Int64
	done chan struct{}
}

func (x *instant) Do(context.Context, runner.Claim) runner.Answer {
	n := x.got.Add(1)
	if n == x.want {
		close(x.done)
	}
	return runner.Answer{Outcome: runner.Landed, PostID: bots.PostID(fmt.Sprint(n))}
}

func (x *instant) Find(context.Context, runner.Claim) (runner.Found, error) {
	return runner.Found{}, nil
}

func (x *instant) Listen(_ context.Context, _, cursor string) ([]runner.Said, string, error) {
	return nil, cursor, nil
}

func (x *instant) Profile(_ context.Context, bot string) (guards.Profile, error) {
	return guards.Profile{UserID: bots.UserID("9" + strings.TrimPrefix(bot, "bot")), Bio: "A bot by Bench Lab", Verified: true}, nil
}

func (x *instant) Author(context.Context, string, bots.PostID) (runner.Authorship, error) {
	return runner.Authorship{}, runner.ErrNotFound
}

// bareQueue pulls and acknowledges messages of a like size from a plain work queue
// that syncs as heed's does, with nothing done in between.
func bareQueue(b *testing.B) float64 {
	s, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: b.TempDir(), NoSigs: true, NoLog: true, SyncAlways: true})
	if err != nil {
		b.Fatal(err)
	}
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	if !s.ReadyForConnections(10 * time.Second) {
		b.Fatal("NATS is not ready")
	}
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(256))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "Q", Subjects: []string{"q"}, Retention: jetstream.WorkQueuePolicy}); err != nil {
		b.Fatal(err)
	}
	c, err := js.CreateConsumer(b.Context(), "Q", jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 1 << 20})
	if err != nil {
		b.Fatal(err)
	}
	const n = roadBots * roadEach
	line := []byte(strings.Repeat("x", 200))
	for range n {
		if _, err := js.PublishAsync("q", line, jetstream.WithStallWait(time.Minute)); err != nil {
			b.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
	began := time.Now()
	it, err := c.Messages(jetstream.PullMaxMessages(8192), jetstream.PullExpiry(2*time.Second), jetstream.PullHeartbeat(500*time.Millisecond))
	if err != nil {
		b.Fatal(err)
	}
	defer it.Stop()
	for got := 0; got < n; {
		m, err := it.Next()
		if err != nil && time.Since(began) > time.Minute {
			b.Fatalf("only %d of %d messages were pulled: %v", got, n, err)
		}
		if err != nil {
			continue // a missed heartbeat
		}
		if err := m.Ack(); err != nil {
			b.Fatal(err)
		}
		got++
	}
	if err := nc.Flush(); err != nil {
		b.Fatal(err)
	}
	return n / time.Since(began).Seconds()
}
