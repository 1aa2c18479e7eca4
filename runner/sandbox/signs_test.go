package sandbox

import (
	"testing"
	"time"
)

// What a post carries beside its text is kept as it was sent, and shown where X shows it.
func TestWhatAPostCarriesIsKept(t *testing.T) {
	s := setup(t, Options{})
	longest := "äöüäöüäöüäöüäöüäöüäöüäöüä" // 25 characters, 50 bytes
	g := s.bot.do("POST", "/2/tweets", `{"text":"which?","poll":{"options":["a","b","c","`+longest+`"],"duration_minutes":10080},
		"reply_settings":"subscribers","made_with_ai":true,"paid_partnership":true}`)
	s.expect(g, 201, `"id"`)
	p := s.w.Posts(s.botID)[0]
	if !p.MadeWithAI || !p.Paid || p.ReplySettings != "subscribers" || len(p.Poll.Options) != 4 || p.Poll.Options[3] != longest ||
		p.Poll.Minutes != 10080 || !p.Poll.Ends.Equal(s.clock.now().Add(7*24*time.Hour)) {
		t.Errorf("kept %+v, %+v", p, p.Poll)
	}
	g = s.bot.do("GET", "/2/tweets/"+p.ID+"?tweet.fields=reply_settings,paid_partnership", "")
	if g.str("data", "reply_settings") != "subscribers" || g.at("data", "paid_partnership") != true {
		t.Errorf("shown %s", g.raw)
	}
	s.bot.do("POST", "/2/tweets", `{"text":"plain","paid_partnership":false}`)
	if p := s.w.Posts(s.botID)[1]; p.MadeWithAI || p.Paid || p.ReplySettings != "everyone" || p.Poll != nil {
		t.Errorf("a plain post is kept as %+v", p)
	}
}

// The numbers are the world's own, and only for who asks.
func TestPublicMetrics(t *testing.T) {
	s := setup(t, Options{Tier: Enterprise})
	ok(t, s.w.Follow("ann", "deskbot"))
	ok(t, s.w.Follow("bob", "deskbot"))
	ok(t, s.w.Follow("deskbot", "ann"))
	post := must[string](t)(s.w.Post("deskbot", "one"))
	must[string](t)(s.w.Post("deskbot", "two"))
	ok(t, s.w.DeletePost(post))
	liked := must[string](t)(s.w.Post("ann", "like me"))
	ok(t, s.w.Like("deskbot", liked))
	want := map[string]float64{"followers_count": 2, "following_count": 1, "tweet_count": 1, "like_count": 1, "listed_count": 0}
	for _, path := range []string{"/2/users/me?", "/2/users/" + s.botID + "?", "/2/users/by/username/deskbot?"} {
		g := s.bot.do("GET", path+"user.fields=public_metrics", "")
		for name, n := range want {
			if g.at("data", "public_metrics", name) != n {
				t.Errorf("%s: %s, want %s %v", path, g.raw, name, n)
			}
		}
		for _, q := range []string{"user.fields=description", "user.fields=verified"} {
			if g := s.bot.do("GET", path+q, ""); g.at("data", "public_metrics") != nil {
				t.Errorf("%s%s shows numbers nobody asked for: %s", path, q, g.raw)
			}
		}
	}
	if g := s.bot.do("GET", "/2/users/me", ""); len(g.body["data"].(map[string]any)) != 3 {
		t.Errorf("asked for nothing, shown %s", g.raw)
	}
	ok(t, s.w.Unfollow("bob", "deskbot"))
	if g := s.bot.do("GET", "/2/users/me?user.fields=public_metrics", ""); g.at("data", "public_metrics", "followers_count") != float64(1) {
		t.Errorf("after one left: %s", g.raw)
	}
}

// A person's bio, bonds and inbox are shown to who asks, with mentions, messages and
// posts; being blocked is not, unless the world is set to.
func TestSignsOfAPerson(t *testing.T) {
	const ask = "user.fields=affiliation,connection_status,description,entities,receives_your_dm"
	for _, told := range []bool{false, true} {
		s := setup(t, Options{Quirks: Quirks{BlockedBy: told}})
		ok(t, s.w.SetBio("bob", "likes boats #nobots"))
		ok(t, s.w.SetDMOpen("deskbot", true))
		mention := must[string](t)(s.w.Mention("bob", "deskbot", "when?"))
		must[string](t)(s.w.DM("bob", "deskbot", "hello"))
		show := func(path string) (user map[string]any) {
			t.Helper()
			g := s.bot.do("GET", path, "")
			user, _ = g.at("includes", "users", 0).(map[string]any)
			if user == nil || user["id"] != s.bob.ID {
				t.Fatalf("%s: %s", path, g.raw)
			}
			return user
		}
		paths := []string{"/2/users/" + s.botID + "/mentions?expansions=author_id", "/2/tweets/" + mention + "?expansions=author_id", "/2/dm_events?expansions=sender_id"}
		for _, path := range paths {
			u := show(path + "&" + ask)
			if bonds, is := u["connection_status"].([]any); u["description"] != "likes boats #nobots" || u["receives_your_dm"] != true || !is || len(bonds) != 0 {
				t.Errorf("%s: %v", path, u)
			}
			if u := show(path); u["description"] != nil || u["connection_status"] != nil || u["receives_your_dm"] != nil {
				t.Errorf("%s shows what nobody asked for: %v", path, u)
			}
		}
		ok(t, s.w.SetDMClosed("bob", true))
		if u := show(paths[0] + "&" + ask); u["receives_your_dm"] != false {
			t.Errorf("a closed inbox shows as %v", u)
		}
		ok(t, s.w.Block("bob", "deskbot"))
		bonds, _ := show(paths[2] + "&" + ask)["connection_status"].([]any)
		if blocked := len(bonds) == 1 && bonds[0] == "blocked_by"; blocked != told || !told && len(bonds) != 0 {
			t.Errorf("told %v: a block shows as %v", told, bonds)
		}
	}
}

// What a bio asks for is heed's own rule: X lets the bot answer, and the judge is silent.
func TestABioIsNoRuleOfX(t *testing.T) {
	s := setup(t, Options{})
	ok(t, s.w.SetBio("bob", "#nobots please"))
	s.expect(contact(s, "an answer"), 201, `"id"`)
	if v := s.w.Violations(); len(v) != 0 {
		t.Errorf("%+v", v)
	}
}

// A script can give people bios and have them close and open their messages.
func TestScriptOfSigns(t *testing.T) {
	script := must[Script](t)(LoadScript([]byte(`{"app":{"name":"Desk"},"bots":[{"username":"deskbot","dm_open":true}],
		"people":[{"username":"ann","bio":"#nobots"},{"username":"bob","dm_closed":true},{"username":"eve"}],
		"steps":[{"who":"ann","does":"close_dms"},{"who":"bob","does":"open_dms"},{"who":"eve","does":"block","to":"deskbot"},{"who":"eve","does":"bio","text":"no bots"}]}`)))
	w := New(Options{Now: (&clock{t: start}).now})
	must[map[string]Credentials](t)(w.Seat(script))
	if ann, bob := must[User](t)(w.User("ann")), must[User](t)(w.User("bob")); ann.Bio != "#nobots" || !bob.DMClosed {
		t.Errorf("seated %+v and %+v", ann, bob)
	}
	for _, step := range script.Steps {
		must[string](t)(w.Do(step))
	}
	ann, bob, eve := must[User](t)(w.User("ann")), must[User](t)(w.User("bob")), must[User](t)(w.User("eve"))
	if !ann.DMClosed || ann.DMOpen || bob.DMClosed || !bob.DMOpen || eve.Bio != "no bots" || !w.st.Blocks.has(eve.ID, must[User](t)(w.User("deskbot")).ID) {
		t.Errorf("played: %+v, %+v, %+v", ann, bob, eve)
	}
}
