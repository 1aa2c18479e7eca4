package guards

import (
	"strings"
	"testing"
	"time"

	"heed/bots"
)

// TestAnOptInCountsOnlyAsItWasGiven spoils one thing at a time of a yes that counts.
func TestAnOptInCountsOnlyAsItWasGiven(t *testing.T) {
	with := func(change func(*Choice)) edit {
		return enterprise(func(in *bots.Intent, f *Facts) {
			in.Cause, f.Cause = "", nil
			c := yes(*f, "reply", "import")
			change(&c)
			f.Contacts[0].OptIns = []Choice{c}
		})
	}
	try(t, "consent", []trial{
		{"a whole one counts", bots.Reply, with(func(*Choice) {}), Allow, ""},
		{"one to another bot does not", bots.Reply, with(func(c *Choice) { c.Scope = "quakes" }), Deny, "consent.none"},
		{"one to every bot does not: people agree to one they know", bots.Reply, with(func(c *Choice) { c.Scope = "*" }), Deny, "consent.none"},
		{"one to no bot does not", bots.Reply, with(func(c *Choice) { c.Scope = "" }), Deny, "consent.none"},
		{"one to messages is none to replies", bots.Reply, with(func(c *Choice) { c.Channel = "dm" }), Deny, "consent.none"},
		{"one to nothing is none", bots.Reply, with(func(c *Choice) { c.Channel = "" }), Deny, "consent.none"},
		{"an import without evidence does not count", bots.Reply, with(func(c *Choice) { c.Event = "" }), Deny, "consent.none"},
		{"nor does one by hand without it", bots.Reply, with(func(c *Choice) { c.How, c.Event = "cli", "" }), Deny, "consent.none"},
		{"a follow is no way to agree", bots.Reply, with(func(c *Choice) { c.How = "follow" }), Deny, "consent.none"},
		{"a login is no way to agree", bots.Reply, with(func(c *Choice) { c.How = "oauth" }), Deny, "consent.none"},
		{"nobody has agreed tomorrow", bots.Reply, with(func(c *Choice) { c.At = noon.Add(time.Hour) }), Deny, "consent.none"},
		{"a yes without a time is none", bots.Reply, with(func(c *Choice) { c.At = time.Time{} }), Deny, "consent.none"},
		{"a yes to another purpose is stale", bots.Reply, with(func(c *Choice) { c.Behaviour = "another" }), Deny, "consent.stale"},
		{"a yes that does not say to what is stale", bots.Reply, with(func(c *Choice) { c.Behaviour = "" }), Deny, "consent.stale"},
		{"a stale yes does not make an old invitation young", bots.Reply, func(_ *bots.Intent, f *Facts) {
			c := yes(*f, "reply", "mention")
			c.Behaviour = "another"
			f.Cause.At, f.Contacts[0].OptIns = noon.Add(-48*time.Hour), []Choice{c}
		}, Deny, "consent.stale"},
		{"a fresh invitation needs no yes, stale or not", bots.Reply, func(_ *bots.Intent, f *Facts) {
			f.Contacts[0].OptIns = []Choice{{At: noon.Add(-time.Hour), How: "dm", Scope: "tides", Channel: "reply"}}
		}, Allow, ""},
		{"a new yes beside a stale one counts", bots.Reply, enterprise(func(in *bots.Intent, f *Facts) {
			in.Cause, f.Cause = "", nil
			old := yes(*f, "reply", "dm")
			old.Behaviour = "another"
			f.Contacts[0].OptIns = []Choice{old, yes(*f, "reply", "dm")}
		}), Allow, ""},
		{"one person's yes is not another's", bots.Reply, enterprise(func(in *bots.Intent, f *Facts) {
			in.Cause, f.Cause = "", nil
			f.Contacts[0].OptIns = []Choice{yes(*f, "reply", "dm")}
			f.Contacts = append(f.Contacts, Person{ID: "2002"})
		}), Deny, "consent.none"},
		{"a stale yes carries no quote", bots.Quote, func(_ *bots.Intent, f *Facts) { f.Contacts[0].OptIns[0].Behaviour = "another" }, Deny, "consent.stale"},
		{"nor a message", bots.DM, func(in *bots.Intent, f *Facts) {
			optIn("dm", "dm", "5")(in, f)
			f.Contacts[0].OptIns[0].Behaviour = "another"
		}, Deny, "consent.stale"},
	})
	in, f := readyCase(bots.Quote)
	f.Bot.Purpose = "Sells anchors"
	_, g, _ := New("consent")
	got := g.Judge(in, f)
	if got.Code != "consent.stale" || !cites(got, "P2") || !strings.Contains(got.Because, "2026-11-22 11:00:00 UTC") {
		t.Errorf("a changed purpose: %s %q %v", got.Code, got.Because, got.Rules)
	}
}
