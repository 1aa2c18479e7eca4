package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"heed/bots"
	"heed/runner"
)

// Whoami asks X whose token it is. An access token that has expired is refused by X.
func (c *Client) Whoami(ctx context.Context, t Token) (Identity, error) {
	const path = "/2/users/me"
	var status int
	var body []byte
	var err error
	if t.Kind == OAuth1 {
		status, body, err = c.call1(ctx, http.MethodGet, path, pair{t.Access, t.Secret}, nil)
	} else {
		var req *http.Request
		if req, err = http.NewRequestWithContext(ctx, http.MethodGet, c.at(path), http.NoBody); err == nil {
			req.Header.Set("Authorization", "Bearer "+string(t.Access))
			status, body, err = c.do(req)
		}
	}
	switch {
	case err != nil:
		return Identity{}, fmt.Errorf("whose token it is cannot be read: %w", err)
	case status == http.StatusUnauthorized:
		return Identity{}, refused("X does not accept the token (401)")
	case status != http.StatusOK:
		return Identity{}, fmt.Errorf("whose token it is cannot be read: X answered %d", status)
	}
	var me struct {
		Data struct {
			ID       string `json:"id"`
			Username string `json:"username"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &me) != nil || !bots.IsSnowflake(me.Data.ID) || !handle(me.Data.Username) {
		return Identity{}, errors.New("whose token it is cannot be read: X's answer names no account")
	}
	return Identity{UserID: bots.UserID(me.Data.ID), Handle: "@" + me.Data.Username}, nil
}

// handle keeps an answer from putting anything else than a handle on a terminal.
func handle(s string) bool {
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return s != "" && len(s) <= 15
}

// ErrByHand is the error of revoking a token of OAuth 1.0a: X offers no call for it.
var ErrByHand = errors.New("a token of OAuth 1.0a can be taken back at X only: as the bot, under Settings, Security, Apps, Connected apps, or in the app's console")

// Revoke asks X to take a token back: its refresh token, which is what lasts, and then
// the access token, which X may have taken back with it.
func (c *Client) Revoke(ctx context.Context, t Token) error {
	if t.Kind == OAuth1 {
		return ErrByHand
	}
	lasting := t.Refresh != "" && t.Spent == ""
	if lasting {
		if err := c.revoke(ctx, t.Refresh, "refresh_token"); err != nil {
			return err
		}
	}
	if t.Access == "" {
		return nil
	}
	err := c.revoke(ctx, t.Access, "access_token")
	if lasting && errors.Is(err, errUnknown) {
		return nil
	}
	return err
}

var errUnknown = errors.New("revoking: X answered 400")

func (c *Client) revoke(ctx context.Context, secret runner.Secret, hint string) error {
	form := url.Values{"token": {string(secret)}, "token_type_hint": {hint}}
	if c.app.ClientSecret == "" {
		form.Set("client_id", c.app.ClientID)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.at("/2/oauth2/revoke"), strings.NewReader(form.Encode()))
	if err != nil {
		return errors.New("the call cannot be made")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.app.ClientSecret != "" {
		req.SetBasicAuth(url.QueryEscape(c.app.ClientID), url.QueryEscape(string(c.app.ClientSecret)))
	}
	status, _, err := c.do(req)
	switch {
	case err != nil:
		return fmt.Errorf("revoking: %w", err)
	case status == http.StatusOK:
		return nil
	case status == http.StatusBadRequest:
		return errUnknown
	}
	return fmt.Errorf("revoking: X answered %d", status)
}
