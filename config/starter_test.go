package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"heed/bots"
)

func TestStarter(t *testing.T) {
	for _, s := range []Start{
		{Operator: "Harbour Lab", Bot: "tides", Handle: "@tidesbot", Command: []string{"python3", "tides.py"}},
		{Operator: "Quote \" back\\slash é", Bot: "t-1_x", Handle: "@T", Purpose: "Says \"hi\"", Command: []string{"sh", "-c", "echo '{}'"}},
		{Operator: "L", Bot: "tides", Handle: "@tidesbot", Command: []string{"sh", "tides.sh"}, Service: true, People: "people.json"},
	} {
		if err := s.Check(); err != nil {
			t.Error(err)
		}
		dir := t.TempDir()
		writeFile(t, dir, "people.json", "{}")
		path := writeFile(t, dir, "heed.toml", string(Starter(s)))
		c, err := Load(path)
		if err != nil {
			t.Fatalf("%v\n%s", err, Starter(s))
		}
		if len(c.Warnings) > 0 {
			t.Error(c.Warnings)
		}
		b := c.Bots[0]
		if c.Operator.Name != s.Operator || b.Name != s.Bot || b.Handle != s.Handle || strings.Join(b.Script.Command, "\n") != strings.Join(s.Command, "\n") {
			t.Errorf("%+v came back as %+v, %+v", s, c.Operator, b)
		}
		if b.Script.Service != s.Service || slices.Contains(b.Actions, bots.Reply) != s.Service {
			t.Errorf("%+v came back as %+v", s, b)
		}
		if people := c.Sandbox.People; s.People == "" && people != "" || s.People != "" && people != filepath.Join(dir, s.People) {
			t.Errorf("%+v came back with people in %q", s, people)
		}
		if !c.X.Sandbox() || b.Mode != "dry_run" {
			t.Error("a first configuration must not reach X")
		}
	}
}

// TestStarterComments: each commented line is right when its mark is taken away.
func TestStarterComments(t *testing.T) {
	for _, service := range []bool{false, true} {
		starterComments(t, string(Starter(Start{Operator: "L", Bot: "tides", Handle: "@tidesbot", Command: []string{"true"}, Service: service})))
	}
}

func starterComments(t *testing.T, text string) {
	var live []string
	for _, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "# "); ok && (strings.Contains(rest, " = ") || strings.HasPrefix(rest, "[")) {
			line = rest
		}
		live = append(live, line)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "heed.toml")
	if err := os.WriteFile(path, []byte(strings.Join(live, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(live, "\n"))
	}
	if !c.X.ConsumerKey.IsSet() || !c.Bots[0].AccessToken.IsSet() || c.Operator.Handle == "" {
		t.Error("the comments were not read")
	}
}

// TestStartCheck: what is wrong is told with what would be right, and all of it at once.
// A name that Check takes, Load takes.
func TestStartCheck(t *testing.T) {
	for _, c := range []struct{ field, value, want string }{
		{"operator", " ", "operator: is empty"},
		{"operator", strings.Repeat("é", 100), ""},
		{"operator", strings.Repeat("é", 101), "operator: is longer than 100 characters"},
		{"operator", "a\nb", "operator: holds a control character"},
		{"operator", "Caf\xe9", "operator: is no UTF-8"},
		{"bot", "Tides", `bot: "Tides" is no name for a bot (did you mean "tides"?)`},
		{"bot", "Quake Bot!", `did you mean "quake-bot"?`},
		{"bot", "2quakes", `did you mean "quakes"?`},
		{"bot", "", "a small letter, then up to 31"},
		{"bot", "42", "a small letter, then up to 31"},
		{"bot", strings.Repeat("a", 40), `did you mean "` + strings.Repeat("a", 32) + `"?`},
		{"bot", "a-_9", ""},
		{"handle", "tidesbot", `handle: "tidesbot" is no handle (write "@tidesbot")`},
		{"handle", "@tides-bot", "@ and 1 to 15 letters"},
		{"handle", "@T_9", ""},
		{"purpose", strings.Repeat("x", 501), "purpose: is longer than 500"},
	} {
		s := Start{Operator: "L", Bot: "tides", Handle: "@tidesbot", Command: []string{"true"}}
		*map[string]*string{"operator": &s.Operator, "bot": &s.Bot, "handle": &s.Handle, "purpose": &s.Purpose}[c.field] = c.value
		err := s.Check()
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s %q: %v", c.field, c.value, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s %q: %v", c.field, c.value, err)
		}
		if _, err := Load(writeFile(t, t.TempDir(), "heed.toml", string(Starter(s)))); err != nil {
			t.Errorf("%s %q: %v", c.field, c.value, err)
		}
	}
	err := Start{Handle: "x"}.Check()
	for _, want := range []string{"operator:", "bot:", "handle:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
}

// TestStartAccount: without a handle the account has the bot's name, where an account can.
func TestStartAccount(t *testing.T) {
	for _, c := range []struct{ bot, handle, want string }{
		{"tides", "", "@tides"},
		{"quake-bot_1", "", "@quake_bot_1"},
		{"quakes", "@QuakesBot", "@QuakesBot"},
		{"a23456789012345", "", "@a23456789012345"},
		{"a234567890123456", "", ""},
		{"a234567890123456", "@a", "@a"},
	} {
		s := Start{Operator: "L", Bot: c.bot, Handle: c.handle, Command: []string{"true"}}
		if err := s.Check(); c.want == "" {
			if err == nil || !strings.Contains(err.Error(), "up to 15 characters, or give its handle") {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		} else if err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		cfg, err := Load(writeFile(t, t.TempDir(), "heed.toml", string(Starter(s))))
		if err != nil || cfg.Bots[0].Handle != c.want {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// FuzzStart: what Check takes, Load takes, and gives back as it was said.
func FuzzStart(f *testing.F) {
	f.Add("Harbour Lab", "tides", "@tidesbot", "Tells the tides", "python3", true)
	f.Add("\" = \\ ''' # é", "a-_9", "", "", "a \"b\" \x01", false)
	f.Fuzz(func(t *testing.T, operator, bot, handle, purpose, command string, service bool) {
		s := Start{Operator: operator, Bot: bot, Handle: handle, Purpose: purpose, Command: []string{command}, Service: service}
		if s.Check() != nil || command == "" || strings.ContainsAny(command, "/\x00") || len(command) > maxValue || !utf8.ValidString(command) {
			return
		}
		c, err := Load(writeFile(t, t.TempDir(), "heed.toml", string(Starter(s))))
		if err != nil {
			t.Fatalf("%+v: %v\n%s", s, err, Starter(s))
		}
		if b := c.Bots[0]; c.Operator.Name != operator || b.Name != bot || b.Handle != s.Account() || purpose != "" && b.Purpose != purpose || b.Script.Command[0] != command {
			t.Fatalf("%+v came back as %+v, %+v", s, c.Operator, b)
		}
	})
}
