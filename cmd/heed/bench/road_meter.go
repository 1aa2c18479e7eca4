package bench

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// meter notes when verdicts were durable, and counts the acts that were written down.
type meter struct {
	runner.Ledger
	judged    []atomic.Int64 // Unix nanoseconds, by the intent's number
	published []atomic.Int64
	settled   atomic.Int64
	done      chan struct{}

	mu     sync.Mutex
	faults []string
	other  map[string]int // verdicts that let nothing pass, by code
}

func (m *meter) Decide(ctx context.Context, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	t, ok, next, err := m.Ledger.Decide(ctx, b, p, now)
	if err == nil && ok {
		m.verdict(t)
	}
	return t, ok, next, err
}

func (m *meter) verdict(t runner.Turn) {
	if i, err := strconv.Atoi(t.Key); err == nil && i < len(m.judged) {
		m.judged[i].Store(time.Now().UnixNano())
	}
	if t.State != runner.Doing {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.other == nil {
			m.other = map[string]int{}
		}
		m.other[string(t.State)+" "+t.Verdict.Code]++
	}
}

func (m *meter) Settle(ctx context.Context, c runner.Closing) error {
	err := m.Ledger.Settle(ctx, c)
	if err == nil {
		m.settle()
	}
	return err
}

func (m *meter) Next(ctx context.Context, c runner.Closing, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	t, ok, next, err := m.Ledger.Next(ctx, c, b, p, now)
	if err == nil {
		m.settle()
		if ok {
			m.verdict(t)
		}
	}
	return t, ok, next, err
}

func (m *meter) settle() {
	if m.settled.Add(1) == int64(len(m.judged)) {
		close(m.done)
	}
}

func (m *meter) fault(r runner.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, r.Code+": "+r.Message)
}

// why says what kept acts from being done.
func (m *meter) why() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fmt.Sprintf("verdicts %v, faults %.3q", m.other, m.faults)
}

// atOnce is a platform that answers at once.
type atOnce struct{}

func (atOnce) Do(_ context.Context, c runner.Claim) runner.Answer {
	return runner.Answer{Outcome: runner.Landed, Status: 201, PostID: bots.PostID(strconv.FormatInt(1<<60+c.Seq, 10))}
}

func (atOnce) Find(context.Context, runner.Claim) (runner.Found, error) { return runner.Found{}, nil }

func (atOnce) Listen(_ context.Context, _, cursor string) ([]runner.Said, string, error) {
	return nil, cursor, nil
}

func (atOnce) Profile(_ context.Context, bot string) (guards.Profile, error) {
	return guards.Profile{UserID: bots.UserID("9" + bot[len("bot"):]), Bio: "A bot by Bench Lab", Verified: true}, nil
}

func (atOnce) Author(context.Context, string, bots.PostID) (runner.Authorship, error) {
	return runner.Authorship{}, runner.ErrNotFound
}
