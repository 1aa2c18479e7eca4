package main

import (
	"context"
	"net"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"

	"heed/bots"
	"heed/guards"
	"heed/runner"
	"heed/runner/platform"
	"heed/runner/sandbox"
)

// What the simulations share: a house of live bots at a sandboxed X behind pipes that a
// driven clock can wait for, a road that delivers again, and processes that die.

// simHouse is a house of bots and the X where they live.
type simHouse struct {
	x        *sandbox.World
	app      string // its id
	house    runner.House
	ids      map[string]bots.UserID // of the bots' accounts
	accounts map[string]platform.Account
	keys     platform.Keys
}

// newSimHouse gives every bot an account at x, every action but the hiding of replies,
// and guards as they are by default.
func newSimHouse(t *testing.T, x *sandbox.World, names []string, actions []bots.Action) simHouse {
	h := simHouse{x: x, ids: map[string]bots.UserID{}, accounts: map[string]platform.Account{}}
	app, err := x.AddApp("sim", "")
	if err != nil {
		t.Fatal(err)
	}
	h.app = app.ID
	var handles []string
	for _, name := range names {
		c, err := x.AddBot(app.ID, sandbox.User{Username: name, Verified: true, DMOpen: true, Bio: "A bot by Sim Lab"})
		if err != nil {
			t.Fatal(err)
		}
		h.keys = platform.Keys{Key: platform.Secret(c.ConsumerKey), Secret: platform.Secret(c.ConsumerSecret)}
		h.accounts[name] = platform.Account{Handle: name, Token: platform.Secret(c.AccessToken), Secret: platform.Secret(c.AccessSecret)}
		h.ids[name] = bots.UserID(c.UserID)
		handles = append(handles, "@"+name)
	}
	p := guards.Default()
	p.Policy = "sim"
	for _, name := range names {
		b := bots.Bot{Name: name, Handle: "@" + name, Mode: bots.Live, Actions: actions,
			House: bots.House{Operator: bots.Operator{Name: "Sim Lab"}, Environment: bots.Production, Tier: bots.Enterprise, Handles: handles}}
		h.house.Charges = append(h.house.Charges, runner.Charge{Bot: b, Pipeline: p})
	}
	return h
}

// serve lets x answer until the test ends.
func (h *simHouse) serve(t *testing.T) *pipes {
	ln := newPipes()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- sandbox.Serve(ctx, ln, h.x) }()
	t.Cleanup(func() { cancel(); <-served })
	return ln
}

// platform is a process's own way to x: it knows nothing of the process before it.
func (h *simHouse) platform(t *testing.T, dial func(context.Context, string, string) (net.Conn, error)) *platform.X {
	x, err := platform.New(platform.Options{BaseURL: "http://127.0.0.1:1", Dial: dial, Tier: bots.Enterprise, Accounts: h.accounts, Consumer: h.keys})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// fact is a word that resembles no other.
func fact(n int) string {
	word := ""
	for range 4 {
		word += string("bdfgklmnprstvz"[n%14]) + string("aeiou"[n/14%5])
		n = n*31 + 17
	}
	return word + strconv.Itoa(n%97)
}

// raceDetector says whether everything takes several times as long.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
