package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/config"
	"heed/runner"
	"heed/runner/signin"
)

// loginFlags say how a person signs a bot in.
type loginFlags struct {
	paste, pin, browser bool
	from                string
	port                int
}

func (a *app) loginCmd() *cobra.Command {
	var f loginFlags
	cmd := &cobra.Command{
		Use:   "login BOT",
		Short: "Sign a bot in to X, and keep its token where only heed reads it",
		Long: "Sign a bot in to X. With oauth2 = true you allow the app in a browser; with oauth1 = true you\n" +
			"type the number that X shows, or hand over the tokens of X's console. heed looks whose account\n" +
			"it is before anything is stored, and never asks for a password.",
		Example: "  heed login tides                 # the browser comes back to this machine\n" +
			"  heed login tides --paste         # no browser here: paste the address it ends at\n" +
			"  heed login tides --pin           # OAuth 1.0a\n" +
			"  heed login tides --import - <keys   # OAuth 1.0a: consumer key and secret, access token and secret, a line each",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.login(cmd, args[0], f) },
	}
	fs := cmd.Flags()
	fs.BoolVar(&f.paste, "paste", false, "read the redirected address, or its code, from the standard input")
	fs.BoolVar(&f.pin, "pin", false, "OAuth 1.0a with the number that X shows")
	fs.StringVar(&f.from, "import", "", "OAuth 1.0a: read the four secrets from a file (- is the standard input)")
	fs.IntVar(&f.port, "port", signin.DefaultPort, "the `port` of the callback on 127.0.0.1, as it is allowed for the app at X")
	fs.BoolVar(&f.browser, "browser", false, "open the address in this machine's browser")
	cmd.MarkFlagsMutuallyExclusive("paste", "pin", "import")
	return cmd
}

func (a *app) login(cmd *cobra.Command, name string, f loginFlags) error {
	if f.port < 1 || f.port > 65535 {
		return usage("login: --port %d: must be from 1 to 65535", f.port)
	}
	cfg, b, client, err := a.signer(name)
	if err != nil {
		return err
	}
	if err := fitting(b, f); err != nil {
		return err
	}
	store := tokens(cfg)
	if err := store.Ready(); err != nil {
		return err // before X gives a token that could not be kept
	}
	ctx, stop := interruptible(cmd.Context())
	defer stop()
	w := signin.Wish{Bot: b.Name, Want: signin.Identity{UserID: b.UserID, Handle: b.Handle}, Scopes: signin.Scopes(b.Actions), Port: f.port,
		Say: func(format string, args ...any) { fmt.Fprintf(a.errs, format+"\n", args...) }}
	if f.browser {
		w.Open = browse
	}
	var t signin.Token
	switch {
	case f.from != "":
		in, done, err := a.secretsFrom(f.from)
		if err != nil {
			return err
		}
		defer done()
		w.Paste = in
		t, err = client.Import(ctx, w)
		if err != nil {
			return signError(err)
		}
	case b.OAuth1:
		w.Paste = a.in
		t, err = client.LoginPIN(ctx, w)
	default:
		if f.paste {
			w.Paste = a.in
		}
		t, err = client.Login(ctx, w)
	}
	if err != nil {
		return signError(err)
	}
	if err := store.Save(ctx, b.Name, t); err != nil {
		return err
	}
	next := "restart heed run, or send it SIGHUP"
	if t.Kind == signin.OAuth2 {
		next = "a running heed takes it at its next call; if the bot is latched: heed resume " + b.Name + " --latch"
	}
	fmt.Fprintln(a.errs, next)
	return a.printToken(b.Name, t, store.Path(b.Name))
}

// fitting says where the way of signing in is not the one of the settings.
func fitting(b config.Bot, f loginFlags) error {
	first := f.pin || f.from != ""
	switch {
	case !b.OAuth1 && !b.OAuth2:
		return exit{exitConfig, fmt.Errorf("bots.%s: signs with access_token of the settings; leave it and access_secret out and write oauth2 = true, or oauth1 = true", b.Name)}
	case b.OAuth2 && first:
		return exit{exitConfig, fmt.Errorf("bots.%s: says oauth2 = true, and --pin and --import are OAuth 1.0a; write oauth1 = true instead", b.Name)}
	case b.OAuth1 && f.paste:
		return exit{exitConfig, fmt.Errorf("bots.%s: says oauth1 = true, and --paste is OAuth 2.0; use --pin or --import, or write oauth2 = true instead", b.Name)}
	}
	return nil
}

// signer reads what signing in a bot needs.
func (a *app) signer(name string) (*config.Config, config.Bot, *signin.Client, error) {
	var none config.Bot
	cfg, err := a.load()
	if err != nil {
		return nil, none, nil, err
	}
	b, err := a.findBot(cfg, name)
	if err != nil {
		return nil, none, nil, err
	}
	if cfg.X.Sandbox() {
		return nil, none, nil, exit{exitConfig, errors.New(`x.api_url is "sandbox": its bots are signed in by themselves; run heed sandbox and name its address to try this`)}
	}
	app, err := appOf(cfg)
	if err != nil {
		return nil, none, nil, exit{exitConfig, err}
	}
	client, err := signin.New(app)
	if err != nil {
		return nil, none, nil, exit{exitConfig, err}
	}
	return cfg, b, client, nil
}

// secretsFrom opens where the four secrets stand: never the command line, which every
// user of the machine can read.
func (a *app) secretsFrom(from string) (io.Reader, func(), error) {
	if from == "-" {
		return a.in, func() {}, nil
	}
	f, err := os.Open(from)
	if err != nil {
		return nil, nil, err
	}
	done := func() { _ = f.Close() } // it is only read
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0) {
		err = exit{exitConfig, fmt.Errorf("%s: must be a plain file that nobody else may use; run chmod 600 on it", from)}
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return f, done, nil
}

// signError gives a sign-in that may not be its exit code.
func signError(err error) error {
	var refused *signin.Refused
	var needs *runner.NeedsLogin
	if errors.As(err, &refused) || errors.As(err, &needs) {
		return exit{exitRefused, err}
	}
	return err
}

// browse opens an address with the machine's own opener.
func browse(address string) error {
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "open"
	}
	return exec.Command(opener, address).Start()
}

// printToken tells of a token what is no secret.
func (a *app) printToken(bot string, t signin.Token, path string) error {
	text := fmt.Sprintf("%s signs in as %s (user %s) with %s", bot, t.Handle, t.UserID, t.Kind)
	if t.Kind == signin.OAuth2 {
		text += fmt.Sprintf("; it may %s; renewed by itself, next before %s", strings.Join(t.Scopes, " "), stamp(t.Expires))
	}
	if path != "" {
		text += "; kept in " + path
	}
	return a.print(struct {
		Bot     string      `json:"bot"`
		UserID  string      `json:"user_id"`
		Handle  string      `json:"handle"`
		Kind    signin.Kind `json:"kind"`
		Scopes  []string    `json:"scopes,omitempty"`
		Expires time.Time   `json:"expires_at,omitzero"`
		SavedAt time.Time   `json:"saved_at,omitzero"`
		Path    string      `json:"path,omitempty"`
	}{bot, string(t.UserID), t.Handle, t.Kind, t.Scopes, t.Expires, t.SavedAt, path}, "%s", text)
}
