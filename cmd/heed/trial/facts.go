package trial

import (
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
)

// What a case can say that heed could not read.
const (
	profile  = "profile"
	inboxes  = "inboxes"
	windows  = "windows"
	pictures = "pictures"
)

var halts = map[string]guards.HaltKind{"pause": guards.Paused, "halt": guards.Halted, "latch": guards.Latched}

// facts makes of the case's table what the ledger would tell the guards.
func (r *reader) facts() {
	t := &r.table.Facts
	r.Facts.Now = t.Now.UTC()
	r.zoned(fact("now"), t.Now)
	if t.Now.IsZero() {
		r.bad(fact("now"), "like "+Noon.Format(time.RFC3339), "is no time of a case")
	}
	for i, u := range t.Unread {
		r.oneOf(fact("unread", i), u, profile, inboxes, windows, pictures)
	}
	r.house()
	r.ownAccount(t)
	r.halted(t)
	r.invited(t)
	r.people(t)
	r.granted(t)
	r.counted(t)
	r.past(t)
	r.media(t)
	r.lanes(t)
	for i, code := range t.Approved {
		r.code(fact("approved", i), code)
	}
	if len(t.Approved) > 0 {
		r.Facts.Approval = &guards.Approval{By: "somebody", At: r.Facts.Now, Hash: r.Hash, Codes: t.Approved}
	}
}

// unread says whether heed could not read something.
func (r *reader) unread(what string) bool { return slices.Contains(r.table.Facts.Unread, what) }

// idle tells a fact that cannot matter beside another, or for this intent.
func (r *reader) idle(set bool, path []string, why string) {
	if set {
		r.bad(path, "leave it out", "has no effect: %s", why)
	}
}

func (r *reader) ownAccount(t *factsTable) {
	b := r.Facts.Bot
	if !r.unread(inboxes) {
		r.Facts.InboxAt = r.ago(fact("inbox_age"), t.InboxAge)
	}
	said, _ := r.row.Table("facts")
	has := func(key string) bool { _, ok := said[key]; return ok }
	r.idle(r.unread(inboxes) && has("inbox_age"), fact("inbox_age"), "the inboxes were never read")
	for key, n := range map[string]int{"followers": t.Followers, "following": t.Following, "answered": t.Answered} {
		r.count(fact(key), n)
	}
	if r.unread(profile) {
		for _, key := range []string{"bio", "profile_age", "automated", "verified", "followers", "following"} {
			r.idle(has(key), fact(key), "the profile was never read")
		}
		return
	}
	p := guards.Profile{UserID: b.UserID, Handle: b.Handle, Bio: t.Bio, Automated: t.Automated, Verified: t.Verified,
		CheckedAt: r.ago(fact("profile_age"), t.ProfileAge), Counted: true, Followers: t.Followers, Following: t.Following}
	if !has("bio") {
		p.Bio = guards.BioToPaste(b, guards.Profile{})
	}
	r.Facts.Profile = p
}

func (r *reader) count(path []string, n int) {
	if n < 0 {
		r.bad(path, "", "%d; must be 0 or more", n)
	}
}

func (r *reader) halted(t *factsTable) {
	kind, known := halts[t.Halt]
	switch r.oneOf(fact("halt"), t.Halt, "pause", "halt", "latch"); {
	case t.HaltFor < 0:
		r.bad(fact("halt_for"), "", "%s; must be above 0", t.HaltFor)
	case t.HaltFor > 0 && kind != guards.Paused:
		r.idle(true, fact("halt_for"), "only a pause ends by itself")
	}
	if !known {
		return
	}
	h := guards.Halt{Kind: kind, Scope: r.Bot.Name, By: "somebody", Reason: "the case says so", At: r.Facts.Now.Add(-time.Minute)}
	if t.HaltFor > 0 {
		h.Until = r.Facts.Now.Add(t.HaltFor)
	}
	r.Facts.Halts = []guards.Halt{h}
}

// invited makes the event that the intent answers. Without a cause heed would not find it.
func (r *reader) invited(t *factsTable) {
	r.Facts.Answered = t.Answered
	if t.Invited == nil {
		r.idle(t.Answered > 0, fact("answered"), "nobody invited the bot; write invited = {}")
		return
	}
	in, i := r.Intent, t.Invited
	if in.Action != bots.Reply && in.Action != bots.DM {
		r.idle(true, fact("invited"), "only replies and messages answer somebody")
		return
	}
	if in.Cause == "" {
		r.bad(fact("invited"), `name the event in it, like cause = "post:1857"`, "has no effect: the intent names no cause, so heed would not find it")
		return
	}
	kinds := []string{string(guards.ByMention), string(guards.ByReply), string(guards.ByQuote), string(guards.ByDM)}
	r.oneOf(fact("invited", "kind"), i.Kind, kinds...)
	inv := guards.Invitation{Event: in.Cause, Kind: guards.InviteKind(i.Kind), Bot: r.Bot.Name, From: r.account(fact("invited", "from"), i.From),
		Post: i.Post, Automated: i.Automated, Summons: i.Summons == nil || *i.Summons}
	if inv.Kind == "" {
		if inv.Kind = guards.ByMention; in.Action == bots.DM {
			inv.Kind = guards.ByDM
		}
	}
	if inv.At = r.Facts.Now.Add(-time.Minute); i.Ago != 0 {
		inv.At = r.ago(fact("invited", "ago"), i.Ago)
	}
	if inv.From == "" && in.Target.UserID != "" {
		inv.From = in.Target.UserID
	}
	if inv.From == "" && t.Author != "" {
		inv.From = r.account(nil, t.Author)
	}
	if inv.From == "" {
		inv.From = Somebody
	}
	if inv.Post == "" && inv.Kind != guards.ByDM {
		inv.Post = in.Target.PostID
	}
	if i.Spent {
		inv.SpentBy = "another intent"
	}
	r.Facts.Cause = &inv
}

// granted is what the owner of somebody else's account allowed.
func (r *reader) granted(t *factsTable) {
	if len(t.Granted) == 0 {
		return
	}
	r.idle(r.Bot.Owner != bots.OwnedByOther, fact("granted"), "the bot's account is the operator's own")
	for i, a := range t.Granted {
		r.oneOf(fact("granted", i), string(a), actionNames()...)
	}
	r.Facts.Grant = &guards.Grant{Actions: t.Granted, Behaviour: r.Bot.Behaviour(), By: "the owner", At: r.Facts.Now.Add(-time.Hour)}
}
