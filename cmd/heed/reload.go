package main

import (
	"context"
	"errors"
	"os"

	"heed/config"
)

// keepOpened keeps what was opened at the start as it was opened: files, ports, and
// whose account a running bot is.
func keepOpened(old, cfg *config.Config) {
	cfg.NATS, cfg.Ledger, cfg.X.APIURL = old.NATS, old.Ledger, old.X.APIURL
	cfg.X.Events, cfg.X.WebhookListen, cfg.X.WebhookURL = old.X.Events, old.X.WebhookListen, old.X.WebhookURL
	cfg.X.ConsumerKey, cfg.X.ConsumerSecret = old.X.ConsumerKey, old.X.ConsumerSecret
	cfg.X.ClientID, cfg.X.ClientSecret = old.X.ClientID, old.X.ClientSecret
	for i := range cfg.Bots {
		b := &cfg.Bots[i]
		for _, was := range old.Bots {
			if was.Name == b.Name {
				b.Handle, b.UserID, b.OAuth2, b.OAuth1, b.NATS = was.Handle, was.UserID, was.OAuth2, was.OAuth1, was.NATS
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
		ready := d.turns.Load() // else READY=1 is yet to come, and to mean more
		if ready {
			d.tellManager(reloading())
		}
		err, status := d.reload(), "reload refused, the settings stay as they were"
		if err != nil {
			d.say("heed", "%s:\n%v", status, err)
		} else {
			status = d.status()
		}
		if ready {
			d.tellManager("READY=1", "STATUS="+status)
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
	d.meter.Bots(d.botNames())
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
