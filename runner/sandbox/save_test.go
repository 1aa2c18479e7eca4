package sandbox

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAWorldGoesOnAfterLoad(t *testing.T) {
	for _, keep := range []bool{false, true} {
		o := Options{Tier: Enterprise, SaveMessages: keep, Limits: []Limit{{Method: "GET", Route: "/2/users/me", User15: 2}}}
		s := setup(t, o)
		ok(t, s.w.SetDMOpen("deskbot", true))
		must[string](t)(s.w.DM("bob", "deskbot", "canary words"))
		must[string](t)(s.w.Mention("bob", "deskbot", "stop"))
		s.bot.do("GET", "/2/users/"+s.botID+"/mentions", "")
		mine := s.bot.do("POST", "/2/tweets", `{"text":"tide table"}`).str("data", "id")
		must[string](t)(s.w.Quote("ann", mine, "look"))
		ok(t, s.w.Like("ann", mine))
		must[string](t)(s.w.Repost("ann", mine))
		ok(t, s.w.Follow("ann", "deskbot"))
		s.bot.do("GET", "/2/users/me", "")
		s.bot.do("POST", "/2/dm_conversations/with/"+s.bob.ID+"/messages", `{"text":"canary answer"}`)

		path := filepath.Join(t.TempDir(), "world.json")
		ok(t, os.WriteFile(path, []byte("old"), 0o644))
		ok(t, s.w.Save(path))
		file := must[[]byte](t)(os.ReadFile(path))
		if mode := must[os.FileInfo](t)(os.Stat(path)).Mode().Perm(); mode != 0o600 {
			t.Errorf("mode %o", mode)
		}
		if bytes.Contains(file, []byte("canary")) != keep {
			t.Errorf("SaveMessages %v, yet the text of messages in the file: %v", keep, !keep)
		}
		if !bytes.Contains(file, []byte("open nothing but a local sandbox")) {
			t.Error("the file does not say what its tokens are")
		}
		if list := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(path))); len(list) != 1 {
			t.Errorf("%d files are left", len(list))
		}

		o.Now, o.Skew = s.clock.now, s.w.opt.Skew
		w := must[*World](t)(Load(path, o))
		if a, b := string(must[[]byte](t)(s.w.snapshot())), string(must[[]byte](t)(w.snapshot())); a != b {
			t.Error("the loaded world is another one")
		}
		before := s.w
		s.w = w
		s.serve()
		bot := s.client(s.bot.creds)
		g := bot.do("GET", "/2/tweets/"+mine+"?tweet.fields=public_metrics", "")
		for name, n := range map[string]float64{"like_count": 1, "retweet_count": 1, "quote_count": 1, "reply_count": 0} {
			if g.at("data", "public_metrics", name) != n {
				t.Errorf("%s: %s", name, g.raw)
			}
		}
		s.expect(bot.do("POST", "/2/tweets", `{"text":"tide table"}`), 403, msgDuplicate)
		s.expect(bot.do("GET", "/2/users/me", ""), 200, "deskbot")
		s.expect(bot.do("GET", "/2/users/me", ""), 429, "")
		g = bot.do("GET", "/2/dm_events", "")
		if shown := strings.Contains(g.raw, "canary words"); shown != keep {
			t.Errorf("SaveMessages %v: %s", keep, g.raw)
		}
		if len(w.Acts("")) != len(before.Acts("")) {
			t.Errorf("%d acts, want %d", len(w.Acts("")), len(before.Acts("")))
		}
		// The opt-out is remembered, and so is that bob may be messaged.
		if w.OptOut(s.app.ID, s.bob.ID).IsZero() {
			t.Error("the opt-out is forgotten")
		}
		s.clock.add(time.Second)
		s.expect(bot.do("POST", "/2/dm_conversations/with/"+s.bob.ID+"/messages", `{"text":"again"}`), 201, "")
		found := w.Violations()
		if last := found[len(found)-1]; last.Kind != AfterOptOut {
			t.Errorf("violations %+v", found)
		}
	}
}

func TestLoadRefusesWhatIsNoWorld(t *testing.T) {
	w := New(Options{Now: (&clock{t: start}).now})
	app := must[App](t)(w.AddApp("a", ""))
	must[Credentials](t)(w.AddBot(app.ID, User{Username: "bot", DMOpen: true}))
	must[User](t)(w.AddUser(User{Username: "ann"}))
	must[string](t)(w.Mention("ann", "bot", "hello"))
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	ok(t, w.Save(good))
	text := string(must[[]byte](t)(os.ReadFile(good)))
	bot := must[User](t)(w.User("bot")).ID
	for why, bad := range map[string]string{
		"nothing":             "",
		"half of it":          text[:len(text)/2],
		"another version":     strings.Replace(text, `"version": 1`, `"version": 2`, 1),
		"no version":          `{}`,
		"an unknown member":   strings.Replace(text, `"version": 1`, `"version": 1, "extra": 1`, 1),
		"a token of nobody":   strings.Replace(text, `"user_id": "`+bot+`"`, `"user_id": "1"`, 1),
		"a post of nobody":    strings.Replace(text, `"author_id": "`, `"author_id": "9`, 1),
		"a user who is empty": strings.Replace(text, `"users": {`, `"users": {"5": null,`, 1),
	} {
		if bad == text {
			t.Fatalf("%s: the file was not changed", why)
		}
		path := filepath.Join(dir, "bad")
		ok(t, os.WriteFile(path, []byte(bad), 0o600))
		if _, err := Load(path, Options{}); err == nil {
			t.Errorf("%s was loaded", why)
		}
	}
	if _, err := Load(filepath.Join(dir, "none"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := w.Save(filepath.Join(dir, "no", "such", "dir")); err == nil {
		t.Error("saved into a folder that is not there")
	}
}
