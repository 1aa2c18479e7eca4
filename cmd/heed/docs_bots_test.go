package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"heed/runner/sandbox"
)

// TestWritingABot runs each whole bot of docs/writing-a-bot.md, as it stands there, in the
// sandbox until its first post is allowed and, where it listens, until its first answer is.
func TestWritingABot(t *testing.T) {
	dir, house := t.TempDir(), map[string]any{}
	if _, err := toml.Decode(docSettings, &house); err != nil {
		t.Fatal(err)
	}
	delete(house, "bots")
	house["sandbox"] = map[string]any{"people": "people.json"}
	house["x"].(map[string]any)["poll"] = "500ms"
	for _, b := range blocksOf(t, "../../docs/writing-a-bot.md") {
		switch name := b.file(); {
		case name != "":
			write(t, filepath.Join(dir, name), b.text, 0o600)
		case b.lang == "sh" && strings.HasPrefix(b.text, "go build "):
			runBlock(t, dir, b)
		case b.lang == "toml":
			var own map[string]any
			if _, err := toml.Decode(b.text, &own); err != nil {
				t.Fatalf("%s: %v", b, err)
			}
			merge(house, own)
		}
	}
	var want []string
	all := house["bots"].(map[string]any)
	if len(all) != 4 {
		t.Fatalf("%d bots were found", len(all))
	}
	people := sandbox.Script{App: sandbox.ScriptApp{Name: "Harbour Lab"}, People: []sandbox.User{{ID: "2001", Username: "ann_demo"}}}
	for name, section := range all {
		bot := section.(map[string]any)
		if program := bot["command"].([]any)[0].(string); program == "node" {
			if _, err := exec.LookPath(program); err != nil {
				t.Log("node is not here: its bot is left out")
				delete(all, name)
				continue
			}
		}
		bot["mode"] = "live"
		want = append(want, name+` +outcome +DONE +post `)
		if bot["run"] == "service" {
			want = append(want, name+` +outcome +DONE +reply .* user 2001`)
			people.Steps = append(people.Steps, sandbox.Step{At: sandbox.Duration(2 * time.Second), Who: "ann_demo", Does: "mention",
				To: bot["handle"].(string), Text: bot["handle"].(string) + " when?"})
		}
		people.Bots = append(people.Bots, sandbox.User{Username: strings.TrimPrefix(bot["handle"].(string), "@"), Bio: "A bot by @harbourlab. STOP ends it.", Verified: true})
	}
	script, err := json.Marshal(people)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "people.json"), string(script), 0o600)
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(house); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "heed.toml"), text.String(), 0o600)
	p := start(t, dir, nil, "run")
	p.until(60*time.Second, want...)
	if code := p.end(syscall.SIGTERM, 30*time.Second); code != exitOK {
		t.Errorf("heed ended with %d", code)
	}
}
