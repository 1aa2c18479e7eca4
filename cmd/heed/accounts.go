package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"heed/config"
	"heed/runner"
	"heed/runner/platform"
	"heed/runner/signin"
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
	app, err := appOf(cfg)
	if err != nil {
		return nil, exit{exitConfig, err}
	}
	client, err := signin.New(app)
	if err != nil {
		return nil, exit{exitConfig, err}
	}
	var errs []error
	o := platform.Options{BaseURL: cfg.X.APIURL, Media: d.media, Tier: cfg.X.Tier, Accounts: map[string]platform.Account{},
		Consumer: platform.Keys{Key: app.ConsumerKey, Secret: app.ConsumerSecret}}
	for _, b := range cfg.Bots {
		a, err := accountOf(cfg, b, client)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		o.Accounts[b.Name] = a
		d.warnOfScopes(cfg, b)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, exit{exitConfig, err}
	}
	return platform.New(o)
}

// appOf is the app of the settings with its secrets, as far as they are named.
func appOf(cfg *config.Config) (signin.App, error) {
	var errs []error
	read := func(s config.Secret) runner.Secret {
		if !s.IsSet() {
			return ""
		}
		v, err := s.Read(os.LookupEnv)
		errs = append(errs, err)
		return runner.Secret(v)
	}
	return signin.App{API: cfg.X.APIURL, Authorize: cfg.X.AuthorizeURL(), ClientID: cfg.X.ClientID, ClientSecret: read(cfg.X.ClientSecret),
		ConsumerKey: read(cfg.X.ConsumerKey), ConsumerSecret: read(cfg.X.ConsumerSecret)}, errors.Join(errs...)
}

// accountOf is a bot's account with what it signs with. A bot that was never signed in
// keeps heed from starting; one whose token is spent stops alone, once it is used.
func accountOf(cfg *config.Config, b config.Bot, client *signin.Client) (platform.Account, error) {
	a := platform.Account{Handle: b.Handle, UserID: b.UserID}
	if !b.OAuth1 && !b.OAuth2 {
		token, err1 := b.AccessToken.Read(os.LookupEnv)
		secret, err2 := b.AccessSecret.Read(os.LookupEnv)
		a.Token, a.Secret = runner.Secret(token), runner.Secret(secret)
		return a, errors.Join(err1, err2)
	}
	store := tokens(cfg)
	t, err := storedToken(store, b)
	if err != nil {
		return a, err
	}
	a.UserID = t.UserID // a login has read it from X, and it is the configured one
	if b.OAuth2 {
		a.Bearer = client.Source(store, b.Name)
	} else {
		a.Token, a.Secret = t.Access, t.Secret
	}
	return a, nil
}

// storedToken reads the token of a bot that is signed in by heed login, and looks
// whether it is the one that the settings mean.
func storedToken(store *signin.Store, b config.Bot) (signin.Token, error) {
	t, err := store.Read(b.Name)
	want := signin.OAuth2
	if b.OAuth1 {
		want = signin.OAuth1
	}
	switch {
	case err != nil:
	case t.Kind != want:
		err = fmt.Errorf("token of %s: it is of %s, and the settings say %s = true", b.Name, t.Kind, want)
	case b.UserID != "" && b.UserID != t.UserID, !strings.EqualFold(t.Handle, b.Handle):
		err = fmt.Errorf("token of %s: it belongs to %s (user %s), and the settings say %s %s", b.Name, t.Handle, t.UserID, b.Handle, b.UserID)
	}
	if err != nil {
		return t, fmt.Errorf("bots.%s: %w; run heed login %s", b.Name, err, b.Name)
	}
	return t, nil
}

// warnOfScopes says what a bot was allowed more in the settings than at its sign-in.
func (d *daemon) warnOfScopes(cfg *config.Config, b config.Bot) {
	if !b.OAuth2 {
		return
	}
	t, err := tokens(cfg).Read(b.Name)
	if missing := t.Lacks(signin.Scopes(b.Actions)); err == nil && len(missing) > 0 {
		d.say("heed", "warning: bots.%s: X gave its token no %s; run heed login %s", b.Name, strings.Join(missing, ", "), b.Name)
	}
}

// tokens is where heed login keeps what bots sign with: beside the ledger.
func tokens(cfg *config.Config) *signin.Store {
	return &signin.Store{Dir: filepath.Join(stateDir(cfg), "tokens"), Credentials: os.Getenv("CREDENTIALS_DIRECTORY")}
}

// media opens a file in a bot's own folder. No act comes before the runner is there.
func (d *daemon) media(bot, path string) (io.ReadCloser, error) {
	return d.runner.Scripts.Media(bot, path)
}
