// Package config reads heed.toml: TOML to bots and pipelines, every mistake at once
// and each with its place. It opens no secret and no network.
//
// One parser decides what a file means (BurntSushi/toml). Another (go-toml) is asked
// only where a key stands, so that a file cannot be checked as one thing and loaded
// as another.
package config

import (
	"net"
	"net/netip"
	"net/url"
	"time"

	"heed/bots"
	"heed/guards"
)

// Config is a house: the operator, the app, the bots with their guards. Its paths
// are absolute.
type Config struct {
	Path     string        // of the main file, as given to Load
	Operator bots.Operator // who answers for the bots; a name or a handle is required
	X        X
	NATS     NATS
	Ledger   Ledger
	Web      Web
	OptOut   OptOut
	Sandbox  Sandbox
	Bots     []Bot    // by name
	Policy   string   // "sha256:" and 12 hex digits over all bots' policies and the opt-out words
	Warnings Problems // what is doubtful and does not keep heed from running
}

// X is the platform's side.
type X struct {
	Environment    bots.Environment `toml:"environment"`     // required; only production may contact the public (rule A1)
	Tier           bots.Tier        `toml:"tier"`            // default self_serve
	UseCase        string           `toml:"use_case"`        // what X was told the app is for (rule A4)
	APIURL         string           `toml:"api_url"`         // default https://api.x.com; a loopback stand-in, or "sandbox"
	InboundPerDay  int              `toml:"inbound_per_day"` // messages and mentions read in 24 hours, over all bots; default 5000, 1 to 1000000; each costs money
	Poll           time.Duration    `toml:"poll"`            // how often DMs and mentions are read; default 60s, 15s to 1h (from 200ms on a stand-in)
	Events         Events           `toml:"events"`          // how X tells by itself what happens: "poll" (default: it does not), "stream" or "webhook"; polling goes on, more rarely
	WebhookListen  string           `toml:"webhook_listen"`  // loopback host:port behind the TLS proxy of webhook_url; default 127.0.0.1:8481
	WebhookURL     string           `toml:"webhook_url"`     // what X calls: https and no port; required with events = "webhook"
	ConsumerKey    Secret           `toml:"consumer_key"`    // of the app; for bots with OAuth 1.0a
	ConsumerSecret Secret           `toml:"consumer_secret"` // of the app; for bots with OAuth 1.0a
	ClientID       string           `toml:"client_id"`       // of the app, no secret; for bots with oauth2 = true
	ClientSecret   Secret           `toml:"client_secret"`   // of a confidential app with OAuth 2.0; absent: a public one
}

const sandboxURL = "sandbox"

// Events is how heed hears what X tells by itself.
type Events string

// The ways of hearing.
const (
	ByPoll    Events = "poll"
	ByStream  Events = "stream"
	ByWebhook Events = "webhook"
)

// Sandbox says whether acts go to heed's own sandbox.
func (x X) Sandbox() bool { return x.APIURL == sandboxURL }

// Local says whether acts stay on this machine: the sandbox or a loopback stand-in.
func (x X) Local() bool {
	if x.Sandbox() {
		return true
	}
	u, err := url.Parse(x.APIURL)
	return err == nil && loopback(u.Hostname())
}

// AuthorizeURL is where people allow the app to act for an account (OAuth 2.0). A
// stand-in has the page on its own address.
func (x X) AuthorizeURL() string {
	if x.Local() {
		return x.APIURL + authorizePath
	}
	return "https://x.com" + authorizePath
}

const authorizePath = "/i/oauth2/authorize"

// NATS is the road between bots and heed.
type NATS struct {
	URL         string `toml:"url"`          // "": a server within this process
	Listen      string `toml:"listen"`       // embedded only: host:port for bots elsewhere; "": none
	Dir         string `toml:"dir"`          // default state/nats
	Sync        string `toml:"sync"`         // "always" (default), or how long what was acknowledged may lie unsynced: "1s", at most 2m
	AllowPublic bool   `toml:"allow_public"` // lets listen be more than loopback
	Creds       Secret `toml:"creds"`        // for a cluster elsewhere
}

// SyncEvery is how long acknowledged messages may lie unsynced; 0 means never.
func (n NATS) SyncEvery() time.Duration {
	d, err := time.ParseDuration(n.Sync)
	if err != nil {
		return 0
	}
	return d
}

// Ledger is the durable record.
type Ledger struct {
	Path      string        `toml:"path"`      // default state/heed.db
	Retention time.Duration `toml:"retention"` // how long the text of a finished intent is kept; default 720h, 1h to 8760h
}

// Web is the dashboard.
type Web struct {
	Listen      string `toml:"listen"`       // default 127.0.0.1:8480; "": off
	AllowPublic bool   `toml:"allow_public"` // lets listen be more than loopback
}

// OptOut says how heed hears people who want to be left alone.
type OptOut struct {
	ExtraKeywords []string `toml:"extra_keywords"` // beside the built-in ones of every language
	Help          bool     `toml:"help"`           // heed answers HELP itself: what the bot is, who runs it, how to stop it; default true
	Confirm       bool     `toml:"confirm"`        // one message says that a STOP was heard; default false
}

// Sandbox sets up the local stand-in for X.
type Sandbox struct {
	People string `toml:"people"` // path of a JSON script of the people who live there; "": nobody
}

// Bot is one account with what it needs to run.
type Bot struct {
	bots.Bot
	Pipeline     guards.Pipeline
	AccessToken  Secret // OAuth 1.0a user token
	AccessSecret Secret
	OAuth2       bool // signs with the OAuth 2.0 token of `heed login` instead
	OAuth1       bool // signs with the OAuth 1.0a token of `heed login` instead
	NATS         bool // its script may connect over NATS itself
}

func defaults() *Config {
	return &Config{
		X:      X{Tier: bots.SelfServe, APIURL: "https://api.x.com", Poll: time.Minute, InboundPerDay: 5000, Events: ByPoll, WebhookListen: "127.0.0.1:8481"},
		NATS:   NATS{Dir: "state/nats", Sync: "always"},
		Ledger: Ledger{Path: "state/heed.db", Retention: 720 * time.Hour},
		Web:    Web{Listen: "127.0.0.1:8480"},
		OptOut: OptOut{Help: true},
	}
}

// Load reads a heed.toml and what it includes. When the error is not nil it is
// Problems: every mistake, sorted by place, warnings among them. Warnings alone are
// no error and stand in Config.Warnings. Secrets are not read, see Missing.
func Load(path string) (*Config, error) {
	return load(path, shelf{guards.Rules, guards.New})
}

// shelf is where guards are taken from; tests bring guards of their own.
type shelf struct {
	rules func() []guards.Rule
	make  func(string) (guards.Rule, guards.Guard, error)
}

func load(path string, from shelf) (*Config, error) {
	l := &loader{shelf: from, cfg: defaults()}
	l.cfg.Path = path
	l.run(path)
	problems := l.problems.tidy()
	if len(problems.Fatal()) > 0 {
		return nil, problems
	}
	l.cfg.Warnings = problems
	return l.cfg, nil
}

// loopback says whether a host is this machine and nothing else.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// loopbackListen says whether a host:port listens on this machine alone.
func loopbackListen(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && loopback(host)
}

// BotNames are the bots of the settings, in their order.
func (c *Config) BotNames() []string {
	names := make([]string, len(c.Bots))
	for i, b := range c.Bots {
		names[i] = b.Name
	}
	return names
}
