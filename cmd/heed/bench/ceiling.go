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
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"heed/runner"
)

// ceiling is what the machine does where nothing is decided: n things a second, of about
// so many bytes as the ledger keeps of an intent.
type ceiling struct {
	name string
	unit string
	run  func(ctx context.Context, dir string, n, bytes int) (float64, error)
}

const (
	barePull   = "pull and ack"
	bareLive   = "publish, pull and ack"
	bareInsert = "insert"
)

var ceilings = []ceiling{
	{barePull, "messages/s", func(ctx context.Context, dir string, n, _ int) (float64, error) {
		return bareQueue(ctx, dir, n, true, false)
	}},
	{bareLive, "messages/s", func(ctx context.Context, dir string, n, _ int) (float64, error) {
		return bareQueue(ctx, dir, n, true, true)
	}},
	{barePull + ", synced later", "messages/s", func(ctx context.Context, dir string, n, _ int) (float64, error) {
		return bareQueue(ctx, dir, n, false, false)
	}},
	{bareInsert, "rows/s", bareRows},
}

// bareQueue pulls and acknowledges n lines of a plain work queue, one by one; with live
// they are published meanwhile. With always each step is on the disk before the next, as
// heed's road has it.
func bareQueue(ctx context.Context, dir string, n int, always, live bool) (rate float64, err error) {
	s, err := server.NewServer(&server.Options{DontListen: true, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true,
		SyncAlways: always, SyncInterval: time.Second})
	if err != nil {
		return 0, err
	}
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	if !s.ReadyForConnections(10 * time.Second) {
		return 0, errors.New("the NATS server is not ready")
	}
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		return 0, err
	}
	defer nc.Close()
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(256))
	if err != nil {
		return 0, err
	}
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "Q", Subjects: []string{"q"}, Retention: jetstream.WorkQueuePolicy}); err != nil {
		return 0, err
	}
	c, err := js.CreateConsumer(ctx, "Q", jetstream.ConsumerConfig{AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 1 << 20})
	if err != nil {
		return 0, err
	}
	publish := func() error {
		for _, l := range roadLines(1, n) {
			if _, err := js.PublishAsync("q", l.text, jetstream.WithStallWait(time.Minute)); err != nil {
				return err
			}
		}
		<-js.PublishAsyncComplete()
		return nil
	}
	published := make(chan error, 1)
	if live {
		defer func() { err = errors.Join(err, <-published) }()
	} else if err := publish(); err != nil {
		return 0, err
	}
	began := time.Now()
	if live {
		go func() { published <- publish() }()
	}
	if err := pullAll(ctx, c, n); err != nil {
		return 0, err
	}
	// The server works acks off in order, and answers the state after them.
	info, err := js.Stream(ctx, "Q")
	for err == nil && info.CachedInfo().State.Msgs > 0 {
		info, err = js.Stream(ctx, "Q")
	}
	return float64(n) / time.Since(began).Seconds(), err
}

func pullAll(ctx context.Context, c jetstream.Consumer, n int) error {
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
func bareRows(ctx context.Context, dir string, n, bytes int) (rate float64, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	opts := url.Values{"_busy_timeout": {"5000"}, "_synchronous": {"FULL"}, "_foreign_keys": {"1"}, "_mutex": {"no"},
		"_secure_delete": {"1"}, "_txlock": {"immediate"}, "_journal_mode": {"WAL"}}
	u := url.URL{Path: filepath.Join(dir, "rows.db")}
	db, err := sql.Open("sqlite3", "file:"+u.EscapedPath()+"?"+opts.Encode())
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `PRAGMA wal_autocheckpoint = 8000; CREATE TABLE kept (n INTEGER PRIMARY KEY, what BLOB)`); err != nil {
		return 0, err
	}
	what := make([]byte, bytes)
	began := time.Now()
	for done := 0; done < n; done += rowBatch {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return 0, err
		}
		add, err := tx.PrepareContext(ctx, `INSERT INTO kept (what) VALUES (?)`)
		for i := 0; err == nil && i < min(rowBatch, n-done); i++ {
			_, err = add.ExecContext(ctx, what)
		}
		if err = errors.Join(err, tx.Commit()); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
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
