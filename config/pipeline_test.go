package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"heed/guards"
)

func station(t *testing.T, c *Config, bot, guard string) guards.Station {
	t.Helper()
	for _, b := range c.Bots {
		for _, st := range b.Pipeline.Stations {
			if b.Name == bot && st.Rule.Name == guard {
				return st
			}
		}
	}
	t.Fatalf("no %s of %s", guard, bot)
	return guards.Station{}
}

// TestBotsShareNothing: house over defaults, bot over house, and no value of one bot
// is reachable from another's.
func TestBotsShareNothing(t *testing.T) {
	gulls := "[bots.gulls]" + strings.ReplaceAll(strings.SplitN(tides, "[bots.tides]", 2)[1], "tides", "gulls")
	c := mustLoad(t, tides+gulls+`
[guards.duplicate]
window = "100h"
[guards.post_rate]
mode = "watch"
[guards.links]
seats = { b = 2 }
[guards.links.limits]
per_post = 1
[bots.tides.guards.duplicate]
deny = 0.5
[bots.tides.guards.post_rate]
mode = "enforce"
[bots.tides.guards.links]
hosts = ["mine.example"]
limits.per_day = 3
`)
	dup := station(t, c, "tides", "duplicate").Guard.(*duplicateGuard)
	if dup.Window != 100*time.Hour || dup.Deny != 0.5 {
		t.Errorf("tides: %+v; want the house's window and its own threshold", dup)
	}
	if other := station(t, c, "gulls", "duplicate").Guard.(*duplicateGuard); other.Window != 100*time.Hour || other.Deny != 0.9 {
		t.Errorf("gulls: %+v; want the house's window and the default threshold", other)
	}
	mine, theirs := station(t, c, "tides", "links").Guard.(*linksGuard), station(t, c, "gulls", "links").Guard.(*linksGuard)
	if !slices.Equal(mine.Hosts, []string{"mine.example"}) || mine.Limits.PerPost != 1 || mine.Limits.PerDay != 3 {
		t.Errorf("tides: %+v; want its own hosts and day, and the house's post", mine)
	}
	if len(mine.Seats) != 1 || mine.Seats["b"] != 2 {
		t.Errorf("tides: %v; a table that is set replaces the default", mine.Seats)
	}
	if !slices.Equal(theirs.Hosts, []string{"one.example", "two.example"}) || theirs.Limits.PerDay != 0 {
		t.Errorf("gulls: %+v; another bot's settings reached it", theirs)
	}
	if !slices.Equal(sharedHosts, []string{"one.example", "two.example"}) {
		t.Errorf("a guard's default was written over: %v", sharedHosts)
	}
	mine.Seats["b"] = 99
	if theirs.Seats["b"] != 2 {
		t.Error("two bots share one table")
	}
	for _, want := range []struct {
		bot      string
		strength guards.Strength
		line     string
	}{{"tides", guards.Enforce, ":39:20"}, {"gulls", guards.Watch, ":31:9"}} {
		st := station(t, c, want.bot, "post_rate")
		if st.Mode != want.strength || !strings.HasSuffix(st.Place, want.line) {
			t.Errorf("%s: %s at %s, want %s at %s", want.bot, st.Mode, st.Place, want.strength, want.line)
		}
	}
}

// TestEveryGuard: each of heed's own guards can be opened by its section, says what
// its settings are, and refuses a key it does not have.
func TestEveryGuard(t *testing.T) {
	dir := t.TempDir()
	for _, r := range guards.Rules() {
		_, g, err := guards.New(r.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range Settings(g) {
			if !settingKey.MatchString(s.Key) || s.Key == "mode" {
				t.Errorf("%s: a setting named %q", r.Name, s.Key)
			}
		}
		if _, err := Load(writeFile(t, dir, "a.toml", tides+"[guards."+r.Name+"]\nmode = \"enforce\"\n[bots.tides.guards."+r.Name+"]\n")); err != nil {
			t.Errorf("%s: its defaults do not load: %v", r.Name, err)
		}
		_, err = Load(writeFile(t, dir, "b.toml", tides+"[bots.tides.guards."+r.Name+"]\nno_such_setting = 1\n"))
		if err == nil || !strings.Contains(err.Error(), "b.toml:20:1: bots.tides.guards."+r.Name+".no_such_setting: is no key here") {
			t.Errorf("%s: %v", r.Name, err)
		}
		_, err = Load(writeFile(t, dir, "c.toml", tides+"[guards."+r.Name+"]\nmode = \"off\"\n"))
		if r.Firm != (err != nil) {
			t.Errorf("%s: firm %v, and switched off: %v", r.Name, r.Firm, err)
		}
	}
}

// TestWatchedByDefault: a rule that is watched without a word stays so until the house
// or a bot says otherwise, and a bot may be stricter.
func TestWatchedByDefault(t *testing.T) {
	watched := shelf{rules: testShelf.rules, make: func(name string) (guards.Rule, guards.Guard, error) {
		r, g, err := testShelf.make(name)
		r.Watched = name == "links"
		return r, g, err
	}}
	dir := t.TempDir()
	for _, c := range []struct {
		says, text string
		want       guards.Strength
	}{
		{"without a word", tides, guards.Watch},
		{"with another setting of the house", tides + "[guards.links]\nports = 1\n", guards.Watch},
		{"with another setting of the bot", tides + "[bots.tides.guards.links]\nports = 1\n", guards.Watch},
		{"enforced by the house", tides + "[guards.links]\nmode = \"enforce\"\n", guards.Enforce},
		{"enforced by the bot", tides + "[bots.tides.guards.links]\nmode = \"enforce\"\n", guards.Enforce},
		{"off in the house", tides + "[guards.links]\nmode = \"off\"\n", guards.Off},
	} {
		cfg, err := load(writeFile(t, dir, "heed.toml", c.text), watched)
		if err != nil {
			t.Fatalf("%s: %v", c.says, err)
		}
		if got := station(t, cfg, "tides", "links").Mode; got != c.want {
			t.Errorf("%s: %s, want %s", c.says, got, c.want)
		}
		if got := station(t, cfg, "tides", "duplicate").Mode; got != guards.Enforce {
			t.Errorf("%s: another guard is used as %s", c.says, got)
		}
	}
	if _, err := load(writeFile(t, dir, "heed.toml", tides+"[bots.tides.guards.links]\nmode = \"off\"\n"), watched); err == nil {
		t.Error("a bot switches off what its house watches")
	}
}

func TestPolicy(t *testing.T) {
	dir := t.TempDir()
	policy := func(text string) (string, string) {
		t.Helper()
		c, err := load(writeFile(t, dir, "heed.toml", text), testShelf)
		if err != nil {
			t.Fatal(err)
		}
		return c.Bots[len(c.Bots)-1].Pipeline.Policy, c.Policy
	}
	bot, house := policy(tides)
	if len(bot) != len("sha256:")+12 || !strings.HasPrefix(bot, "sha256:") {
		t.Errorf("policy %q", bot)
	}
	seen := map[string]string{bot: "as it was"}
	for _, c := range []struct{ says, text string }{
		{"a guard's number", tides + "[guards.post_rate]\nper_day = 49\n"},
		{"a guard's duration", tides + "[guards.duplicate]\nwindow = \"700h\"\n"},
		{"a guard's list", tides + "[guards.links]\nhosts = []\n"},
		{"a guard's table", tides + "[guards.links]\nseats = { z = 1 }\n"},
		{"a guard's own type", tides + "[guards.links]\npattern = \"a+\"\n"},
		{"a guard's inner setting", tides + "[guards.links.limits]\nper_day = 1\n"},
		{"a guard's strength", tides + "[guards.post_rate]\nmode = \"watch\"\n"},
		{"the bot's mode", strings.Replace(tides, "every", "mode = \"live\"\nevery", 1)},
		{"the bot's actions", strings.Replace(tides, `, "dm"`, "", 1)},
		{"the environment", strings.Replace(tides, "production", "staging", 1)},
		{"the operator", strings.Replace(tides, "Harbour Lab", "Harbour", 1)},
	} {
		got, all := policy(c.text)
		if was, same := seen[got]; same {
			t.Errorf("%s: the same policy as %s", c.says, was)
		}
		if all == house {
			t.Errorf("%s: the house's policy stays", c.says)
		}
		seen[got] = c.says
	}
	for _, c := range []struct{ says, text string }{
		{"the order of sections", tides[strings.Index(tides, "[bots"):] + tides[:strings.Index(tides, "[bots")]},
		{"a default written out", tides + "[guards.post_rate]\nper_day = 50\nmode = \"enforce\"\n"},
		{"where it is set", tides + "[bots.tides.guards.post_rate]\nper_day = 50\n"},
		{"the script and the secrets", strings.NewReplacer("tides.py", "t.py", "TIDES_TOKEN", "OTHER").Replace(tides)},
	} {
		if got, all := policy(c.text); got != bot || all != house {
			t.Errorf("%s: changes the policy", c.says)
		}
	}
	if got, all := policy(tides + "[opt_out]\nextra_keywords = [\"sluta\"]\n"); got != bot || all == house {
		t.Error("a stop word is the house's policy, and no part of a bot's")
	}
}
