package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"heed/config"
	"heed/runner/web"
)

// openWeb opens the loopback door by which programs of the operator record opt-outs.
func (d *daemon) openWeb(ctx context.Context) error {
	listen := d.settings().Web.Listen
	if listen == "" {
		return nil
	}
	path := tokenFile(d.settings())
	token, err := web.Token(path)
	if err != nil {
		return err
	}
	d.watch(ctx)
	server, err := web.New(web.Options{Desk: d.ledger, Metrics: d.meter.Handler(), Ready: func(now context.Context) []web.Part { return d.parts(now, ctx) }, Token: token, Bots: d.botNames, Now: time.Now, By: "http",
		House:  d.webHouse(),
		Report: func(err error) { d.say("web", "%v", err) }})
	if err != nil {
		return err
	}
	l, err := d.listenWeb(listen)
	if err != nil {
		return err
	}
	if err := keepAddress(addressFile(d.settings()), l.Addr().String()); err != nil {
		return errors.Join(fmt.Errorf("web: the address cannot be kept for `heed dashboard`: %w", err), l.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	d.onEnd(func() error {
		stop()
		_ = os.Remove(addressFile(d.settings())) // the port may be somebody else's from here on
		if err := <-ended; err != nil {          // whoever was cut off got no answer, and asks again
			d.say("web", "%v", err)
		}
		return nil
	})
	d.say("web", "opt-outs are taken at http://%s/v1/opt-outs, with the token in %s", l.Addr(), path)
	d.say("web", "the dashboard, for ten minutes and one browser: %s", server.Link(l.Addr(), d.actor()))
	return nil
}

// listenWeb takes the address of the settings. Where another program has it already, a
// house that acts in the sandbox takes a free one and says so; any other does not start,
// for programs that record opt-outs know that address and no other.
func (d *daemon) listenWeb(listen string) (net.Listener, error) {
	l, err := net.Listen("tcp", listen)
	if err == nil {
		return l, nil
	}
	if !errors.Is(err, syscall.EADDRINUSE) || !d.settings().X.Sandbox() {
		return nil, fmt.Errorf(`web: %w: another heed may be running; name another address in [web] listen, or "" for none`, err)
	}
	host, _, _ := net.SplitHostPort(listen) // it was listened on
	l, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	d.say("web", "warning: another program has %s; until the next start this house is at %s", listen, l.Addr())
	return l, nil
}

// tokenFile holds what lets programs of the operator in.
func tokenFile(cfg *config.Config) string { return filepath.Join(stateDir(cfg), "web.token") }

// addressFile says where the running heed listens, which the settings cannot when it had
// to take another port.
func addressFile(cfg *config.Config) string { return filepath.Join(stateDir(cfg), "web.address") }

func keepAddress(path, address string) error {
	if err := os.WriteFile(path+".new", []byte(address+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (d *daemon) botNames() []string { return d.settings().BotNames() }
