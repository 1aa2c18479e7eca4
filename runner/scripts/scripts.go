// Package scripts keeps bots' programs alive: it starts them on their schedule, reads
// what they print, tells them events, and stops all that they started.
//
// A script runs as the same user as heed. What keeps it from heed's credentials and
// ledger is Landlock, applied by a shim: main must call Shim before anything else.
package scripts

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"heed/bots"
	"heed/runner"
)

// The ways of Options.Sandbox.
const (
	Landlock = "landlock" // as far as the kernel can; a kernel that cannot is reported
	Off      = "off"      // a script can read all that heed can read
)

// Options say how scripts are kept.
type Options struct {
	// StateDir holds bots/NAME, each bot's own folder, made with mode 0700.
	StateDir string
	// Grace is the time between the end of stdin and TERM; 10 s by default.
	Grace time.Duration
	// KillGrace is the time between TERM and KILL; 5 s by default.
	KillGrace time.Duration
	// Rand gives numbers in [0, 1) for the jitter of back-off.
	Rand func() float64
	// Wait waits for d or until ctx ends; a timer by default. Back-off and schedules
	// wait through it, by ScriptIO.Now.
	Wait func(ctx context.Context, d time.Duration) error
	// Sandbox is Landlock (the default) or Off.
	Sandbox string
	// LookEvery is how often a run's processes are counted; 1 s by default. Its folder is
	// measured at every tenth look.
	LookEvery time.Duration
	// Deny are files and folders that no script may read though they lie in its
	// folder: the ledger, files of secrets. StateDir is always among them, and so are
	// files named like a denied one with more behind a dot or hyphen.
	// It is asked anew at every start of a script.
	Deny func() []string
	// Allow are further files and folders that scripts may read and execute.
	Allow []string
}

// Keeper implements runner.Scripts.
type Keeper struct {
	opts Options
}

var _ runner.Scripts = (*Keeper)(nil)

// New gives a keeper with the defaults filled in.
func New(o Options) (*Keeper, error) {
	if o.StateDir == "" {
		return nil, errors.New("scripts: no state folder")
	}
	dir, err := filepath.Abs(o.StateDir)
	if err != nil {
		return nil, fmt.Errorf("scripts: state folder: %w", err)
	}
	o.StateDir = dir
	if o.Grace <= 0 {
		o.Grace = 10 * time.Second
	}
	if o.KillGrace <= 0 {
		o.KillGrace = 5 * time.Second
	}
	if o.LookEvery <= 0 {
		o.LookEvery = time.Second
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Deny == nil {
		o.Deny = func() []string { return nil }
	}
	if o.Sandbox == "" {
		o.Sandbox = Landlock
	}
	if o.Sandbox != Landlock && o.Sandbox != Off {
		return nil, fmt.Errorf("scripts: sandbox %q: must be %q or %q", o.Sandbox, Landlock, Off)
	}
	return &Keeper{opts: o}, nil
}

// keeping is one bot's script while it is kept.
type keeping struct {
	*Keeper
	bot    bots.Bot
	io     runner.ScriptIO
	state  string // the bot's own folder
	socket *socket
	events *events

	mu sync.Mutex // one report at a time
}

// Keep runs a bot's script until ctx ends and returns nil when nothing that it
// started is left. An error means that it never ran: a folder that cannot be made, a
// schedule that cannot be read. io.Lines is called by several goroutines.
func (k *Keeper) Keep(ctx context.Context, bot bots.Bot, io runner.ScriptIO) error {
	g := &keeping{Keeper: k, bot: bot, io: io, state: k.StateDir(bot.Name)}
	if err := g.prepare(); err != nil {
		return fmt.Errorf("script of %s: %w", bot.Name, err)
	}
	schedule, err := newSchedule(bot.Script)
	if err != nil {
		return fmt.Errorf("script of %s: %w", bot.Name, err)
	}
	g.events = newEvents(io.Events)
	if g.socket, err = listen(g); err != nil {
		return fmt.Errorf("script of %s: its socket: %w", bot.Name, err)
	}
	var work sync.WaitGroup
	work.Go(func() { g.events.forward(ctx) })
	work.Go(g.socket.serve)
	if schedule == nil {
		g.service(ctx)
	} else {
		g.scheduled(ctx, schedule)
	}
	<-ctx.Done() // a script that stopped for good waits for new settings
	g.socket.close()
	work.Wait()
	return nil
}

// StateDir is a bot's own folder: its HOME and HEED_STATE_DIR.
func (k *Keeper) StateDir(bot string) string { return filepath.Join(k.opts.StateDir, "bots", bot) }

func (g *keeping) prepare() error {
	if len(g.bot.Script.Command) == 0 {
		return errors.New("command: missing")
	}
	if name := g.bot.Name; name == "" || name != filepath.Base(name) || name == "." || name == ".." {
		return fmt.Errorf("bot name %.40q cannot name a folder", name)
	}
	if err := os.MkdirAll(g.state, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(g.state, 0o700); err != nil {
		return err
	}
	return g.makeTmp()
}

// makeTmp makes the folder for temporary files in the bot's own. An earlier run may
// have put a link there, to something whose rights heed would then change.
func (g *keeping) makeTmp() error {
	root, err := os.OpenRoot(g.state)
	if err != nil {
		return err
	}
	defer root.Close()
	const name = "tmp"
	if info, err := root.Lstat(name); err == nil && !info.IsDir() {
		if err := root.Remove(name); err != nil {
			return err
		}
	}
	if err := root.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return root.Chmod(name, 0o700)
}

func (g *keeping) tmp() string { return filepath.Join(g.state, "tmp") }

func (g *keeping) report(r runner.ScriptReport) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.io.Report != nil {
		g.io.Report(r)
	}
}

// exits of a script that mean more than success or failure.
const (
	exitTryAgain = 75 // EX_TEMPFAIL
	exitSettings = 78 // EX_CONFIG: starting it again changes nothing
)

// service keeps the script running.
func (g *keeping) service(ctx context.Context) {
	b := backoff{rand: g.opts.Rand}
	for ctx.Err() == nil {
		run, from := "run:"+uuid.NewString(), g.io.Now()
		code := g.run(ctx, run)
		if ctx.Err() != nil || g.forGood(run, code) {
			return
		}
		if g.backOff(ctx, run, b.next(g.io.Now().Sub(from))) != nil {
			return
		}
	}
}

// backOff says when the script is started again, and waits for it.
func (g *keeping) backOff(ctx context.Context, run string, d time.Duration) error {
	until := g.io.Now().Add(d)
	g.report(runner.ScriptReport{Run: run, Level: "warn", Code: runner.ScriptBackoff, Until: until,
		Text: fmt.Sprintf("started again in %s", d.Round(time.Millisecond))})
	return g.opts.Wait(ctx, d)
}

func (g *keeping) forGood(run string, code int) bool {
	if code != exitSettings {
		return false
	}
	g.report(runner.ScriptReport{Run: run, Level: "error", Code: runner.ScriptStopped,
		Text: "it ended with 78: its settings are wrong; it is started again when they change"})
	return true
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return ctx.Err()
	}
}
