package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMisfits: what a guard would always refuse is refused before anything starts (rule C12).
func TestMisfits(t *testing.T) {
	good, err := os.ReadFile("testdata/action-twice.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(good), `["post", "post", "dm"]`, `["post", "reply"]`, 1) + "ai_generated = true\n"
	for name, c := range map[string]struct{ add, want string }{
		"no approval":   {"", "bots.tides.ai_generated: replies made by AI need X's prior written approval"},
		"an approval":   {"[guards.consent]\nx_approval_ref = \"X-2026-17\"\n", ""},
		"a bot's words": {"[bots.tides.guards.consent]\nx_approval_ref = \"mine\"\n", "x_approval_ref"},
	} {
		path := filepath.Join(t.TempDir(), "heed.toml")
		if err := os.WriteFile(path, []byte(text+c.add), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
