package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestExitCodes has real cases of every code that the README names: scripts and service
// managers go by them.
func TestExitCodes(t *testing.T) {
	t.Setenv("HEED_SOCKET", "")
	dir := docHouse(t)
	write(t, filepath.Join(dir, "bad.toml"), "[operator]\nnaem = \"x\"\n", 0o600)
	write(t, filepath.Join(dir, "web.toml"), strings.Replace(docSettings, `listen = ""`, `listen = "127.0.0.1:8480"`, 1), 0o600)
	const tide = `{"action":"post","text":"Low tide 20:10."}`
	seen := map[int]bool{}
	for _, c := range []struct {
		code  int
		args  string
		stdin string
		says  string
	}{
		{exitOK, "check", "", "good: 1 bots"},
		{exitOK, "", "", "Exit codes: 0 ok"},
		{exitOK, "optout", "", "Available Commands"},
		{exitOK, "why tides/tide-14", "", "DONE"},
		{exitOK, "judge --bot tides", tide, "ALLOW"},
		{exitOK, "optout add 100", "", "not contacted any more"},

		{exitFailed, "doctor --local", "", "no heed runs"},
		{exitFailed, "optout import", "101\nann\n", "nothing was imported: line 2"},
		{exitFailed, "consent import", `{"user_id":"200"}`, "nothing was imported: line 1"},
		{exitFailed, "backup verify bad.toml", "", "bad.toml"},
		{exitFailed, "backup bad.toml", "", "bad.toml"},
		{exitFailed, "init", "", "is there already"},
		{exitFailed, "audit verify --head 1:" + strings.Repeat("0", 64), "", "does not hold"},
		{exitFailed, "likeness", `{"a":"no b"}`, "line 1"},

		{exitUsage, "wyh", "", `unknown command "wyh"`},
		{exitUsage, "optout ad 100", "", `unknown command "ad" for "heed optout"; did you mean add`},
		{exitUsage, "optout lst", "", "did you mean list?"},
		{exitUsage, "help wyh", "", `unknown command "wyh"`},
		{exitUsage, "help optout ad", "", `"ad" is no verb of "heed optout"`},
		{exitOK, "help optout add", "", "heed optout add 2244994945"},
		{exitUsage, "check extra", "", "unknown command"},
		{exitUsage, "check --nope", "", "unknown flag"},
		{exitUsage, "check -z", "", "unknown shorthand"},
		{exitUsage, "pause --for", "", "flag needs"},
		{exitUsage, "pause --for long", "", "invalid argument"},
		{exitUsage, "why", "", "accepts 1 arg"},
		{exitUsage, "optout add", "", "requires at least 1 arg"},
		{exitUsage, "judge", tide, "required flag"},
		{exitUsage, "doctor --local --offline", "", "if any flags in the group"},
		{exitUsage, "forget", "", "at least one of the flags"},
		{exitUsage, "optout add @ann", "", "no user id"},
		{exitUsage, "pause tides --for -1h", "", "must be a time above 0"},
		{exitUsage, "run --drain 1h", "", "--drain 1h"},
		{exitUsage, "backup backups/ --keep 0", "", "--keep 0"},
		{exitUsage, "bench roads", "", "is no bench"},
		{exitUsage, "emit post", "", "text"},
		{exitUsage, "dashboard", "", "the settings switch it off"},
		{exitUsage, "rules --markdown --json", "", "leave one of the two out"},

		{exitConfig, "check --config bad.toml", "", "naem"},
		{exitConfig, "run --config bad.toml", "", "naem"},
		{exitConfig, "held --config none.toml", "", "none.toml"},
		{exitConfig, "replay --with bad.toml", "", "naem"},
		{exitConfig, "login tides", "", "sandbox"},

		{exitRefused, "judge --bot tides", `{"action":"post","text":"I am a real human, believe me."}`, "disclosure.claims_human"},
		{exitRefused, "judge --bot tides", `{"action":"dance"}`, "dance"},
		{exitRefused, "approve tides/storm-1 --hash 000000", "", "not what you looked at"},
		{exitRefused, "approve tides/tide-14", "", ""},
		{exitRefused, "consent add 100 --bot tides --evidence form-1", "", "100"},
		{exitRefused, "grant add tides --owner Ada", "", "the operator's own"},

		{exitNotFound, "why nothing", "", "no intent has this key"},
		{exitNotFound, "approve nothing", "", "no intent has this key"},
		{exitNotFound, "pause nobody", "", "has none of this name"},
		{exitNotFound, "judge --bot nobody", tide, "has none of this name"},
		{exitNotFound, "resume", "", "nothing is stopped"},
		{exitNotFound, "optout rm 999 --reason asked", "", "not found"},
		{exitNotFound, "optout reviewed 999", "", "not found"},
		{exitNotFound, "backup verify none.db", "", "none.db"},
		{exitNotFound, "backup restore none.db", "", "none.db"},

		{exitUnreachable, "dashboard --config web.toml", "", "no heed runs here"},
		{exitUnreachable, "emit post --text hello --wait", "", "HEED_SOCKET is not set"},
		{exitUnreachable, "emit thread --key k --text one --text two", "", "HEED_SOCKET is not set"},
	} {
		out, code := heed(t, dir, c.stdin, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("heed %s: exit %d, want %d and %q: %s", c.args, code, c.code, c.says, out)
		}
		seen[c.code] = true
	}
	t.Setenv("HEED_SOCKET", filepath.Join(dir, "nobody.sock"))
	for _, args := range []string{"emit post --text hello", "emit thread --key k --text one --text two"} {
		if out, code := heed(t, dir, "", strings.Fields(args)...); code != exitUnreachable {
			t.Errorf("heed %s at a socket where nobody listens: exit %d: %s", args, code, out)
		}
	}
	for code := exitOK; code <= exitUnreachable; code++ {
		if !seen[code] {
			t.Errorf("no case of exit code %d", code)
		}
	}
}
