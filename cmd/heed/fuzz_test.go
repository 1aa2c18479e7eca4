package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
)

const fuzzedSettings = `
[operator]
name = "Test Lab"
privacy_url = "https://lab.example/privacy"
[x]
environment = "production"
tier = "self_serve"
use_case = "tests"
api_url = "sandbox"
[nats]
listen = ""
[web]
listen = ""
[bots.tides]
handle = "@tidesbot"
purpose = "a test"
mode = "dry_run"
command = ["sh", "tides.sh"]
run = "service"
actions = ["post", "reply", "dm"]
`

// stays are verbs that do not end by themselves, start a program, or call somebody. They
// have tests of their own.
var stays = []string{"run", "demo", "sandbox", "login", "logout", "whoami", "doctor"}

// FuzzCommandLine: whatever is typed and piped in, heed ends with one of its exit codes
// and a word about it, in time, and touches nothing beside the folder it stands in.
func FuzzCommandLine(f *testing.F) {
	for _, s := range [][2]string{
		{"check", ""}, {"check --json", ""}, {"rules --json", ""}, {"optout add 42", ""}, {"optout import", "42\n{\"user_id\":\"43\",\"scope\":\"tides\"}\n"},
		{"consent import", `{"user_id":"42","scope":"tides","channel":"dm","event":"form:1"}` + "\n"}, {"consent add 42 --bot tides --evidence form:1", ""},
		{"judge --bot tides", `{"action":"post","text":"High tide 14:32"}`}, {"emit post --text hi --key k", ""}, {"emit thread --key k --text a --text b", ""},
		{"why k", ""}, {"log -n 5 --json", ""}, {"held", ""}, {"approve k --bot tides", ""}, {"halt --reason x", ""}, {"pause tides", ""}, {"resume nobody", ""},
		{"likeness", `{"id":"1","a":"x","b":"y"}`}, {"likeness --stream", `{"op":"add","id":"1","text":"x"}` + "\n" + `{"op":"check","id":"2","text":"x"}`},
		{"init -c other.toml", ""}, {"init --dir sub --bot gulls --lang go --operator L --purpose p", ""}, {"init --dir . --lang pyton --bot X", ""}, {"version", ""}, {"completion bash", ""}, {"help optout", ""}, {"__complete optout ", ""}, {"grant list", ""}, {"replay --with other.toml", ""},
		{"--config= check", ""}, {"-c heed.toml --by \x1b[31m optout rm 42 --reason r", ""}, {"optout list -n -1", ""}, {"", ""}, {"-", ""}, {"--", ""}, {"emit post --not-before soon", ""},
	} {
		f.Add(strings.ReplaceAll(s[0], " ", "\n"), []byte(s[1]))
	}
	f.Fuzz(func(t *testing.T, line string, stdin []byte) {
		args := strings.Split(line, "\n")
		if line == "" {
			args = nil
		}
		if strings.ContainsAny(line, "/\x00") || strings.Contains(line, "..") || len(line) > 1<<12 {
			return // a path that a person names is the person's business
		}
		cmd, _, err := (&app{}).root().Find(args)
		if err == nil && slices.Contains(stays, cmd.Name()) || slices.ContainsFunc(args, follows) {
			return
		}
		outer := t.TempDir()
		work := filepath.Join(outer, "work")
		t.Setenv("HEED_SOCKET", "")
		t.Setenv("HOME", work)
		write(t, filepath.Join(work, "heed.toml"), fuzzedSettings, 0o600)
		t.Chdir(work)
		var out, errs bytes.Buffer
		began := time.Now()
		code := Main(args, bytes.NewReader(stdin), &out, &errs)
		if code < exitOK || code > exitUnreachable {
			t.Fatalf("%q: exit %d", args, code)
		}
		if code != exitOK && out.Len()+errs.Len() == 0 {
			t.Fatalf("%q: exit %d without a word", args, code)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Fatalf("%q took %s", args, took)
		}
		if beside, err := os.ReadDir(outer); err != nil || len(beside) != 1 {
			t.Fatalf("%q wrote beside its folder: %v, %v", args, beside, err)
		}
		if b, err := os.ReadFile("heed.toml"); err != nil || string(b) != fuzzedSettings {
			t.Fatalf("%q changed the settings: %v", args, err)
		}
		if err == nil && code == exitOK && len(args) > 1 && args[0] == "--json" && slices.Contains([]string{"check", "held", "log", "list", "version"}, cmd.Name()) &&
			!slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "-") && a != "--json" }) {
			for _, l := range bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n")) {
				if len(l) > 0 && !json.Valid(l) {
					t.Fatalf("%q: no JSON: %q", args, l)
				}
			}
		}
	})
}

// follows says whether a word asks heed to go on for ever, alone or among short flags.
func follows(arg string) bool {
	return strings.HasPrefix(arg, "--fo") || strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") && strings.Contains(arg, "f")
}

// FuzzPeople: what is imported is people by their ids, each with a scope and a time; one
// bad line and nothing is; and what is told of a bad one is short and plain.
func FuzzPeople(f *testing.F) {
	for _, s := range []string{"42\n43\n", `{"user_id":"42","kind":"opt_out","scope":"*","how":"dm","at":"2026-09-01T12:00:00Z","event":"dm:1","rule":"en.stop"}`,
		"\n\n42", "@ann", `{"user_id":42}`, "{", "\xff", "42 ", "42\r\n", `{"user_id":"1","User_ID":"2"}`, strings.Repeat("1", 70_000)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		rows, err := readPeople(bytes.NewReader(in))
		if err != nil {
			if rows != nil || !strings.HasPrefix(err.Error(), "nothing was imported: ") {
				t.Fatalf("%q: %d rows, %v", in, len(rows), err)
			}
			return
		}
		n := 0
		for _, l := range bytes.Split(in, []byte("\n")) {
			if len(bytes.TrimSuffix(l, []byte("\r"))) > 0 {
				n++
			}
		}
		if len(rows) != n {
			t.Fatalf("%q: %d people of %d lines", in, len(rows), n)
		}
		var again bytes.Buffer
		for _, r := range rows {
			if !bots.IsSnowflake(string(r.User)) || r.Scope == "" || r.At.IsZero() || r.How != "import" {
				t.Fatalf("%q: %+v", in, r)
			}
			if err := json.NewEncoder(&again).Encode(r); err != nil {
				t.Fatalf("%q: %+v cannot be exported: %v", in, r, err)
			}
		}
		back, err := readPeople(&again)
		if err != nil || len(back) != len(rows) {
			t.Fatalf("%q: exported and not taken again: %v", in, err)
		}
		for i := range rows {
			if back[i].User != rows[i].User || back[i].Scope != rows[i].Scope || !back[i].At.Equal(rows[i].At) || back[i].Event != rows[i].Event {
				t.Fatalf("%q: %+v, then %+v", in, rows[i], back[i])
			}
		}
	})
}
