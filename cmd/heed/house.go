package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"heed/config"
	"heed/runner"
)

// houseOf is the part of the settings that a runner works by.
func houseOf(cfg *config.Config) runner.House {
	return runner.House{Keywords: cfg.OptOut.ExtraKeywords, Poll: cfg.X.Poll, Fresh: freshness(cfg), Inbound: cfg.X.InboundPerDay,
		Help: cfg.OptOut.Help, Confirm: cfg.OptOut.Confirm, Charges: chargesOf(cfg)}
}

// chargesOf are the bots with their guards.
func chargesOf(cfg *config.Config) (all []runner.Charge) {
	for _, b := range cfg.Bots {
		all = append(all, runner.Charge{Bot: b.Bot, Pipeline: b.Pipeline})
	}
	return all
}

// freshness is how old the last look at an inbox may be before some bot's guards let it
// contact nobody; 0 when none says.
func freshness(cfg *config.Config) (least time.Duration) {
	for _, b := range cfg.Bots {
		if age := inboxAge(b); age > 0 && (least == 0 || age < least) {
			least = age
		}
	}
	return least
}

// inboxAge is how old the last look at the inboxes may be before this bot contacts
// nobody; 0 when no guard says.
func inboxAge(b config.Bot) time.Duration {
	for _, st := range b.Pipeline.Stations {
		if st.Rule.Name != "opt_out" {
			continue
		}
		for _, s := range config.Settings(st.Guard) {
			if d, err := time.ParseDuration(s.Value); s.Key == "inbox_age" && err == nil {
				return d
			}
		}
	}
	return 0
}

// stateDir is where bots' own folders and the sandbox's world are kept: beside the ledger.
func stateDir(cfg *config.Config) string { return filepath.Dir(cfg.Ledger.Path) }

// private is what no script may read (promise P1).
func private(cfg *config.Config) []string {
	paths := []string{cfg.Ledger.Path, cfg.NATS.Dir}
	store := tokens(cfg)
	for _, dir := range []string{store.Dir, store.Credentials} {
		if dir != "" {
			paths = append(paths, dir)
		}
	}
	for _, s := range cfg.Secrets() {
		if s.File != "" && !s.Handed() { // what was handed over lies in that folder
			paths = append(paths, s.File)
		}
	}
	return paths
}

// toolFolders are the folders of interpreters that a person installed outside the
// system's own: what stands on the search path, and what it belongs to. A home folder
// as a whole is never among them.
func toolFolders(search, self string) []string {
	home, _ := os.UserHomeDir()
	allow := []string{self}
	for _, dir := range filepath.SplitList(search) {
		if !filepath.IsAbs(dir) || dir == filepath.Dir(self) {
			continue
		}
		allow = append(allow, dir)
		belongs := filepath.Dir(dir)
		switch belongs {
		case home, "/", "/usr", "/usr/local":
		case filepath.Join(home, ".local"):
			allow = append(allow, filepath.Join(belongs, "lib"))
		default:
			if !strings.HasPrefix(home+"/", belongs+"/") { // never a folder above the home
				allow = append(allow, belongs)
			}
		}
	}
	return allow
}
