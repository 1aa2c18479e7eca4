package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"heed/runner/web"
)

// openWeb opens the loopback door by which programs of the operator record opt-outs.
func (d *daemon) openWeb(ctx context.Context) error {
	listen := d.settings().Web.Listen
	if listen == "" {
		return nil
	}
	path := filepath.Join(stateDir(d.settings()), "web.token")
	token, err := web.Token(path)
	if err != nil {
		return err
	}
	d.watch(ctx)
	server, err := web.New(web.Options{Desk: d.ledger, Metrics: d.meter.Handler(), Ready: func(now context.Context) []web.Part { return d.parts(now, ctx) }, Token: token, Bots: d.botNames, Now: time.Now, By: "http",
		Report: func(err error) { d.say("web", "%v", err) }})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf(`web: %w: another heed may be running; name another address in [web] listen, or "" for none`, err)
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	d.onEnd(func() error {
		stop()
		if err := <-ended; err != nil { // whoever was cut off got no answer, and asks again
			d.say("web", "%v", err)
		}
		return nil
	})
	d.say("web", "opt-outs are taken at http://%s/v1/opt-outs, with the token in %s", l.Addr(), path)
	return nil
}

func (d *daemon) botNames() []string {
	var names []string
	for _, b := range d.settings().Bots {
		names = append(names, b.Name)
	}
	return names
}
