package guards

import (
	"testing"
	"time"

	"heed/bots"
)

func TestGrant(t *testing.T) {
	given := func(change func(*Grant)) edit {
		return func(_ *bots.Intent, f *Facts) {
			f.Bot.Owner = bots.OwnedByOther
			f.Grant = &Grant{Actions: []bots.Action{bots.Post, bots.Reply}, Behaviour: f.Bot.Behaviour(), By: "Ana", Shown: "ab", At: noon.Add(-time.Hour)}
			if change != nil {
				change(f.Grant)
			}
		}
	}
	owner := func(o bots.Owner) edit { return func(_ *bots.Intent, f *Facts) { f.Bot.Owner = o } }
	try(t, "grant", []trial{
		{"the operator's own account needs none", bots.Post, owner(bots.OwnedByOperator), Allow, ""},
		{"an account is the operator's own unless said otherwise", bots.Post, owner(""), Allow, ""},
		{"an owner that nobody knows allows nothing", bots.Post, owner("cousin"), Deny, "grant.owner"},
		{"somebody else's account needs a grant", bots.Post, owner(bots.OwnedByOther), Deny, "grant.none"},
		{"with one it acts", bots.Post, given(nil), Allow, ""},
		{"what the owner allowed is not all", bots.DM, given(nil), Deny, "grant.action"},
		{"taking back needs to be allowed too", bots.Delete, given(nil), Deny, "grant.action"},
		{"a grant without actions allows nothing", bots.Post, given(func(g *Grant) { g.Actions = nil }), Deny, "grant.action"},
		{"a grant that was withdrawn is none", bots.Post, given(func(g *Grant) { g.EndedAt = noon.Add(-time.Minute) }), Deny, "grant.withdrawn"},
		{"a changed bot needs a new yes", bots.Post, given(func(g *Grant) { g.Behaviour = "another" }), Deny, "grant.stale"},
		{"a grant that does not say to what is stale", bots.Post, given(func(g *Grant) { g.Behaviour = "" }), Deny, "grant.stale"},
		{"a grant without a time is none", bots.Post, given(func(g *Grant) { g.At = time.Time{} }), Deny, "grant.none"},
		{"a grant of tomorrow is none yet", bots.Post, given(func(g *Grant) { g.At = noon.Add(24 * time.Hour) }), Deny, "grant.none"},
		{"the operator's own account needs none, though one was withdrawn", bots.Post, func(in *bots.Intent, f *Facts) {
			given(func(g *Grant) { g.EndedAt = noon })(in, f)
			f.Bot.Owner = bots.OwnedByOperator
		}, Allow, ""},
	})
	_, g, _ := New("grant")
	if !g.Needs(bots.Intent{Action: bots.Unfollow}).Grant {
		t.Error("the grant is not read")
	}
	in, f := readyCase(bots.Post)
	given(nil)(&in, &f)
	f.Bot.Purpose = "Sells anchors"
	if got := g.Judge(in, f); got.Code != "grant.stale" || !cites(got, "P2") {
		t.Errorf("a changed purpose: %s %v", got.Code, got.Rules)
	}
}
