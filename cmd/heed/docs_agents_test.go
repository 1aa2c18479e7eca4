package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
)

// TestAgentsPage starts heed with the bot that docs/agents.md shows, and an agent by the
// configuration that it shows; the page names every tool that there is.
func TestAgentsPage(t *testing.T) {
	const page = "../../docs/agents.md"
	dir, house := t.TempDir(), map[string]any{}
	if _, err := toml.Decode(docSettings, &house); err != nil {
		t.Fatal(err)
	}
	var program struct {
		Servers map[string]struct {
			Command string
			Args    []string
		} `json:"mcpServers"`
	}
	for _, b := range blocksOf(t, page) {
		switch b.lang {
		case "toml":
			var own map[string]any
			if _, err := toml.Decode(b.text, &own); err != nil {
				t.Fatalf("%s: %v", b, err)
			}
			house["bots"] = own["bots"]
		case "text":
			if err := json.Unmarshal([]byte(b.text), &program); err != nil {
				t.Fatalf("%s: %v", b, err)
			}
		}
	}
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(house); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "heed.toml"), text.String(), 0o600)
	p := start(t, dir, nil, "run")
	p.until(60*time.Second, `gulls +script +script.started`, `turns begin`)
	args := program.Servers["gulls"].Args
	if len(args) != 5 || strings.Join(args[:2], " ") != "mcp --bot" || args[3] != "--config" || filepath.Base(program.Servers["gulls"].Command) != "heed" {
		t.Fatalf("the page starts %+v", program)
	}
	a := newAgent(t, dir, args[2])
	tools, err := a.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	words, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools.Tools {
		if !strings.Contains(string(words), "| `"+tool.Name+"` |") {
			t.Errorf("the page does not name the tool %s", tool.Name)
		}
	}
	if data, text, bad := a.call("propose", `{"action":"post","key":"g1","text":"Forty gulls were counted this morning."}`); bad || data["state"] != "held" {
		t.Errorf("proposed: %v %s", data, text)
	}
	a.goes(func() { _ = a.Close() })
	p.end(syscall.SIGTERM, 30*time.Second)
}
