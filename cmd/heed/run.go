package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"heed/config"
	"heed/runner"
	"heed/runner/bus"
	"heed/runner/ledger"
	"heed/runner/metrics"
	"heed/runner/scripts"
)

func (a *app) runCmd() *cobra.Command {
	drain := defaultDrain
	cmd := &cobra.Command{
		Use:     "run",
		Short:   "Run the bots until ctrl-C; SIGHUP reads the settings anew",
		Example: "  heed run\n  heed run --config /etc/heed/heed.toml --drain 1m",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if drain < leastDrain || drain > mostDrain {
				return usage("run: --drain %s: %s to %s", drain, leastDrain, mostDrain)
			}
			return a.run(cmd.Context(), drain, nil)
		},
	}
	cmd.Flags().DurationVar(&drain, "drain", drain, "after ctrl-C or TERM: how long what is under way may take to end")
	return cmd
}

// daemon is a running heed. It is put together in one straight line, and each part's
// end stands beside its beginning; they end in the opposite order.
type daemon struct {
	*app
	cfg     atomic.Pointer[config.Config]
	ledger  *ledger.Ledger
	bus     *bus.Bus
	drain   time.Duration // from the wish to end until the end
	x       swap
	world   *world // nil when acts go to X itself
	runner  *runner.Runner
	meter   *metrics.Metrics
	manager manager
	turns   atomic.Bool // they have begun, and heed does not end
	mu      sync.Mutex  // of what is printed
	ends    []func() error
}

func (d *daemon) onEnd(end func() error) { d.ends = append(d.ends, end) }

func (d *daemon) end() error {
	var errs []error
	for i := len(d.ends) - 1; i >= 0; i-- {
		errs = append(errs, d.ends[i]())
	}
	return errors.Join(errs...)
}

// run is a daemon from its beginning to its end. beside, if any, works in the running
// house until it is done or ctx ends.
func (a *app) run(ctx context.Context, drain time.Duration, beside func(context.Context, *daemon)) (err error) {
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
	d := &daemon{app: a, drain: drain, meter: metrics.New(version), runner: &runner.Runner{}} // its pages may ask it before it runs
	d.cfg.Store(cfg)
	if d.manager, err = managerOf(os.LookupEnv, os.Getpid()); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { d.tellManager("STOPPING=1") })()
	defer d.endInTime(ctx, stop)() // the last of all
	defer func() { err = errors.Join(orderly(ctx, err), d.end()) }()
	for _, w := range cfg.Warnings {
		d.say("heed", "warning: %s", w)
	}
	if old := oldTables(time.Now()); old != "" {
		d.say("heed", "warning: %s", old)
	}
	d.warnOfWalls()
	if err := d.openLedger(); err != nil {
		return err
	}
	if err := d.openPlatform(ctx); err != nil {
		return err
	}
	if err := d.openBus(ctx); err != nil {
		return err
	}
	if err := d.openWeb(ctx); err != nil {
		return err
	}
	keeper, err := d.openScripts()
	if err != nil {
		return err
	}
	r := d.runner
	r.Ledger, r.Meter, r.Bus, r.Platform, r.Scripts = d.meter.Ledger(d.ledger), d.meter, d.bus, &d.x, keeper
	r.Log, r.Drain = d.eye, drain*2/3
	r.Ready = func() {
		d.turns.Store(true)
		d.tellManager("READY=1", "STATUS="+d.status())
		go d.manager.lives(ctx, d.alive, func(err error) { d.say("heed", "does not say that it lives: %v", err) })
		debug.FreeOSMemory() // what only the start needed
	}
	if r.Pushes, err = d.events(); err != nil {
		return err
	}

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
	if beside != nil {
		var works sync.WaitGroup
		works.Go(func() { beside(ctx, d) })
		d.onEnd(func() error { stop(); works.Wait(); return nil })
	}
	go d.sweeps(ctx)
	go d.healthy(ctx)
	if os.Getenv("GOGC") == "" { // whoever sets it knows better
		go tide(ctx)
	}

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
	_ = os.Remove(addressFile(d.settings())) // of a heed that was killed: its port may be somebody else's
	d.ledger, err = ledger.Open(path, ledger.Options{Retention: d.settings().Ledger.Retention,
		Say: func(format string, args ...any) { d.say("ledger", format, args...) }})
	if err != nil && strings.Contains(err.Error(), "disk is full") {
		return fmt.Errorf("%w: make room where %s lies, and start heed again; nothing is lost", err, path)
	}
	if err != nil {
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
		o.Creds = n.Creds.Path(os.LookupEnv)
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
	if err := scripts.Adopt(); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	search := os.Getenv("PATH")
	if err := os.Setenv("PATH", filepath.Dir(self)+string(os.PathListSeparator)+search); err != nil {
		return nil, err
	}
	return scripts.New(scripts.Options{StateDir: stateDir(d.settings()), Deny: func() []string { return private(d.settings()) }, Allow: toolFolders(search, self),
		// All of it must fit into the time that heed itself has.
		Grace: min(10*time.Second, d.drain/3), KillGrace: min(5*time.Second, d.drain/6)})
}

const (
	sweepEvery = time.Hour
	wipeAgain  = time.Minute // while intents wait on the road
)

// sweeps drops texts whose retention has ended, a little at a time, and wipes the road
// of what was taken off it.
func (d *daemon) sweeps(ctx context.Context) {
	for {
		clean, err := d.bus.Wipe(ctx)
		if err != nil && ctx.Err() == nil {
			d.say("bus", "what was taken off the road stays in its files for now: %v", err)
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			if _, more, err = d.ledger.Sweep(ctx, time.Now(), 0); err != nil && ctx.Err() == nil {
				d.say("ledger", "texts past their retention stay for now: %v", err)
			}
		}
		next := sweepEvery
		if !clean {
			next = wipeAgain
		}
		select {
		case <-time.After(next):
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
