package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"heed/config"
	"heed/runner/ledger"
	"heed/runner/web"
)

func (a *app) dashboardCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "dashboard",
		Short:   "Print a link into the running heed's dashboard, good once, for ten minutes",
		Example: "  heed dashboard\n  heed dashboard --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), 10*time.Second)
			defer cancel()
			way, err := askForLink(ctx, cfg, a.actor())
			if err != nil {
				return err
			}
			return a.print(way, "%s", way.Link)
		},
	}
}

// wayIn is a link, and until when it is good.
type wayIn struct {
	Link string    `json:"link"`
	Ends time.Time `json:"ends_at"`
}

// askForLink asks the running heed. Who can read the token's file may come in.
func askForLink(ctx context.Context, cfg *config.Config, by string) (way wayIn, err error) {
	if cfg.Web.Listen == "" {
		return way, usage(`dashboard: the settings switch it off: set [web] listen, like "127.0.0.1:8480"`)
	}
	address, err := listeningAt(cfg)
	if err != nil {
		return way, exit{exitUnreachable, err}
	}
	token, err := web.Token(tokenFile(cfg))
	if err != nil {
		return way, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/v1/sign-ins?by="+url.QueryEscape(by), nil)
	if err != nil {
		return way, err
	}
	req.Header.Set("Authorization", "Bearer "+string(token))
	// The token goes to this machine alone: through no proxy, and after no redirect.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return way, exit{exitUnreachable, fmt.Errorf("dashboard: heed does not answer at %s: start heed run: %w", address, err)}
	}
	defer func() { _ = res.Body.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return way, exit{exitUnreachable, fmt.Errorf("dashboard: %w", err)}
	}
	if res.StatusCode != http.StatusOK {
		return way, exit{exitUnreachable, fmt.Errorf("dashboard: what answers at %s is not this house's heed (status %d): start heed run", address, res.StatusCode)}
	}
	if err := json.Unmarshal(b, &way); err != nil || !strings.HasPrefix(way.Link, "http://"+address+"/") {
		return way, exit{exitUnreachable, fmt.Errorf("dashboard: what answers at %s gives no link", address)}
	}
	return way, nil
}

// listeningAt is where the running heed said that it listens; always on this machine. One
// that was killed leaves its address behind, and the port may be somebody else's by now:
// without a heed that keeps the ledger, nobody there is asked, for he would be given the token.
func listeningAt(cfg *config.Config) (string, error) {
	path := addressFile(cfg)
	if running, err := ledger.Locked(cfg.Ledger.Path); err != nil {
		return "", fmt.Errorf("dashboard: %w", err)
	} else if !running {
		return "", errors.New("dashboard: no heed runs here: start heed run")
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errors.New("dashboard: heed only begins to run here: try again")
	}
	if err != nil {
		return "", fmt.Errorf("dashboard: %w", err)
	}
	at, err := netip.ParseAddrPort(strings.TrimSpace(string(b)))
	if err != nil || !at.Addr().IsLoopback() {
		return "", fmt.Errorf("dashboard: %s holds no address of this machine: start heed run again", path)
	}
	return at.String(), nil
}
