package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"heed/runner"
)

const (
	usualLife   = 2 * time.Hour // of an access token
	longestLife = 366 * 24 * time.Hour
	maxScopes   = 2 << 10 // bytes; X's own are some twenty words
)

// refresh asks X for the token that follows t.
func (c *Client) refresh(ctx context.Context, t Token) (Token, error) {
	conf, err := c.oauth2("", nil)
	if err != nil {
		return Token{}, err
	}
	got, err := conf.TokenSource(c.with(ctx), &oauth2.Token{RefreshToken: string(t.Refresh)}).Token()
	if err != nil {
		return Token{}, tokenError(err, "its refresh token is spent or revoked")
	}
	return c.issued(got, t)
}

// issued makes the token that follows was of what the token endpoint gave.
func (c *Client) issued(got *oauth2.Token, was Token) (Token, error) {
	t := was
	t.Kind, t.Spent, t.SavedAt = OAuth2, "", c.now().UTC()
	t.Access, t.Refresh = runner.Secret(got.AccessToken), runner.Secret(got.RefreshToken)
	// The library reckons with the machine's clock; the life of the token is what X said.
	// Where it says nothing sensible, the token is not thrown away: the one before is spent.
	life := usualLife
	if s := got.ExpiresIn; s > 0 && s <= int64(longestLife/time.Second) {
		life = time.Duration(s) * time.Second
	}
	t.Expires = t.SavedAt.Add(life)
	// Scopes that no app has are left aside too: they would not fit into the token's file.
	if scope, ok := got.Extra("scope").(string); ok && scope != "" && len(scope) <= maxScopes && printable(scope) {
		t.Scopes = strings.Fields(scope)
		slices.Sort(t.Scopes)
	}
	if !strings.EqualFold(got.Type(), "Bearer") {
		return Token{}, fmt.Errorf("token: X gave a token of a kind that heed does not know")
	}
	return t, nil
}

// tokenError sorts what the token endpoint answered. Its words are not repeated: they
// may hold what was sent.
func tokenError(err error, spent string) error {
	var said *oauth2.RetrieveError
	if !errors.As(err, &said) || said.Response == nil {
		if errors.As(err, &said) || strings.HasPrefix(err.Error(), "oauth2:") {
			return errors.New("token: X's answer with the token cannot be read")
		}
		return errors.New("no token came from X: " + quiet(err))
	}
	status := said.Response.StatusCode
	switch {
	case status/100 == 4 && (said.ErrorCode == "invalid_request" || said.ErrorCode == "invalid_grant"):
		return &runner.NeedsLogin{Why: spent}
	case said.ErrorCode == "invalid_client", said.ErrorCode == "unauthorized_client":
		return &runner.Locked{App: true, Why: "X does not accept x.client_id with its secret, or the app is suspended"}
	case status == http.StatusTooManyRequests:
		return errors.New("token: X's endpoint says to wait (429)")
	}
	return fmt.Errorf("token: X's endpoint answered %d", status)
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}
