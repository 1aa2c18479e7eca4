package main

import (
	"context"
	"errors"
	"io"
	"os"

	"heed/config"
	"heed/runner/platform"
)

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
	o := platform.Options{BaseURL: cfg.X.APIURL, Media: d.media, Tier: cfg.X.Tier, Accounts: map[string]platform.Account{},
		Consumer: platform.Keys{Key: read(cfg.X.ConsumerKey), Secret: read(cfg.X.ConsumerSecret)}}
	for _, b := range cfg.Bots {
		o.Accounts[b.Name] = platform.Account{Handle: b.Handle, UserID: b.UserID, Token: read(b.AccessToken), Secret: read(b.AccessSecret)}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, exit{exitConfig, err}
	}
	return platform.New(o)
}

// media opens a file in a bot's own folder. No act comes before the runner is there.
func (d *daemon) media(bot, path string) (io.ReadCloser, error) {
	return d.runner.Scripts.Media(bot, path)
}
