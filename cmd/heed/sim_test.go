package main

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/platform"
	"heed/runner/sandbox"
)

// What the simulations share: a house of live bots at a sandboxed X behind pipes that a
// driven clock can wait for, a road that delivers again, and processes that die.

// simHouse is a house of bots and the X where they live.
type simHouse struct {
	x        *sandbox.World
	house    runner.House
	ids      map[string]bots.UserID // of the bots' accounts
	accounts map[string]platform.Account
	keys     platform.Keys
}

// newSimHouse gives every bot an account at x, every action but the hiding of replies,
// and guards as they are by default.
func newSimHouse(t *testing.T, x *sandbox.World, names []string, actions []bots.Action) simHouse {
	h := simHouse{x: x, ids: map[string]bots.UserID{}, accounts: map[string]platform.Account{}}
	app, err := x.AddApp("sim", "")
	if err != nil {
		t.Fatal(err)
	}
	var handles []string
	for _, name := range names {
		c, err := x.AddBot(app.ID, sandbox.User{Username: name, Verified: true, DMOpen: true, Bio: "A bot by Sim Lab"})
		if err != nil {
			t.Fatal(err)
		}
		h.keys = platform.Keys{Key: platform.Secret(c.ConsumerKey), Secret: platform.Secret(c.ConsumerSecret)}
		h.accounts[name] = platform.Account{Handle: name, Token: platform.Secret(c.AccessToken), Secret: platform.Secret(c.AccessSecret)}
		h.ids[name] = bots.UserID(c.UserID)
		handles = append(handles, "@"+name)
	}
	p := guards.Default()
	p.Policy = "sim"
	for _, name := range names {
		b := bots.Bot{Name: name, Handle: "@" + name, Mode: bots.Live, Actions: actions,
			House: bots.House{Operator: bots.Operator{Name: "Sim Lab"}, Environment: bots.Production, Tier: bots.Enterprise, Handles: handles}}
		h.house.Charges = append(h.house.Charges, runner.Charge{Bot: b, Pipeline: p})
	}
	return h
}

// serve lets x answer until the test ends.
func (h *simHouse) serve(t *testing.T) *pipes {
	ln := newPipes()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- sandbox.Serve(ctx, ln, h.x) }()
	t.Cleanup(func() { cancel(); <-served })
	return ln
}

// platform is a process's own way to x: it knows nothing of the process before it.
func (h *simHouse) platform(t *testing.T, dial func(context.Context, string, string) (net.Conn, error)) *platform.X {
	x, err := platform.New(platform.Options{BaseURL: "http://127.0.0.1:1", Dial: dial, Tier: bots.Enterprise, Accounts: h.accounts, Consumer: h.keys})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// fact is a word that resembles no other.
func fact(n int) string {
	word := ""
	for range 4 {
		word += string("bdfgklmnprstvz"[n%14]) + string("aeiou"[n/14%5])
		n = n*31 + 17
	}
	return word + strconv.Itoa(n%97)
}

var errDead = errors.New("this process has died")

// mortal lets a process die between any two of its steps, and within a call. What it
// does after its death reaches neither the ledger nor the platform.
type mortal struct {
	runner.Ledger
	Platform runner.Platform
	kill     context.CancelFunc
	gone     chan struct{} // closed at its death
	once     sync.Once
	armed    atomic.Bool
	left     atomic.Int64
	fatal    func() (after time.Duration, dies bool) // asked at each call; nil: none is fatal
}

func newMortal(l runner.Ledger, p runner.Platform, kill context.CancelFunc) *mortal {
	return &mortal{Ledger: l, Platform: p, kill: kill, gone: make(chan struct{})}
}

func (m *mortal) dieAfter(steps int64) {
	m.left.Store(steps)
	m.armed.Store(true)
}

func (m *mortal) die() { m.once.Do(func() { close(m.gone); m.kill() }) }

func (m *mortal) over() bool {
	select {
	case <-m.gone:
		return true
	default:
		return false
	}
}

// step is passed before and after everything that leaves the process.
func (m *mortal) step() error {
	if m.armed.Load() && m.left.Add(-1) < 0 {
		m.die()
	}
	if m.over() {
		return errDead
	}
	return nil
}

// calling is a call's context: its connection breaks when the process dies.
func (m *mortal) calling(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-m.gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	if m.fatal != nil {
		if after, dies := m.fatal(); dies {
			timer := time.AfterFunc(after, m.die)
			return ctx, func() { timer.Stop(); cancel() }
		}
	}
	return ctx, cancel
}

type ledgerOf struct{ *mortal }

func (l ledgerOf) Enter(ctx context.Context, es []runner.Entry) ([]runner.Entered, error) {
	if err := l.step(); err != nil {
		return nil, err
	}
	out, err := l.Ledger.Enter(ctx, es)
	if dead := l.step(); dead != nil {
		return nil, dead
	}
	return out, err
}

func (l ledgerOf) Decide(ctx context.Context, b bots.Bot, p guards.Pipeline, now time.Time) (runner.Turn, bool, time.Time, error) {
	if err := l.step(); err != nil {
		return runner.Turn{}, false, time.Time{}, err
	}
	t, ok, next, err := l.Ledger.Decide(ctx, b, p, now)
	if dead := l.step(); dead != nil {
		return runner.Turn{}, false, time.Time{}, dead
	}
	return t, ok, next, err
}

// died is what a caller gets who did not live to hear the answer.
func (m *mortal) died(err error) error {
	if dead := m.step(); dead != nil {
		return dead
	}
	return err
}

func (l ledgerOf) Settle(ctx context.Context, c runner.Closing) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.died(l.Ledger.Settle(ctx, c))
}

func (l ledgerOf) Hear(ctx context.Context, h runner.Heard) (runner.Receipt, error) {
	if err := l.step(); err != nil {
		return runner.Receipt{}, err
	}
	r, err := l.Ledger.Hear(ctx, h)
	return r, l.died(err)
}

func (l ledgerOf) Probe(ctx context.Context, bot string, now time.Time) (runner.Claim, bool, time.Time, error) {
	if err := l.step(); err != nil {
		return runner.Claim{}, false, time.Time{}, err
	}
	c, ok, next, err := l.Ledger.Probe(ctx, bot, now)
	return c, ok, next, l.died(err)
}

func (l ledgerOf) InboxRead(ctx context.Context, bot, cursor string, at time.Time) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.died(l.Ledger.InboxRead(ctx, bot, cursor, at))
}

func (l ledgerOf) Recover(ctx context.Context, now time.Time) (int, error) {
	if err := l.step(); err != nil {
		return 0, err
	}
	n, err := l.Ledger.Recover(ctx, now)
	return n, l.died(err)
}

func (l ledgerOf) SetProfile(ctx context.Context, bot string, p guards.Profile) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.Ledger.SetProfile(ctx, bot, p)
}

func (l ledgerOf) SetAuthor(ctx context.Context, post bots.PostID, a runner.Authorship, at time.Time) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.Ledger.SetAuthor(ctx, post, a, at)
}

func (l ledgerOf) Latch(ctx context.Context, h guards.Halt) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.died(l.Ledger.Latch(ctx, h))
}

func (l ledgerOf) Declare(ctx context.Context, bot, behaviour string, at time.Time) (string, error) {
	if err := l.step(); err != nil {
		return "", err
	}
	return l.Ledger.Declare(ctx, bot, behaviour, at)
}

func (l ledgerOf) Note(ctx context.Context, r runner.Record) error {
	if err := l.step(); err != nil {
		return err
	}
	return l.Ledger.Note(ctx, r)
}

// raceDetector says whether everything takes several times as long.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

type platformOf struct{ *mortal }

func (p platformOf) Do(ctx context.Context, c runner.Claim) runner.Answer {
	if err := p.step(); err != nil { // died before the call
		return runner.Answer{Outcome: runner.Uncertain}
	}
	ctx, cancel := p.calling(ctx)
	defer cancel()
	a := p.Platform.Do(ctx, c)
	if err := p.step(); err != nil { // died after it, before it was written down
		return runner.Answer{Outcome: runner.Uncertain}
	}
	return a
}

func (p platformOf) Find(ctx context.Context, c runner.Claim) (runner.Found, error) {
	ctx, cancel := p.calling(ctx)
	defer cancel()
	f, err := p.Platform.Find(ctx, c)
	if p.over() {
		return runner.Found{}, errDead
	}
	return f, err
}

func (p platformOf) Listen(ctx context.Context, bot, cursor string) ([]runner.Said, string, error) {
	ctx, cancel := p.calling(ctx)
	defer cancel()
	said, cursor, err := p.Platform.Listen(ctx, bot, cursor)
	if p.over() {
		return nil, cursor, errDead
	}
	return said, cursor, err
}

func (p platformOf) Profile(ctx context.Context, bot string) (guards.Profile, error) {
	ctx, cancel := p.calling(ctx)
	defer cancel()
	return p.Platform.Profile(ctx, bot)
}

func (p platformOf) Author(ctx context.Context, bot string, post bots.PostID) (runner.Authorship, error) {
	ctx, cancel := p.calling(ctx)
	defer cancel()
	return p.Platform.Author(ctx, bot, post)
}

// pipes is a listener whose connections are pipes, which a driven clock can wait for.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- loopbackConn{theirs}:
		return slowConn{ours}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// slowConn lets time pass with each request: under a driven clock two of them would
// else bear one OAuth nonce, which is made of the time.
type slowConn struct{ net.Conn }

func (c slowConn) Write(b []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return c.Conn.Write(b)
}

type loopbackConn struct{ net.Conn }

func (loopbackConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2} }

// chanBus is a road that redelivers what was not accepted, after a restart and in any
// order of bots.
type chanBus struct {
	mu    sync.Mutex
	queue []runner.Delivery
	seq   uint64
	next  int
	wake  chan struct{}
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
	b.queue = append(b.queue, runner.Delivery{Bot: bot, Frame: f, Seq: seq, Accept: func() error { return b.accept(seq) }})
	select {
	case b.wake <- struct{}{}:
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

func (b *chanBus) holds(bot string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.queue, func(d runner.Delivery) bool { return d.Bot == bot })
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
