package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heed/runner"
)

// ceiling is what the machine does where nothing is decided: n things, each of about so
// many bytes as the ledger keeps of an intent. It gives figures by their names.
type ceiling struct {
	name string
	run  func(ctx context.Context, dir string, n, bytes int) (map[string]float64, error)
}

const (
	barePull   = "pull and ack"
	bareLive   = "publish, pull and ack"
	bareInsert = "insert"
	bareHalf   = "publish to pull, half its pace"
)

var barePaced = fmt.Sprintf("publish to pull, %d/s", roadPace)

var ceilings = []ceiling{
	{barePull, queue(bareLoad{always: true})},
	{bareLive, queue(bareLoad{always: true, live: true})},
	{barePull + ", synced later", queue(bareLoad{})},
	{barePaced, queue(bareLoad{always: true, live: true, pace: roadPace})},
	{bareInsert, bareRows},
}

// bareLoad is how a plain work queue is used.
type bareLoad struct {
	always bool // each step is on the disk before the next, as heed's road has it
	live   bool // messages are published while they are pulled, and not before
	pace   int  // published a second; 0: as fast as they are taken
	half   bool // the pace is half of what the queue takes
}

func (b bareLoad) name() string {
	switch {
	case b.half:
		return bareHalf
	case b.pace > 0:
		return barePaced
	case b.live:
		return bareLive
	case b.always:
		return barePull
	}
	return barePull + ", synced later"
}

// queue pulls and acknowledges n lines of a plain work queue, one by one.
func queue(load bareLoad) func(context.Context, string, int, int) (map[string]float64, error) {
	return func(ctx context.Context, dir string, n, _ int) (map[string]float64, error) {
		s, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true,
			SyncAlways: load.always, SyncInterval: time.Second})
		if err != nil {
			return nil, err
		}
		s.Start()
		defer func() { s.Shutdown(); s.WaitForShutdown() }()
		if !s.ReadyForConnections(10 * time.Second) {
			return nil, errors.New("the NATS server is not ready")
		}
		nc, err := nats.Connect("", nats.InProcessServer(s))
		if err != nil {
			return nil, err
		}
		defer nc.Close()
		return load.use(ctx, nc, n)
	}
}

func (b bareLoad) use(ctx context.Context, nc *nats.Conn, n int) (_ map[string]float64, err error) {
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(256))
	if err != nil {
		return nil, err
	}
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "Q", Subjects: []string{"q"}, Retention: jetstream.WorkQueuePolicy}); err != nil {
		return nil, err
	}
	c, err := js.CreateConsumer(ctx, "Q", jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 1 << 20})
	if err != nil {
		return nil, err
	}
	sent := make([]atomic.Int64, n)
	published := make(chan error, 1)
	if !b.live {
		if err := b.publish(js, sent); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	if b.live {
		go func() { published <- b.publish(js, sent) }()
		defer func() { err = errors.Join(err, <-published) }()
	}
	took := make([]float64, 0, n)
	if err := pullAll(ctx, c, n, func() { took = append(took, float64(time.Now().UnixNano()-sent[len(took)].Load())/1e6) }); err != nil {
		return nil, err
	}
	// The server works acks off in order, and answers the state after them.
	info, err := js.Stream(ctx, "Q")
	for err == nil && info.CachedInfo().State.Msgs > 0 {
		info, err = js.Stream(ctx, "Q")
	}
	if b.pace > 0 {
		return map[string]float64{b.name() + ", p50": percentile(took, 50), b.name() + ", p99": percentile(took, 99)}, err
	}
	return map[string]float64{b.name(): float64(n) / time.Since(began).Seconds()}, err
}

func (b bareLoad) publish(js jetstream.JetStream, sent []atomic.Int64) error {
	began := time.Now()
	for i, l := range roadLines(1, len(sent)) {
		if b.pace > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(b.pace))))
		}
		sent[i].Store(time.Now().UnixNano())
		if _, err := js.PublishAsync("q", l.text, jetstream.WithStallWait(time.Minute)); err != nil {
			return err
		}
	}
	<-js.PublishAsyncComplete()
	return nil
}

func pullAll(ctx context.Context, c jetstream.Consumer, n int, each func()) error {
	it, err := c.Messages(jetstream.PullMaxMessages(8192), jetstream.PullExpiry(2*time.Second), jetstream.PullHeartbeat(500*time.Millisecond))
	if err != nil {
		return err
	}
	defer it.Stop()
	late := time.Now().Add(5 * time.Minute)
	for got := 0; got < n; {
		m, err := it.Next(jetstream.NextContext(ctx))
		switch {
		case err == nil:
			got++
			each()
			err = m.Ack()
		case errors.Is(err, jetstream.ErrNoHeartbeat) && time.Now().Before(late): // the client missed a wake-up
			err = nil
		default:
			err = fmt.Errorf("only %d of %d messages were pulled: %w", got, n, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rowBatch is how many rows share a commit at most, as in the ledger.
const rowBatch = 256

// bareRows appends n rows of so many bytes to a table without an index, with the settings
// of the ledger's own file.
func bareRows(ctx context.Context, dir string, n, bytes int) (_ map[string]float64, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	opts := url.Values{"_busy_timeout": {"5000"}, "_synchronous": {"FULL"}, "_foreign_keys": {"1"}, "_mutex": {"no"},
		"_secure_delete": {"1"}, "_txlock": {"immediate"}, "_journal_mode": {"WAL"}}
	u := url.URL{Path: filepath.Join(dir, "rows.db")}
	db, err := sql.Open("sqlite3", "file:"+u.EscapedPath()+"?"+opts.Encode())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `PRAGMA wal_autocheckpoint = 8000; CREATE TABLE kept (n INTEGER PRIMARY KEY, what BLOB)`); err != nil {
		return nil, err
	}
	what := make([]byte, bytes)
	began := time.Now()
	for done := 0; done < n; done += rowBatch {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return nil, err
		}
		add, err := tx.PrepareContext(ctx, `INSERT INTO kept (what) VALUES (?)`)
		for i := 0; err == nil && i < min(rowBatch, n-done); i++ {
			_, err = add.ExecContext(ctx, what)
		}
		if err = errors.Join(err, tx.Commit()); err != nil {
			return nil, err
		}
	}
	return map[string]float64{bareInsert: float64(n) / time.Since(began).Seconds()}, nil
}

// weigh is how many bytes the ledger keeps of an intent: its line, its verdict, its facts.
func weigh(c runner.Case) (int, error) {
	verdict, err := json.Marshal(c.Verdict)
	if err != nil {
		return 0, err
	}
	facts, err := json.Marshal(c.Facts)
	return len(c.Stored) + len(verdict) + len(facts), err
}
