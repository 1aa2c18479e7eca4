package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"heed/config"
	"heed/runner"
	"heed/runner/bus"
	"heed/runner/ledger"
	"heed/runner/platform"
	"heed/runner/scripts"
)

func (a *app) runCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run the bots until ctrl-C; SIGHUP reads the settings anew",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context()) },
	}
}

// daemon is a running heed. It is put together in one straight line, and each part's
// end stands beside its beginning; they end in the opposite order.
type daemon struct {
	*app
	cfg    atomic.Pointer[config.Config]
	ledger *ledger.Ledger
	bus    *bus.Bus
	x      swap
	world  *world // nil when acts go to X itself
	runner *runner.Runner
	mu     sync.Mutex // of what is printed
	ends   []func() error
}

func (d *daemon) onEnd(end func() error) { d.ends = append(d.ends, end) }

func (d *daemon) end() error {
	var errs []error
	for i := len(d.ends) - 1; i >= 0; i-- {
		errs = append(errs, d.ends[i]())
	}
	return errors.Join(errs...)
}

func (a *app) run(ctx context.Context) (err error) {
	// Signals first: a SIGHUP before this line would end the process.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	ctx, stop := interruptible(ctx)
	defer stop()

	cfg, err := a.load()
	if err != nil {
		return err
	}
	d := &daemon{app: a}
	d.cfg.Store(cfg)
	defer func() { err = errors.Join(err, d.end()) }()
	for _, w := range cfg.Warnings {
		d.say("heed", "warning: %s", w)
	}
	if err := d.openLedger(); err != nil {
		return err
	}
	if err := d.openPlatform(ctx); err != nil {
		return err
	}
	if err := d.openBus(ctx); err != nil {
		return err
	}
	keeper, err := d.openScripts()
	if err != nil {
		return err
	}
	d.runner = &runner.Runner{Ledger: d.ledger, Bus: d.bus, Platform: &d.x, Scripts: keeper, Log: d.eye}

	follow, unfollow := context.WithCancel(context.Background())
	followed := d.follow(follow)
	d.onEnd(func() error {
		unfollow()
		select {
		case <-followed:
		case <-time.After(5 * time.Second): // nobody reads what heed says
		}
		return nil
	})
	var reloads sync.WaitGroup
	reloads.Go(func() { d.reloads(ctx, hup) })
	d.onEnd(func() error { stop(); reloads.Wait(); return nil })
	context.AfterFunc(ctx, stop) // a second ctrl-C ends heed at once
	go d.sweeps(ctx)
	go d.healthy(ctx)

	d.say("heed", "%d bots, guards judge under %s; ctrl-C ends", len(cfg.Bots), cfg.Policy)
	err = d.runner.Run(ctx, houseOf(cfg))
	if ctx.Err() != nil {
		d.say("heed", "ended; what waits, waits in %s", cfg.Ledger.Path)
	}
	return err
}

func (d *daemon) openLedger() error {
	path := d.settings().Ledger.Path
	unlock, err := ledger.Lock(path)
	if err != nil {
		return err
	}
	d.onEnd(func() error { unlock(); return nil })
	if d.ledger, err = ledger.Open(path, ledger.Options{Retention: d.settings().Ledger.Retention}); err != nil {
		return err
	}
	d.onEnd(d.ledger.Close)
	return nil
}

func (d *daemon) openBus(ctx context.Context) error {
	n := d.settings().NATS
	o := bus.Options{URL: n.URL, Listen: n.Listen, Dir: n.Dir, SyncInterval: n.SyncEvery(), Bots: d.natsBots,
		Logf: func(format string, args ...any) { d.say("bus", format, args...) }}
	if n.Creds.IsSet() {
		if _, err := n.Creds.Read(os.LookupEnv); err != nil {
			return exit{exitConfig, err}
		}
		o.Creds = n.Creds.File
	}
	var err error
	if d.bus, err = bus.Open(ctx, o); err != nil {
		return err
	}
	d.onEnd(d.bus.Close)
	if addr := d.bus.Addr(); addr != "" {
		d.say("bus", "NATS listens on %s; each bot's own key is in %s", addr, filepath.Join(n.Dir, "creds"))
	}
	return nil
}

// natsBots are the bots that may connect over NATS themselves.
func (d *daemon) natsBots() []string {
	var names []string
	for _, b := range d.settings().Bots {
		if b.NATS {
			names = append(names, b.Name)
		}
	}
	return names
}

func (d *daemon) settings() *config.Config { return d.cfg.Load() }

// openScripts keeps from the bots' programs what is heed's alone (promise P1), and
// lets them find heed itself.
func (d *daemon) openScripts() (*scripts.Keeper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	search := os.Getenv("PATH")
	if err := os.Setenv("PATH", filepath.Dir(self)+string(os.PathListSeparator)+search); err != nil {
		return nil, err
	}
	return scripts.New(scripts.Options{StateDir: stateDir(d.settings()), Deny: func() []string { return private(d.settings()) }, Allow: toolFolders(search, self)})
}

// openPlatform joins every bot to its account, on X or in the sandbox.
func (d *daemon) openPlatform(ctx context.Context) error {
	if d.settings().X.Sandbox() {
		if err := d.openSandbox(ctx); err != nil {
			return err
		}
	}
	x, err := d.platform(d.settings())
	if err != nil {
		return err
	}
	d.x.now.Store(x)
	return nil
}

// platform reads the credentials, each into the account it belongs to. The sandbox
// has its own.
func (d *daemon) platform(cfg *config.Config) (*platform.X, error) {
	if d.world != nil {
		return d.sandboxed(cfg)
	}
	if missing := cfg.Missing(os.LookupEnv); len(missing) > 0 {
		return nil, exit{exitConfig, config.Problems(missing)}
	}
	var errs []error
	read := func(s config.Secret) platform.Secret {
		v, err := s.Read(os.LookupEnv)
		errs = append(errs, err)
		return platform.Secret(v)
	}
	o := platform.Options{BaseURL: cfg.X.APIURL, Tier: cfg.X.Tier, Accounts: map[string]platform.Account{},
		Consumer: platform.Keys{Key: read(cfg.X.ConsumerKey), Secret: read(cfg.X.ConsumerSecret)}}
	for _, b := range cfg.Bots {
		o.Accounts[b.Name] = platform.Account{Handle: b.Handle, UserID: b.UserID, Token: read(b.AccessToken), Secret: read(b.AccessSecret)}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, exit{exitConfig, err}
	}
	return platform.New(o)
}

// keepOpened keeps what was opened at the start as it was opened: files, ports, and
// whose account a running bot is.
func keepOpened(old, cfg *config.Config) {
	cfg.NATS, cfg.Ledger, cfg.X.APIURL = old.NATS, old.Ledger, old.X.APIURL
	cfg.X.ConsumerKey, cfg.X.ConsumerSecret = old.X.ConsumerKey, old.X.ConsumerSecret
	for i := range cfg.Bots {
		b := &cfg.Bots[i]
		for _, was := range old.Bots {
			if was.Name == b.Name {
				b.Handle, b.UserID, b.OAuth2, b.NATS = was.Handle, was.UserID, was.OAuth2, was.NATS
				b.AccessToken, b.AccessSecret = was.AccessToken, was.AccessSecret
			}
		}
	}
}

// reloads takes other settings on SIGHUP. A bad file changes nothing.
func (d *daemon) reloads(ctx context.Context, hup <-chan os.Signal) {
	for {
		select {
		case <-hup:
		case <-ctx.Done():
			return
		}
		if err := d.reload(); err != nil {
			d.say("heed", "reload refused, the settings stay as they were:\n%v", err)
		}
	}
}

func (d *daemon) reload() error {
	old := d.settings()
	cfg, err := config.Load(d.app.config)
	if err != nil {
		return err
	}
	changes := config.Compare(old, cfg)
	keepOpened(old, cfg)
	x, err := d.platform(cfg)
	if err != nil {
		return err
	}
	x.Continue(d.x.now.Load())
	d.cfg.Store(cfg)
	d.x.now.Store(x)
	if !d.runner.Reload(houseOf(cfg)) {
		d.cfg.Store(old)
		return errors.New("heed is only starting, or ending; try again")
	}
	for _, c := range changes.NeedsRestart {
		d.say("heed", "reload: waits for a restart: %s", c)
	}
	for _, c := range changes.Applied {
		d.say("heed", "reload: applied: %s", c)
	}
	if changes.None() {
		d.say("heed", "reload: nothing changed")
	}
	return nil
}

// sweeps drops texts whose retention has ended, a little at a time.
func (d *daemon) sweeps(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		for more := true; more && ctx.Err() == nil; {
			var err error
			if _, more, err = d.ledger.Sweep(ctx, time.Now(), 0); err != nil && ctx.Err() == nil {
				d.say("ledger", "texts past their retention stay for now: %v", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// healthy says when the road cannot keep what it is given (promise P9).
func (d *daemon) healthy(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := ""
		if err := d.bus.Health(ctx); err != nil {
			now = err.Error()
		}
		if now != last && ctx.Err() == nil {
			if last = now; now == "" {
				now = "well again"
			}
			d.say("bus", "%s", now)
		}
	}
}

// follow prints the record as it grows, until ctx ends; what was there before is not
// told again.
func (d *daemon) follow(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	q := runner.RecordQuery{Limit: 1, Last: true}
	if before, err := d.ledger.Records(ctx, q); err == nil && len(before) > 0 {
		q.After = before[len(before)-1].N
	}
	q.Limit, q.Last = 200, false
	go func() {
		defer close(done)
		for {
			changed := d.ledger.Changed()
			records, err := d.ledger.Records(context.Background(), q)
			for _, r := range records {
				d.eye(r)
				q.After = r.N
			}
			if len(records) > 0 {
				continue
			}
			if err != nil {
				d.say("ledger", "%v", err)
			}
			select {
			case <-changed:
			case <-time.After(time.Second): // a note wakes nobody
			case <-ctx.Done():
				return
			}
		}
	}()
	return done
}

// eye prints one line of what happens.
func (d *daemon) eye(r runner.Record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.record(d.out, r)
}

// say prints one line about heed itself, on the side of talk.
func (d *daemon) say(who, format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	talk(d.errs, who, fmt.Sprintf(format, args...))
}

func talk(w io.Writer, who, text string) {
	fmt.Fprintf(w, "%s %-9s %s\n", time.Now().Format("15:04:05"), who, text)
}
