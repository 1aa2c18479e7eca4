package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

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
	w, err := openWorld(file, sandbox.Tier(d.settings().X.Tier))
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
	script := sandbox.Script{App: sandbox.ScriptApp{Name: cfg.Operator.Name}}
	if file := cfg.Sandbox.People; file != "" {
		b, err := os.ReadFile(file)
		if err == nil {
			script, err = sandbox.LoadScript(b)
		}
		if err != nil {
			return script, exit{exitConfig, fmt.Errorf("%s: %w", file, err)}
		}
	}
	there := map[string]bool{}
	for _, u := range script.Bots {
		there[strings.ToLower(strings.TrimPrefix(u.Username, "@"))] = true
	}
	for _, b := range cfg.Bots {
		name := strings.TrimPrefix(b.Handle, "@")
		if !there[strings.ToLower(name)] {
			bio := fmt.Sprintf("Bot. %s. Run by %s %s", b.Purpose, cfg.Operator.Name, cfg.Operator.Handle)
			script.Bots = append(script.Bots, sandbox.User{Username: name, Bio: strings.TrimSpace(bio)})
		}
	}
	return script, nil
}

func openWorld(file string, tier sandbox.Tier) (*sandbox.World, error) {
	o := sandbox.Options{Tier: tier, Seed: uint64(time.Now().UnixNano())}
	world, err := sandbox.Load(file, o)
	if errors.Is(err, fs.ErrNotExist) {
		return sandbox.New(o), nil
	}
	return world, err
}

func (a *app) sandboxCmd() *cobra.Command {
	var listen, people, file, tier string
	cmd := &cobra.Command{
		Use:     "sandbox",
		Short:   "Run heed's own X alone: the API, with people, limits and faults",
		Example: "  heed sandbox --listen 127.0.0.1:8090 --people people.json\n  curl http://127.0.0.1:8090/_heed/",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.sandbox(cmd.Context(), listen, people, file, sandbox.Tier(tier))
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:8090", "a loopback address")
	f.StringVar(&people, "people", "", "a script of people (JSON) to put in and play")
	f.StringVar(&file, "state", "", "a file that keeps the world between runs")
	f.StringVar(&tier, "tier", "self_serve", "self_serve or enterprise")
	return cmd
}

func (a *app) sandbox(ctx context.Context, listen, people, file string, tier sandbox.Tier) error {
	host, _, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return usage("sandbox: --listen %s: must be a loopback address: the sandbox takes everybody's word", listen)
	}
	if tier != sandbox.SelfServe && tier != sandbox.Enterprise {
		return usage("sandbox: --tier %s: self_serve or enterprise", tier)
	}
	d := &daemon{app: a}
	world, err := openWorld(file, tier)
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	if people != "" {
		if err := d.seat(ctx, world, people); err != nil {
			return err
		}
	}
	ln, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	d.say("sandbox", "stands in for X on http://%s; GET /_heed/ lists what it can do; ctrl-C ends", ln.Addr())
	err = sandbox.Serve(ctx, ln, world)
	if file != "" {
		err = errors.Join(err, world.Save(file))
	}
	return err
}

// seat puts a script's people in, prints the bots' sandbox credentials, and plays.
func (d *daemon) seat(ctx context.Context, world *sandbox.World, people string) error {
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
	go func() { _ = world.Play(ctx, script, sandbox.Stage{Done: d.sayStep}) }()
	return nil
}
