package sandbox

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
)

// Many callers, people and observers at once: what is answered is what landed.
func TestManyAtOnce(t *testing.T) {
	caps := Caps{Posts: 1000, UnverifiedPosts: 1000, UnverifiedReplies: 1000, DMs: 1000, Follows: 1000}
	s := setup(t, Options{Caps: &caps})
	file := filepath.Join(t.TempDir(), "world")
	var group sync.WaitGroup
	const bots, each = 4, 20
	for b := range bots {
		c := s.anotherBot(fmt.Sprint("bot", b))
		group.Go(func() {
			for i := range each {
				if g := c.do("POST", "/2/tweets", fmt.Sprintf(`{"text":"bot %d post %d"}`, b, i)); g.status != 201 {
					t.Errorf("got %d %s", g.status, g.raw)
				}
				c.do("GET", "/2/users/"+c.creds.UserID+"/mentions", "")
			}
		})
		group.Go(func() {
			for i := range each {
				if _, err := s.w.Mention("bob", fmt.Sprint("bot", b), fmt.Sprint("hello ", i)); err != nil {
					t.Error(err)
				}
				s.w.Calls()
				s.w.Contacts(s.bob.ID)
				s.w.Violations()
				if err := s.w.Save(file); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	ids := map[string]bool{}
	for _, a := range s.w.Acts("") {
		if ids[a.ID] {
			t.Errorf("id %s twice", a.ID)
		}
		ids[a.ID] = true
	}
	if len(ids) != 2*bots*each {
		t.Errorf("%d acts landed, want %d", len(ids), 2*bots*each)
	}
	if n := len(s.w.Calls()); n != 2*bots*each {
		t.Errorf("%d calls, want %d", n, 2*bots*each)
	}
}

func BenchmarkCreatePost(b *testing.B) {
	w := New(Options{Skew: start.Sub(start.AddDate(-100, 0, 0)), MaxObjects: 1 << 30,
		Limits: []Limit{}, Caps: &Caps{Posts: 1 << 30, UnverifiedPosts: 1 << 30, UnverifiedReplies: 1 << 30}})
	user, err := w.AddUser(User{Username: "bot"})
	if err != nil {
		b.Fatal(err)
	}
	u := w.st.Users[user.ID]
	app := &App{ID: "1", Name: "bench"}
	i := 0
	for b.Loop() {
		i++
		c := &call{caller: caller{app: app, user: u, route: routes[0]}, now: w.opt.Now(), ctype: "application/json",
			body: fmt.Appendf(nil, `{"text":"tide table number %d, see https://example.com/%d"}`, i, i)}
		if a := w.process(&Call{}, c); a.status != 201 {
			b.Fatalf("%d %s", a.status, a.body)
		}
	}
}
