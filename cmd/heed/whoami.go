package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"heed/config"
	"heed/runner"
	"heed/runner/signin"
)

func (a *app) whoamiCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "whoami BOT",
		Short:   "Ask X whose account a bot signs with; exit 4 when it is another than the settings say",
		Example: "  heed whoami tides",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return a.whoami(ctx, args[0])
		},
	}
}

func (a *app) whoami(ctx context.Context, name string) error {
	cfg, b, client, err := a.signer(name)
	if err != nil {
		return err
	}
	t, who, err := a.tokenAndOwner(ctx, cfg, b, client)
	if err != nil {
		return signError(err)
	}
	if other := who.Differs(signin.Identity{UserID: b.UserID, Handle: b.Handle}); other != "" {
		return exit{exitRefused, fmt.Errorf("bots.%s: %s", b.Name, other)}
	}
	t.UserID, t.Handle = who.UserID, who.Handle
	return a.printToken(b.Name, t, "")
}

// tokenAndOwner gives what a bot signs with, and whose X says it is.
func (a *app) tokenAndOwner(ctx context.Context, cfg *config.Config, b config.Bot, client *signin.Client) (signin.Token, signin.Identity, error) {
	t, err := a.tokenOf(ctx, cfg, b, client)
	if err != nil {
		return t, signin.Identity{}, err
	}
	who, err := client.Whoami(ctx, t)
	var refused *signin.Refused
	if b.OAuth2 && errors.As(err, &refused) {
		// X takes tokens back before their time; another one may do.
		store := tokens(cfg)
		if err = client.Source(store, b.Name).Renew(ctx, t.Access); err == nil {
			t, err = store.Read(b.Name)
		}
		if err == nil {
			who, err = client.Whoami(ctx, t)
		}
	}
	return t, who, err
}

// whose is tokenAndOwner for who needs no token, with what X's clock says.
func (a *app) whose(ctx context.Context, cfg *config.Config, b config.Bot) (who signin.Identity, ahead time.Duration, known bool, err error) {
	app, err := appOf(cfg)
	if err != nil {
		return who, 0, false, err
	}
	client, err := signin.New(app)
	if err != nil {
		return who, 0, false, err
	}
	_, who, err = a.tokenAndOwner(ctx, cfg, b, client)
	ahead, known = client.Ahead()
	return who, ahead, known, err
}

// tokenOf is what a bot signs with, renewed where that is due.
func (a *app) tokenOf(ctx context.Context, cfg *config.Config, b config.Bot, client *signin.Client) (signin.Token, error) {
	if !b.OAuth1 && !b.OAuth2 {
		token, err1 := b.AccessToken.Read(os.LookupEnv)
		secret, err2 := b.AccessSecret.Read(os.LookupEnv)
		if err := errors.Join(err1, err2); err != nil {
			return signin.Token{}, exit{exitConfig, err}
		}
		return signin.Token{Kind: signin.OAuth1, Access: runner.Secret(token), Secret: runner.Secret(secret)}, nil
	}
	store := tokens(cfg)
	if _, err := storedToken(store, b); err != nil {
		return signin.Token{}, exit{exitConfig, err}
	}
	if b.OAuth2 {
		if _, err := client.Source(store, b.Name).Token(ctx); err != nil {
			return signin.Token{}, err
		}
	}
	return store.Read(b.Name) // with what a renewal has changed
}

func (a *app) logoutCmd() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:     "logout BOT",
		Short:   "Have X take a bot's token back, and forget it",
		Example: "  heed logout tides\n  heed logout tides --force",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd.Context())
			defer stop()
			return a.logout(ctx, args[0], force)
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "forget the token although X did not take it back")
	return cmd
}

func (a *app) logout(ctx context.Context, name string, force bool) error {
	cfg, b, client, err := a.signer(name)
	if err != nil {
		return err
	}
	store := tokens(cfg)
	t, err := store.Read(b.Name)
	if errors.Is(err, signin.ErrNone) {
		return exit{exitNotFound, err}
	}
	revoked := false
	if err == nil {
		err = client.Revoke(ctx, t)
		revoked = err == nil
	}
	switch {
	case errors.Is(err, signin.ErrByHand):
		fmt.Fprintln(a.errs, err)
	case err != nil && !force:
		return fmt.Errorf("%w; the token stays; try again, or --force to forget it and take the app's access away at X by hand", err)
	case err != nil:
		fmt.Fprintln(a.errs, err)
	}
	if err := store.Delete(ctx, b.Name); err != nil {
		return err
	}
	if _, err := store.Read(b.Name); !errors.Is(err, signin.ErrNone) {
		return fmt.Errorf("bots.%s: a token of the service manager is left; take it out of the service's credentials", b.Name)
	}
	said := "X took it back"
	if !revoked {
		said = "X still knows it"
	}
	return a.print(map[string]any{"bot": b.Name, "revoked": revoked, "forgotten": true}, "%s: its token is forgotten; %s", b.Name, said)
}
