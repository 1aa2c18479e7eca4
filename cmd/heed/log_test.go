package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/bots"
	"heed/config"
	"heed/guards"
	"heed/runner"
	"heed/runner/ledger"
)

// logHouse has three bots in a house of its own.
const logHouse = `
[operator]
name = "Test Lab"
[x]
environment = "production"
use_case = "tests"
api_url = "sandbox"
[guards.post_rate]
per_hour = 1000
[bots.tides]
handle = "@tides"
purpose = "a test"
mode = "live"
command = ["sh", "-c", "true"]
every = "1h"
actions = ["post"]
[bots.waves]
handle = "@waves"
purpose = "a test"
mode = "dry_run"
command = ["sh", "-c", "true"]
every = "1h"
actions = ["post"]
[bots.gulls]
handle = "@gulls"
purpose = "a test"
mode = "live"
command = ["sh", "-c", "true"]
every = "1h"
actions = ["post"]
`

// judged fills a ledger by the real guards: a folder with the settings of logHouse, and the
// verdicts of intents that were entered at a time.
type judged struct {
	*testing.T
	dir string
	cfg *config.Config
	*ledger.Ledger
	made int
}

func newJudged(t *testing.T) *judged {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "heed.toml"), logHouse, 0o600)
	cfg, err := config.Load(filepath.Join(dir, "heed.toml"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(cfg.Ledger.Path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &judged{T: t, dir: dir, cfg: cfg, Ledger: l}
}

func (j *judged) must(err error) {
	j.Helper()
	if err != nil {
		j.Fatal(err)
	}
}

// judge enters an intent of a bot and has it judged at once.
func (j *judged) judge(bot, key string, in bots.Intent, at time.Time) runner.Turn {
	j.Helper()
	b, ok := j.bot(bot)
	if !ok {
		j.Fatalf("no bot %s", bot)
	}
	j.must(j.SetProfile(j.Context(), bot, guards.Profile{UserID: "77", Handle: b.Handle, Bio: "A bot by Test Lab.", Automated: true, CheckedAt: at}))
	for _, each := range j.cfg.Bots {
		j.must(j.InboxRead(j.Context(), each.Name, "c", at))
	}
	_, err := j.Enter(j.Context(), []runner.Entry{j.entry(bot, key, in, at)})
	j.must(err)
	turn, ok, _, err := j.Decide(j.Context(), b.Bot, b.Pipeline, at)
	j.must(err)
	if !ok || turn.Key != key {
		j.Fatalf("%s/%s had no turn", bot, key)
	}
	return turn
}

// entry fills in what intake does.
func (j *judged) entry(bot, key string, in bots.Intent, at time.Time) runner.Entry {
	j.Helper()
	j.made++
	in.V, in.Type, in.Key, in.ID, in.ExpiresAt = 1, "intent", key, fmt.Sprintf("id-%d", j.made), at.Add(1000*time.Hour).Truncate(time.Second)
	stored, err := in.Encode()
	j.must(err)
	return runner.Entry{Bot: bot, At: at, Intent: in, Stored: stored}
}

func (j *judged) bot(name string) (config.Bot, bool) {
	i := slices.IndexFunc(j.cfg.Bots, func(b config.Bot) bool { return b.Name == name })
	if i < 0 {
		return config.Bot{}, false
	}
	return j.cfg.Bots[i], true
}

// told runs a verb in this process beside the open ledger, and gives what it prints.
func (j *judged) told(args ...string) (out, errs string, code int) { return j.toldOn("", args...) }

// toldOn is the same with something on its standard input.
func (j *judged) toldOn(in string, args ...string) (out, errs string, code int) {
	var o, e bytes.Buffer
	code = Main(append([]string{"-c", filepath.Join(j.dir, "heed.toml")}, args...), strings.NewReader(in), &o, &e)
	return o.String(), e.String(), code
}

// keys lists bot/key/kind of the JSON lines of the log, in their order.
func (j *judged) keys(args ...string) (out []string) {
	j.Helper()
	text, errs, code := j.told(append([]string{"log", "--json"}, args...)...)
	if code != exitOK || errs != "" {
		j.Fatalf("log %v: exit %d: %s", args, code, errs)
	}
	for line := range strings.Lines(text) {
		var r runner.Record
		j.must(json.Unmarshal([]byte(line), &r))
		if r.Kind == runner.RecVerdict || r.Kind == runner.RecEntered {
			out = append(out, r.Bot+"/"+r.Key+" "+string(r.Kind))
		}
	}
	return out
}

// week has one verdict of each kind, a day apart, and gives the time of the last.
func (j *judged) week() time.Time {
	now := time.Now().Truncate(time.Second)
	for _, x := range []struct {
		bot, key string
		ago      time.Duration
		in       bots.Intent
		want     runner.State
	}{
		{"tides", "yes", 72 * time.Hour, bots.Intent{Action: bots.Post, Text: "High water at 12:40."}, runner.Doing},
		{"waves", "dry", 48 * time.Hour, bots.Intent{Action: bots.Post, Text: "Waves of two metres."}, runner.Doing},
		{"gulls", "no", 24 * time.Hour, bots.Intent{Action: bots.Follow, Target: bots.Target{UserID: "42"}}, runner.Denied},
		{"tides", "asks", 2 * time.Hour, bots.Intent{Action: bots.Post, Text: "Is the harbour open?", Hold: true}, runner.Held},
	} {
		if turn := j.judge(x.bot, x.key, x.in, now.Add(-x.ago)); turn.State != x.want && !(x.key == "dry" && turn.State == runner.Done) {
			j.Fatalf("%s/%s is %s: %s", x.bot, x.key, turn.State, turn.Verdict.Message)
		}
	}
	j.must(j.Halt(j.Context(), guards.Halt{Kind: guards.Paused, Scope: "gulls", By: "ann", Reason: "a test", At: now.Add(-time.Hour), Until: now.Add(time.Hour)}))
	j.judge("gulls", "later", bots.Intent{Action: bots.Post, Text: "Gulls over the pier."}, now.Add(-time.Hour))
	return now
}

func TestTheLogIsSifted(t *testing.T) {
	j := newJudged(t)
	j.week()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"all":                  {nil, "tides/yes intent, tides/yes verdict, waves/dry intent, waves/dry verdict, gulls/no intent, gulls/no verdict, tides/asks intent, tides/asks verdict, gulls/later intent, gulls/later verdict"},
		"one bot":              {[]string{"--bot", "waves"}, "waves/dry intent, waves/dry verdict"},
		"two bots":             {[]string{"--bot", "waves,gulls", "--kind", "verdict"}, "waves/dry verdict, gulls/no verdict, gulls/later verdict"},
		"two bots, each named": {[]string{"-b", "waves", "-b", "tides", "--kind", "intent"}, "tides/yes intent, waves/dry intent, tides/asks intent"},
		"allow":                {[]string{"--verdict", "allow"}, "tides/yes verdict, waves/dry verdict"},
		"defer":                {[]string{"--verdict", "defer"}, "gulls/later verdict"},
		"hold":                 {[]string{"--verdict", "hold"}, "tides/asks verdict"},
		"hold or deny":         {[]string{"--verdict", "hold", "--verdict", "deny"}, "gulls/no verdict, tides/asks verdict"},
		"rule":                 {[]string{"--rule", "P4"}, "tides/asks verdict"},
		"guard":                {[]string{"--guard", "scope"}, "gulls/no verdict"},
		"a whole code":         {[]string{"--guard", "asked.person", "--bot", "tides,gulls"}, "tides/asks verdict"},
		"since":                {[]string{"--since", "3h"}, "tides/asks intent, tides/asks verdict, gulls/later intent, gulls/later verdict"},
		"since, of verdicts":   {[]string{"--since", "36h", "--verdict", "deny,allow"}, "gulls/no verdict"},
		"since, the newest":    {[]string{"--since", "36h", "-n", "2", "--kind", "verdict"}, "tides/asks verdict, gulls/later verdict"},
		"since before all":     {[]string{"--since", "999h", "--verdict", "allow"}, "tides/yes verdict, waves/dry verdict"},
		"the newest":           {[]string{"-n", "1"}, "gulls/later verdict"},
		"the newest of a bot":  {[]string{"-n", "1", "--bot", "waves,tides", "--verdict", "allow"}, "waves/dry verdict"},
		"no line":              {[]string{"-n", "0"}, ""},
		"nothing of it":        {[]string{"--bot", "waves", "--verdict", "deny"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			j.T = t
			if got := strings.Join(j.keys(c.args...), ", "); got != c.want {
				t.Errorf("log %v\n got %s\nwant %s", c.args, got, c.want)
			}
		})
	}
}

func TestTheLogRefusesWhatSelectsNothing(t *testing.T) {
	j := newJudged(t)
	j.judge("tides", "yes", bots.Intent{Action: bots.Post, Text: "High water at 12:40."}, time.Now())
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--verdict", "denny"}, exitUsage, `--verdict: "denny" is none of its values; did you mean "deny"?`},
		{[]string{"--verdict", "perhaps"}, exitUsage, "known: allow, defer, hold, deny"},
		{[]string{"--kind", "verdicts"}, exitUsage, `did you mean "verdict"?`},
		{[]string{"--kind", "everything"}, exitUsage, "known: intent, verdict, outcome"},
		{[]string{"--rule", "c4"}, exitUsage, `did you mean "C4"?`},
		{[]string{"--guard", "duplicat.same"}, exitUsage, `did you mean "duplicate"?`},
		{[]string{"--kind", "intent", "--verdict", "deny"}, exitUsage, "kind verdict"},
		{[]string{"--since", "yesterday"}, exitUsage, "since"},
		{[]string{"--since", "-1h"}, exitUsage, "lies ahead"},
		{[]string{"-n", "-1"}, exitUsage, "0 or more"},
		{[]string{"--bot", "tide"}, exitNotFound, `did you mean "tides"?`},
		{[]string{"--bot", "tides,"}, exitNotFound, "known: gulls, tides, waves"},
	} {
		if out, errs, code := j.told(append([]string{"log"}, c.args...)...); code != c.code || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("log %v: exit %d: %s%s", c.args, code, out, errs)
		}
	}
	// A bot that the settings have no more still has its past.
	change(t, j.dir, "[bots.tides]\nhandle = \"@tides\"", "[bots.other]\nhandle = \"@other\"")
	if out, errs, code := j.told("log", "--bot", "tides", "--verdict", "allow"); code != exitOK || !strings.Contains(out, "tides") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

// TestTheLogLooksBackOverMoreThanAPage: what is wanted may lie behind more records than the
// ledger looks through at once.
func TestTheLogLooksBackOverMoreThanAPage(t *testing.T) {
	j := newJudged(t)
	now := time.Now()
	j.judge("tides", "far", bots.Intent{Action: bots.Post, Text: "High water at 12:40."}, now.Add(-time.Hour))
	const batch = 500
	for range 42 {
		entries := make([]runner.Entry, batch)
		for i := range entries {
			entries[i] = j.entry("waves", fmt.Sprintf("wave-%d", j.made), bots.Intent{Action: bots.Follow, Target: bots.Target{UserID: "42"}}, now)
		}
		_, err := j.Enter(t.Context(), entries)
		j.must(err)
	}
	if got := j.keys("--verdict", "allow"); len(got) != 1 || got[0] != "tides/far verdict" {
		t.Errorf("found %v", got)
	}
	if got := j.keys("--since", "2h", "--bot", "tides"); len(got) != 2 {
		t.Errorf("found %v", got)
	}
	if got := j.keys("--since", "30m", "--bot", "tides", "-n", "5"); got != nil {
		t.Errorf("found %v", got)
	}
	if got := j.keys("-n", "1500", "--bot", "waves"); len(got) != 1500 || got[1499] != fmt.Sprintf("waves/wave-%d intent", j.made-1) {
		t.Errorf("%d lines", len(got))
	}
}

func TestTheLogFollows(t *testing.T) {
	j := newJudged(t)
	now := j.week()
	p := start(t, j.dir, nil, "log", "-f", "--json", "--bot", "tides,gulls", "--verdict", "hold,deny")
	p.until(20*time.Second, `"key":"no"`, `"key":"asks"`)
	j.judge("waves", "dry-2", bots.Intent{Action: bots.Post, Text: "Waves of three metres."}, now)
	j.judge("tides", "yes-2", bots.Intent{Action: bots.Post, Text: "Low water at 18:55."}, now)
	j.must(j.Note(t.Context(), runner.Record{At: now, Kind: runner.RecNotice, Bot: "tides", Message: "a note"}))
	j.judge("tides", "asks-2", bots.Intent{Action: bots.Post, Text: "Is the pier closed?", Hold: true}, now)
	p.until(20*time.Second, `"key":"asks-2"`)
	if code := p.end(syscall.SIGINT, 10*time.Second); code != exitOK {
		t.Errorf("ctrl-C: exit %d", code)
	}
	if n := len(p.said()); n != 3 {
		t.Errorf("%d lines: %s", n, strings.Join(p.said(), "\n"))
	}
	for _, line := range p.said() {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
}
