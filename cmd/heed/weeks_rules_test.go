package main

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"heed/bots"
	"heed/guards"
)

// The rules as a naive reader takes them, with the numbers of the documentation.
const (
	invitedFor    = 24 * time.Hour // after a person spoke to a bot
	sayOnce       = 24 * time.Hour // before the same words may come again
	followsAnHour = 5
	followsADay   = 20
	bioIsKnownFor = 24 * time.Hour
	resettles     = 30 * time.Second // a turn that began under older settings
	mayBeNamed    = "@p0"            // is in mention_allow
)

// check judges one claim.
func (o *oracle) check(c *claimSeen) {
	o.checkSettings(c)
	o.checkPeople(c)
	o.checkInvitation(c)
	o.checkSame(c)
	o.checkFollows(c)
	o.checkBytes(c)
}

func (c *claimSeen) ref() string { return c.Bot + "/" + c.Key }

// house says whether it is an answer of heed's own.
func (c *claimSeen) house() bool { return strings.HasPrefix(c.Key, bots.HouseKey) }

// checkSettings: the bot may do this at all, and nobody has stopped it.
func (o *oracle) checkSettings(c *claimSeen) {
	o.mu.Lock()
	var why []string
	for _, scope := range []string{c.Bot, "*"} {
		for _, kind := range []guards.HaltKind{guards.Paused, guards.Halted, guards.Latched} {
			if of(o.halts, scope, string(kind)).binds(c.at) {
				why = append(why, scope+" was stopped ("+string(kind)+")")
			}
		}
	}
	for _, what := range []string{string(c.in.Action), "live"} {
		if l := of(o.barred, c.Bot, what); l.binds(c.at) && l.binds(c.at.Add(-resettles)) {
			why = append(why, "its settings do not allow it: "+what)
		}
	}
	shows := c.in.Action.Contacts() || c.in.Action.Writes()
	if shows && of(o.bios, c.Bot).binds(c.at) {
		why = append(why, "the bio that was read last does not disclose the bot")
	}
	o.mu.Unlock()
	if since, bad := o.w.undisclosed(c.Bot); shows && bad && c.at.Sub(since) > bioIsKnownFor+o.w.clock.moved(since) {
		why = append(why, "its bio has disclosed nothing since "+since.Format(time.RFC3339))
	}
	for _, s := range why {
		promise := "P2"
		if strings.Contains(s, string(guards.Latched)) {
			promise = "P12"
		}
		o.wrong(promise, c.ref(), "a %s was claimed, and %s", c.in.Action, s)
	}
}

var handles = regexp.MustCompile(`@p[0-9]+`)

// reached are the people whom an act reaches, as X has it.
func (o *oracle) reached(c *claimSeen) (ids []string) {
	if id := string(c.in.Target.UserID); id != "" && c.in.Action.Contacts() {
		ids = append(ids, id)
	}
	if post := string(c.in.Target.PostID); post != "" && c.in.Action.Contacts() {
		if author := o.w.authorOf(post); author != "" && author != o.w.idOf(c.Bot) {
			ids = append(ids, author)
		}
	}
	if c.in.Action != bots.DM {
		for _, name := range handles.FindAllString(c.in.Text, -1) {
			if u, err := o.w.x.User(name); err == nil {
				ids = append(ids, u.ID)
			}
		}
	}
	return ids
}

// checkPeople: nobody who has opted out is reached (P3).
func (o *oracle) checkPeople(c *claimSeen) {
	for _, person := range o.reached(c) {
		o.mu.Lock()
		out := of(o.away, person, c.Bot).binds(c.at)
		shut := of(o.shut, person, c.Bot).binds(c.at)
		o.mu.Unlock()
		if out && !strings.HasPrefix(c.Key, bots.HouseKey+"stop:") {
			o.wrong("P3", c.ref(), "a %s was claimed that reaches %s, who had opted out:%s", c.in.Action, person, o.storyOf(person))
		}
		if shut && c.in.Action == bots.DM {
			o.wrong("P2", c.ref(), "a message was claimed to %s, who takes none from the bot", person)
		}
	}
}

// checkInvitation: a message, a reply and a name in a text need that the person spoke
// to this bot lately, or said start (C1).
func (o *oracle) checkInvitation(c *claimSeen) {
	for _, name := range handles.FindAllString(c.in.Text, -1) {
		if name != mayBeNamed && c.in.Action != bots.DM {
			o.wrong("P2", c.ref(), "a %s was claimed that names %s, whom nobody asked", c.in.Action, name)
		}
	}
	from := c.at.Add(-invitedFor - o.w.clock.moved(c.at.Add(-2*invitedFor)))
	switch c.in.Action {
	case bots.DM:
		person := string(c.in.Target.UserID)
		if !o.started(person, c.Bot) && !o.w.wrote(person, c.Bot, from) {
			o.wrong("P2", c.ref(), "a message was claimed to %s, who wrote the bot nothing since %s", person, from.Format(time.RFC3339))
		}
	case bots.Reply:
		post := string(c.in.Target.PostID)
		person := o.w.authorOf(post)
		if !o.started(person, c.Bot) && !o.w.named(post, c.Bot, from) {
			o.wrong("P2", c.ref(), "a reply was claimed to post %s, which does not name the bot, or is older than %s", post, from.Format(time.RFC3339))
		}
	}
}

func (o *oracle) started(person, bot string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.in[person+" "+bot].IsZero()
}

// folded is a text as a reader takes it: its letters and digits.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// words are what it says, and to whom where that makes a difference.
func (c *claimSeen) words() string {
	key := folded(c.in.Text)
	switch c.in.Action {
	case bots.DM:
		key += " to " + string(c.in.Target.UserID)
	case bots.Reply:
		key += " to " + string(c.in.Target.PostID)
	}
	return key
}

// unsaid takes back words and follows that X has surely refused. The caller holds the lock.
func (o *oracle) unsaid(c *claimSeen) {
	o.bonds[c.Bot] = slices.DeleteFunc(o.bonds[c.Bot], func(at time.Time) bool { return c.in.Action == bots.Follow && at.Equal(c.at) })
	if key := c.words(); o.said[key] != nil && o.said[key].Seq == c.Seq {
		delete(o.said, key)
	}
}

// checkSame: no bot of the house says what one of them has just said; the same answer
// may go to several people who ask.
func (o *oracle) checkSame(c *claimSeen) {
	if c.in.Text == "" || c.house() {
		return
	}
	key := c.words()
	o.mu.Lock()
	last, approved := o.said[key], o.approved[c.Seq] != ""
	if !o.refused[c.Seq] {
		o.said[key] = c
	}
	o.mu.Unlock()
	window := sayOnce - o.w.clock.forward(c.at.Add(-sayOnce))
	if last == nil || last.Seq == c.Seq || c.at.Sub(last.at) >= window {
		return
	}
	if c.at.Sub(last.at) > time.Minute && o.w.x.Landed(last.ref()) == 0 {
		return // X never had it, and heed has found that out
	}
	if approved {
		return // a person has compared both
	}
	if o.w.desks.letGo(last.ref()) {
		o.w.tell(o.w.sum.Excused, "same words as of an act that nobody could find")
		return
	}
	o.wrong("P2", c.ref(), "a %s was claimed whose words %s said %s before (landed %d times); that one:%s", c.in.Action, last.ref(), c.at.Sub(last.at),
		o.w.x.Landed(last.ref()), o.w.desks.historyOf(last.ref()))
}

// checkFollows: the bot follows few.
func (o *oracle) checkFollows(c *claimSeen) {
	if c.in.Action != bots.Follow {
		return
	}
	o.mu.Lock()
	if !o.refused[c.Seq] {
		o.bonds[c.Bot] = append(o.bonds[c.Bot], c.at)
	}
	all := slices.Clone(o.bonds[c.Bot])
	o.mu.Unlock()
	for span, most := range map[time.Duration]int{time.Hour: followsAnHour, 24 * time.Hour: followsADay} {
		from := c.at.Add(-span + o.w.clock.forward(c.at.Add(-span)))
		n := 0
		for _, at := range all {
			if at.After(from) {
				n++
			}
		}
		if n > most {
			o.wrong("P2", c.ref(), "follow number %d of %d allowed in %s", n, most, span)
		}
	}
}

// checkBytes: what is claimed is what was entered first under its key.
func (o *oracle) checkBytes(c *claimSeen) {
	o.mu.Lock()
	first := o.first[c.ref()]
	o.mu.Unlock()
	if hash := bots.Hash(c.Stored); first != hash && !c.house() {
		o.wrong("P6", c.ref(), "was claimed with the hash %.12s, and entered with %.12s", hash, first)
	}
}
