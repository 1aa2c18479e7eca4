package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
)

// tides is a house with one bot; tests append to it or replace in it.
const tides = `
[operator]
name = "Harbour Lab"
privacy_url = "https://harbour.example/privacy"
[x]
environment = "production"
use_case = "Tide tables."
consumer_key = { env = "X_CONSUMER_KEY" }
consumer_secret = { env = "X_CONSUMER_SECRET" }
[bots.tides]
handle = "@tidesbot"
purpose = "Tide tables"
command = ["python3", "tides.py"]
every = "1h"
actions = ["post", "reply", "dm"]
access_token = { env = "TIDES_TOKEN" }
access_secret = { env = "TIDES_SECRET" }
env = { STATION = "harbour-1" }
`

func writeFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	p := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func mustLoad(t *testing.T, text string) *Config {
	t.Helper()
	c, err := load(writeFile(t, t.TempDir(), "heed.toml", text), testShelf)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mkfifo(t *testing.T) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(p, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	return p
}

// TestContract loads the contract's file with heed's own guards.
func TestContract(t *testing.T) {
	checkContract(t, "testdata/good/contract.toml")
}

func TestSharedContract(t *testing.T) {
	const shared = "../../shared/contract/heed.toml"
	if _, err := os.Stat(shared); err != nil {
		t.Skip("the shared contract is not here")
	}
	checkContract(t, shared)
}

func checkContract(t *testing.T, path string) {
	t.Helper()
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Error(c.Warnings)
	}
	dir, _ := filepath.Abs(filepath.Dir(path))
	if len(c.Bots) != 1 {
		t.Fatalf("%d bots", len(c.Bots))
	}
	b := c.Bots[0]
	want := bots.Bot{Name: "tides", Handle: "@tidesbot", UserID: "2244994945", Purpose: "Tide tables for the harbour", Mode: bots.Live, Owner: bots.OwnedByOperator,
		Actions: []bots.Action{bots.Post, bots.Reply, bots.DM},
		House: bots.House{Operator: bots.Operator{Name: "Harbour Lab", Handle: "@harbourlab", PrivacyURL: "https://harbour.example/privacy"},
			Environment: bots.Production, Tier: bots.SelfServe, Handles: []string{"@tidesbot"}, Bots: []string{"tides"}},
		Script: bots.Script{Command: []string{"python3", "tides.py"}, Dir: dir, Every: time.Hour, Env: map[string]string{"STATION": "harbour-1"}, Limits: bots.DefaultLimits()}}
	if !reflect.DeepEqual(b.Bot, want) {
		t.Errorf("bot\n%+v\nwant\n%+v", b.Bot, want)
	}
	if c.Ledger != (Ledger{filepath.Join(dir, "state/heed.db"), 720 * time.Hour}) || c.Web.Listen != "127.0.0.1:8480" ||
		c.NATS.Dir != filepath.Join(dir, "state/nats") || c.NATS.SyncEvery() != 0 || c.X.Poll != time.Minute ||
		c.X.ConsumerSecret.File != filepath.Join(dir, "secrets/consumer_secret") || c.X.ConsumerKey.Env != "X_CONSUMER_KEY" ||
		!slices.Equal(c.OptOut.ExtraKeywords, []string{"sluta"}) {
		t.Errorf("house: %+v", c)
	}
	if len(b.Pipeline.Stations) != len(guards.Rules()) {
		t.Errorf("%d guards of %d", len(b.Pipeline.Stations), len(guards.Rules()))
	}
	places := map[string]string{"post_rate": path + ":46:20", "duplicate": path + ":31:9"}
	for _, st := range b.Pipeline.Stations {
		if st.Place != places[st.Rule.Name] {
			t.Errorf("%s stands at %q, want %q", st.Rule.Name, st.Place, places[st.Rule.Name])
		}
	}
}

func TestDefaults(t *testing.T) {
	c := mustLoad(t, strings.NewReplacer(`env = { STATION = "harbour-1" }`, "").Replace(tides))
	b := c.Bots[0]
	if b.Mode != bots.DryRun {
		t.Errorf("a bot whose file says nothing of its mode is %s", b.Mode)
	}
	if c.X.Tier != bots.SelfServe || c.X.APIURL != "https://api.x.com" || c.X.Poll != time.Minute || c.X.Local() || c.X.Sandbox() {
		t.Errorf("x: %+v", c.X)
	}
	if c.NATS.Sync != "always" || c.Web.Listen != "127.0.0.1:8480" || c.Ledger.Retention != 720*time.Hour {
		t.Errorf("house: %+v", c)
	}
	for i, st := range b.Pipeline.Stations {
		if st.Mode != guards.Enforce || st.Place != "" {
			t.Errorf("station %d: %+v", i, st)
		}
	}
}

func TestLocal(t *testing.T) {
	for url, want := range map[string]bool{"sandbox": true, "http://127.0.0.1:9": true, "http://[::1]:9/": true,
		"http://localhost:9": true, "https://api.x.com": false, "https://127.0.0.1.example": false} {
		c := mustLoad(t, strings.Replace(tides, "[x]", "[x]\napi_url = \""+url+"\"", 1))
		if c.X.Local() != want {
			t.Errorf("%s is local: %v", url, c.X.Local())
		}
		if strings.HasSuffix(c.X.APIURL, "/") {
			t.Errorf("%s keeps its last slash", c.X.APIURL)
		}
	}
}

// TestIncludedBot: a bot's paths start from the folder of the file that names it.
func TestIncludedBot(t *testing.T) {
	dir := t.TempDir()
	main, bot, _ := strings.Cut(tides, "[bots.tides]")
	bot = strings.Replace("[bots.tides]"+bot, `{ env = "TIDES_TOKEN" }`, `{ file = "token" }`, 1)
	writeFile(t, dir, "bots/one/tides.toml", bot)
	writeFile(t, dir, "bots/one/gulls.toml", strings.ReplaceAll(bot, "tides", "gulls"))
	c, err := load(writeFile(t, dir, "heed.toml", "include = [\"bots/*/*.toml\", \"bots/one/*.toml\", \"*.toml\"]\n"+main), testShelf)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Bots) != 2 || c.Bots[0].Name != "gulls" || c.Bots[1].Name != "tides" {
		t.Fatalf("bots: %+v", c.Bots)
	}
	b := c.Bots[1]
	if b.Script.Dir != filepath.Join(dir, "bots/one") || b.AccessToken.File != filepath.Join(dir, "bots/one/token") {
		t.Errorf("folder %s, token %s", b.Script.Dir, b.AccessToken)
	}
	if c.Ledger.Path != filepath.Join(dir, "state/heed.db") || !slices.Equal(b.House.Handles, []string{"@gullsbot", "@tidesbot"}) {
		t.Errorf("ledger %s, handles %v", c.Ledger.Path, b.House.Handles)
	}
}

// TestFolderWithPatternLetters: a folder's own name is never a pattern.
// TestCasesAreNoSettings: a pattern that names settings leaves out the cases beside them,
// and a file of cases that is named itself is refused like any other that is no settings.
func TestCasesAreNoSettings(t *testing.T) {
	dir := t.TempDir()
	main, bot, _ := strings.Cut(tides, "[bots.tides]")
	writeFile(t, dir, "bots/tides.toml", "[bots.tides]"+bot)
	writeFile(t, dir, "bots/tides.test.toml", "[[case]]\n")
	if _, err := load(writeFile(t, dir, "heed.toml", "include = [\"bots/*.toml\"]\n"+main), testShelf); err != nil {
		t.Error(err)
	}
	_, err := load(writeFile(t, dir, "heed.toml", "include = [\"bots/tides.toml\", \"bots/tides.test.toml\"]\n"+main), testShelf)
	if err == nil || !strings.Contains(err.Error(), "case: is no section") {
		t.Errorf("a file of cases as settings: %v", err)
	}
}

func TestFolderWithPatternLetters(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b]*")
	main, bot, _ := strings.Cut(tides, "[bots.tides]")
	writeFile(t, dir, "bots/tides.toml", "[bots.tides]"+bot)
	c, err := load(writeFile(t, dir, "heed.toml", "include = [\"bots/*.toml\"]\n"+main), testShelf)
	if err != nil || len(c.Bots) != 1 {
		t.Fatalf("%v, %v", c, err)
	}
}

func TestBounds(t *testing.T) {
	dir := t.TempDir()
	for i := range maxIncluded + 1 {
		writeFile(t, dir, fmt.Sprintf("many/%d.toml", i), "")
	}
	var keys strings.Builder
	for i := range maxProblems + 50 {
		fmt.Fprintf(&keys, "unknown_key_%d = 1\n", i)
	}
	var nest strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&nest, "a%d.", i)
	}
	for _, c := range []struct{ says, text, want string }{
		{"a file of more than a mebibyte is refused", "#" + strings.Repeat("x", maxFile), "larger than 1048576 bytes"},
		{"more than 100 included files are refused", "include = [\"many/*.toml\"]\n" + tides, "names 101 files; at most 100"},
		{"a flood of problems is cut, and said to be", keys.String() + tides, "more problems are not shown"},
		{"a key of thousands of parts is refused before it is parsed", nest.String() + "x = 1\n", "nested deeper than 32"},
		{"a huge key is not repeated in full", strings.Repeat("k", 9000) + " = 1\n" + tides, "…"},
		{"a control character in a key does not break the line", "\"a\\nb\" = 1\n" + tides, `"a b": is no section`},
	} {
		_, err := load(writeFile(t, dir, "heed.toml", c.text), testShelf)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %.300v", c.says, err)
			continue
		}
		if lines := strings.Count(err.Error(), "\n"); lines > maxProblems+1 {
			t.Errorf("%s: %d lines", c.says, lines)
		}
		for _, line := range strings.Split(err.Error(), "\n") {
			if len(line) > 2000 || !strings.HasPrefix(line, dir) {
				t.Errorf("%s: a line like %.200q", c.says, line)
			}
		}
	}
	if _, err := load(filepath.Join(dir, "none.toml"), testShelf); err == nil || !strings.Contains(err.Error(), "none.toml:1:1: cannot be read: no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"post", "post_rate", "reply", "dm", "x", "web"}
	for word, want := range map[string]string{"pots": "post", "postrate": "post_rate", "POST": "post", "replay": "reply",
		"telemetry": "", "y": "", "": "", strings.Repeat("post", 100): ""} {
		if got := Nearest(word, names); got != want {
			t.Errorf("nearest to %.20q: %q, want %q", word, got, want)
		}
	}
}

// TestPlaces: what the locating parser tells, for every way to write a key.
func TestPlaces(t *testing.T) {
	where := locate([]byte("a.b = 1\n[x.y]\nc = { d = [1, { e = 2 }] }\n[x]\n'q r' = \"\"\"\n[not.this]\n\"\"\"\n[[t]]\nk = 1\n[[t]]\n  k = 2\n[t.u]\nv = 3\n"))
	for path, want := range map[string]pos{"a b": {1, 3}, "a": {1, 1}, "x y": {2, 4}, "x y c d": {3, 7}, "x y c d [0]": {3, 12}, "x y c d [1] e": {3, 17},
		"x": {4, 2}, "t [0] k": {9, 1}, "t [1] k": {11, 3}, "t [1] u v": {13, 1}, "x none": {4, 2}, "none": {1, 1}, "not this": {1, 1}} {
		if got := where.at(strings.Fields(path)); got != want {
			t.Errorf("%s stands at %v, want %v", path, got, want)
		}
	}
	if got := where.at([]string{"x", "q r"}); got != (pos{5, 1}) {
		t.Errorf("a quoted key stands at %v", got)
	}
}

// TestLeftovers: a key that nothing has read is refused, whatever part of this
// package forgot it.
func TestLeftovers(t *testing.T) {
	l := &loader{}
	src := l.read(writeFile(t, t.TempDir(), "heed.toml", "[web]\nlisten = \"\"\n[ledger]\npath = \"x\"\n"))
	web, ok := (section{l: l, src: src, keys: src.top}).table("web")
	if !ok {
		t.Fatal(l.problems)
	}
	web.fill(&Web{})
	l.leftovers([]*source{src})
	if len(l.problems) != 1 || l.problems[0].Key != "ledger.path" || l.problems[0].Line != 4 {
		t.Errorf("problems: %v", l.problems)
	}
}
