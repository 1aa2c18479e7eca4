package main

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"heed/config"
	"heed/runner/sandbox"
)

// TestTheSandboxTakesEveryBot: settings that heed check finds good have accounts there,
// however long a purpose is and however the operator is named.
func TestTheSandboxTakesEveryBot(t *testing.T) {
	for _, c := range []struct{ operator, purpose, people, bio string }{
		{`name = "Lab"`, "Tells the tides", "", "Bot. Tells the tides. Run by Lab"},
		{`name = "Lab"`, "", "", "Bot. Run by Lab"},
		{`handle = "@lab"`, "Tells the tides", "", "Bot. Tells the tides. Run by @lab"},
		{`name = "Lab"`, strings.Repeat("é", 500), "", "Bot. Run by Lab"},
		{`name = "Lab"`, "Tells", `{"app":{"name":"Lab"},"people":[{"username":"ann"}],"steps":[{"who":"ann","does":"mention","to":"one","text":"@one?"}]}`, "Bot. Tells. Run by Lab"},
		{`name = "Lab"`, "Tells", `{"app":{"name":"Lab"},"bots":[{"username":"One","bio":"its own"}]}`, "its own"},
	} {
		dir, more := t.TempDir(), ""
		if c.people != "" {
			write(t, filepath.Join(dir, "people.json"), c.people, 0o600)
			more = "[sandbox]\npeople = \"people.json\"\n"
		}
		write(t, filepath.Join(dir, "heed.toml"), "[operator]\n"+c.operator+"\n[x]\nenvironment = \"production\"\napi_url = \"sandbox\"\n"+more+
			"[bots.one]\nhandle = \"@one\"\npurpose = \""+c.purpose+"\"\ncommand = [\"true\"]\nevery = \"1h\"\nactions = [\"post\"]\n", 0o600)
		cfg, err := config.Load(filepath.Join(dir, "heed.toml"))
		if err != nil {
			t.Fatal(err)
		}
		script, err := cast(cfg)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		w := sandbox.New(sandbox.Options{})
		if _, err := w.Seat(script); err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if u, err := w.User("one"); err != nil || u.Bio != c.bio || utf8.RuneCountInString(u.Bio) > 160 {
			t.Errorf("%+v: %q, %v", c, u.Bio, err)
		}
	}
}
