package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"heed/config"
	"heed/runner/platform"
	"heed/runner/sandbox"
)

// world is heed's own X in this process, over real HTTP on loopback.
type world struct {
	*sandbox.World
	url string
}

// openSandbox starts the world with the people of the settings. It is kept beside the ledger.
func (d *daemon) openSandbox(ctx context.Context) error {
	file := filepath.Join(stateDir(d.settings()), "sandbox.json")
	w, err := openWorld(file, sandbox.Options{Tier: sandbox.Tier(d.settings().X.Tier), Seed: anySeed()})
	if err != nil {
		return err
	}
	script, err := cast(d.settings())
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.world = &world{w, "http://" + ln.Addr().String()}
	play, stop := context.WithCancel(ctx)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // acts under way end before their platform does
	served := make(chan error, 1)
	go func() { served <- sandbox.Serve(ctx, ln, w) }()
	d.onEnd(func() error {
		stop()
		cancel()
		return errors.Join(<-served, w.Save(file))
	})
	if _, err := w.Seat(script); err != nil {
		return err
	}
	go func() { _ = w.Play(play, script, sandbox.Stage{Done: d.sayStep}) }()
	d.say("sandbox", "stands in for X on %s; GET /_heed/ lists what it can do", d.world.url)
	return nil
}

// sandboxed joins every bot to its account in the sandbox; a bot that is new there gets one.
func (d *daemon) sandboxed(cfg *config.Config) (*platform.X, error) {
	script, err := cast(cfg)
	if err != nil {
		return nil, err
	}
	creds, err := d.world.Seat(script)
	if err != nil {
		return nil, err
	}
	o := platform.Options{BaseURL: d.world.url, Media: d.media, Tier: cfg.X.Tier, Accounts: map[string]platform.Account{}}
	for _, b := range cfg.Bots {
		c := creds[strings.TrimPrefix(b.Handle, "@")]
		o.Consumer = platform.Keys{Key: platform.Secret(c.ConsumerKey), Secret: platform.Secret(c.ConsumerSecret)}
		o.Accounts[b.Name] = platform.Account{Handle: b.Handle, Token: platform.Secret(c.AccessToken), Secret: platform.Secret(c.AccessSecret)}
	}
	return platform.New(o)
}

// sayStep tells what a simulated person did, without the words.
func (d *daemon) sayStep(s sandbox.Step, id string, err error) {
	if err != nil {
		d.say("sandbox", "%s: cannot be done: %v", s, err)
		return
	}
	to := ""
	if s.To != "" {
		to = " to @" + strings.TrimPrefix(s.To, "@")
	}
	d.say("sandbox", "@%s: %s%s", strings.TrimPrefix(s.Who, "@"), s.Does, to)
}

// cast reads the people of the settings, and adds the bots that it leaves out.
func cast(cfg *config.Config) (sandbox.Script, error) {
	var all []sandbox.User
	for _, b := range cfg.Bots {
		all = append(all, sandbox.User{Username: strings.TrimPrefix(b.Handle, "@"), Bio: sandboxBio(b.Purpose, strings.TrimSpace(cfg.Operator.Name+" "+cfg.Operator.Handle))})
	}
	file := cfg.Sandbox.People
	if file == "" {
		return sandbox.Script{App: sandbox.ScriptApp{Name: cmp.Or(cfg.Operator.Name, cfg.Operator.Handle)}, Bots: all}, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return sandbox.Script{}, exit{exitConfig, err}
	}
	script, err := sandbox.LoadScript(text, all...)
	if err != nil {
		return script, exit{exitConfig, fmt.Errorf("%s: %w", file, err)}
	}
	return script, nil
}

// sandboxBio is what an account in the sandbox says of itself: that it is a bot and
// whose, and its purpose where X's 160 characters have room for it.
func sandboxBio(purpose, whose string) string {
	if bio := fmt.Sprintf("Bot. %s. Run by %s", purpose, whose); purpose != "" && utf8.RuneCountInString(bio) <= 160 {
		return bio
	}
	return "Bot. Run by " + whose
}

func anySeed() uint64 { return uint64(time.Now().UnixNano()) }

// openWorld reads the world that a file keeps, with the seed it was made from, or
// makes a new one.
func openWorld(file string, o sandbox.Options) (*sandbox.World, error) {
	world, err := sandbox.Load(file, o)
	if errors.Is(err, fs.ErrNotExist) {
		return sandbox.New(o), nil
	}
	return world, err
}

// sandboxFlags are what the sandbox verb is told.
type sandboxFlags struct {
	listen, people, state, tier, clock string
	seed                               uint64
	lag                                time.Duration
}

func (a *app) sandboxCmd() *cobra.Command {
	var in sandboxFlags
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run heed's own X alone: the API, with people, limits and faults",
		Example: "  heed sandbox --listen 127.0.0.1:8090 --people people.json\n  curl http://127.0.0.1:8090/_heed/\n" +
			"  heed sandbox --clock driven --seed 7\n  curl -d '{\"advance\":\"15m\"}' -H content-type:application/json http://127.0.0.1:8090/_heed/clock",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("seed") {
				in.seed = anySeed()
			}
			return a.sandbox(cmd.Context(), in)
		},
	}
	f := cmd.Flags()
	f.StringVar(&in.listen, "listen", "127.0.0.1:8090", "a loopback address")
	f.StringVar(&in.people, "people", "", "a script of people (JSON) to put in and play")
	f.StringVar(&in.state, "state", "", "a file that keeps the world between runs")
	f.StringVar(&in.tier, "tier", "self_serve", "self_serve or enterprise")
	f.StringVar(&in.clock, "clock", "real", "real, driven (from now), or a time as 2026-09-01T12:00:00Z (driven from then)")
	f.Uint64Var(&in.seed, "seed", 0, "makes a new world's keys, links and fault dice; the same seed gives the same ones (default: by chance)")
	f.DurationVar(&in.lag, "lag", 0, "how long reads are behind writes, like 500ms; up to 24h")
	return cmd
}

// options are the world's, or what is wrong with the flags.
func (in sandboxFlags) options() (sandbox.Options, error) {
	o := sandbox.Options{Tier: sandbox.Tier(in.tier), Seed: in.seed, Lag: in.lag}
	host, _, err := net.SplitHostPort(in.listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return o, usage("sandbox: --listen %s: must be a loopback address: the sandbox takes everybody's word", in.listen)
	}
	if o.Tier != sandbox.SelfServe && o.Tier != sandbox.Enterprise {
		return o, usage("sandbox: --tier %s: self_serve or enterprise", in.tier)
	}
	if in.lag < 0 || in.lag > 24*time.Hour {
		return o, usage("sandbox: --lag %s: 0 to 24h", in.lag)
	}
	switch in.clock {
	case "real":
	case "driven":
		o.Clock = sandbox.NewClock(time.Now())
	default:
		at, err := time.Parse(time.RFC3339, in.clock)
		if err != nil {
			return o, usage("sandbox: --clock %s: real, driven or a time as 2026-09-01T12:00:00Z", in.clock)
		}
		o.Clock = sandbox.NewClock(at)
	}
	return o, nil
}

func (a *app) sandbox(ctx context.Context, in sandboxFlags) error {
	o, err := in.options()
	if err != nil {
		return err
	}
	d := &daemon{app: a}
	world, err := openWorld(in.state, o)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	if in.people != "" {
		if err := d.seat(ctx, world, in.people, o.Clock); err != nil {
			return err
		}
	}
	ln, err := net.Listen("tcp", in.listen)
	if err != nil {
		return err
	}
	d.say("sandbox", "stands in for X on http://%s; its page is /_heed/ui, GET /_heed/ lists what it can do; ctrl-C ends", ln.Addr())
	if a.json {
		if err := a.print(map[string]string{"url": "http://" + ln.Addr().String()}, ""); err != nil {
			return errors.Join(err, ln.Close())
		}
	}
	err = sandbox.Serve(ctx, ln, world)
	if in.state != "" {
		err = errors.Join(err, world.Save(in.state))
	}
	return err
}

// seat puts a script's people in, prints the bots' sandbox credentials, keeps the
// snapshot "start" to go back to, and plays by the world's clock.
func (d *daemon) seat(ctx context.Context, world *sandbox.World, people string, clock *sandbox.Clock) error {
	b, err := os.ReadFile(people)
	if err != nil {
		return err
	}
	script, err := sandbox.LoadScript(b)
	if err != nil {
		return exit{exitConfig, fmt.Errorf("%s: %w", people, err)}
	}
	creds, err := world.Seat(script)
	if err != nil {
		return err
	}
	for name, c := range creds {
		err := d.print(map[string]string{"username": name, "user_id": c.UserID, "consumer_key": c.ConsumerKey,
			"consumer_secret": c.ConsumerSecret, "access_token": c.AccessToken, "access_secret": c.AccessSecret},
			"@%s user_id=%s consumer_key=%s consumer_secret=%s access_token=%s access_secret=%s  (good in this sandbox alone)",
			name, c.UserID, c.ConsumerKey, c.ConsumerSecret, c.AccessToken, c.AccessSecret)
		if err != nil {
			return err
		}
	}
	if err := world.Snapshot("start"); err != nil {
		return err
	}
	stage := sandbox.Stage{Done: d.sayStep}
	if clock != nil {
		stage.Wait = clock.Waiter()
	}
	go func() { _ = world.Play(ctx, script, stage) }()
	return nil
}
