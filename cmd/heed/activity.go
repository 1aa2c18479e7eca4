package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"heed/bots"
	"heed/config"
	"heed/runner"
	"heed/runner/activity"
)

// events opens how X tells by itself; nil where the settings say that bots are polled.
func (d *daemon) events() (runner.Pushes, error) {
	x := d.settings().X
	if x.Events == config.ByPoll {
		return nil, nil
	}
	o, err := d.eventOptions(d.settings())
	if err != nil {
		return nil, err
	}
	o.Accounts = d.known()
	o.Report = func(err error) { d.say("events", "%v", err) }
	if x.Events == config.ByWebhook {
		o.Webhook = d.webhook(x)
	}
	return activity.New(o)
}

// eventOptions reads the app's credentials; the sandbox has its own.
func (d *daemon) eventOptions(cfg *config.Config) (activity.Options, error) {
	if d.world != nil {
		c, err := d.sandboxApp(cfg)
		return activity.Options{BaseURL: d.world.url, ConsumerKey: runner.Secret(c.ConsumerKey), ConsumerSecret: runner.Secret(c.ConsumerSecret)}, err
	}
	app, err := appOf(cfg)
	if err != nil {
		return activity.Options{}, exit{exitConfig, err}
	}
	return activity.Options{BaseURL: cfg.X.APIURL, ConsumerKey: app.ConsumerKey, ConsumerSecret: app.ConsumerSecret, ClientSecret: app.ClientSecret}, nil
}

func (d *daemon) webhook(x config.X) *activity.Webhook {
	address := x.WebhookURL
	if d.world != nil {
		address = "http://" + x.WebhookListen + "/"
	}
	return &activity.Webhook{URL: address, Listen: func() (net.Listener, error) {
		l, err := net.Listen("tcp", x.WebhookListen)
		if err == nil {
			d.say("events", "X's webhook %s is taken at http://%s", address, l.Addr())
		}
		return l, err
	}}
}

// known lists the bots whose user ids are known: by the settings, or learnt from X. An
// account keeps its id, so that each is read once.
func (d *daemon) known() func() []activity.Account {
	var mu sync.Mutex
	learnt := map[string]bots.UserID{}
	return func() (all []activity.Account) {
		mu.Lock()
		defer mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		for _, b := range d.settings().Bots {
			id := b.UserID
			if id == "" {
				id = learnt[b.Name+b.Handle]
			}
			if id == "" {
				p, err := d.ledger.Profile(ctx, b.Name)
				if err != nil { // not read yet: it is asked for again
					continue
				}
				id = p.UserID
				learnt[b.Name+b.Handle] = id
			}
			all = append(all, activity.Account{Bot: b.Name, Handle: b.Handle, UserID: id})
		}
		return all
	}
}

// sandboxApp gives the credentials of the sandbox's app: every bot there has them.
func (d *daemon) sandboxApp(cfg *config.Config) (keys struct{ ConsumerKey, ConsumerSecret string }, err error) {
	script, err := cast(cfg)
	if err != nil {
		return keys, err
	}
	creds, err := d.world.Seat(script)
	if err != nil {
		return keys, err
	}
	for _, c := range creds {
		keys.ConsumerKey, keys.ConsumerSecret = c.ConsumerKey, c.ConsumerSecret
		return keys, nil
	}
	return keys, fmt.Errorf("the sandbox has no bot")
}
