package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// preview is exactly what an intent would publish, and why it waits (rule P4). Nothing
// that heed sends is left out: an intent can name no place (rule P5).
type preview struct {
	Pick    string // what a form sends for it: see pick
	Anchor  string
	Bot     string
	Key     string
	Handle  string
	Does    string
	On      string // what it acts on
	OnLink  string
	Text    string
	Files   []file
	Extra   [][2]string // what else is sent, by name
	About   [][2]string // what is known of it and not sent
	Expires time.Time
	Soon    bool
	Again   bool // it was sent once, and nobody knows what became of it
	Holds   []hold
	Hash    string
}

type file struct{ Path, Is, Alt, Hash string }

// hold is one reason why a person is asked.
type hold struct {
	Guard, Code, Because, Remedy string
	Numbers                      [][2]string
	Rules                        []guards.Clause
}

func (d *site) preview(c runner.Case) preview {
	in := c.Intent
	p := preview{Pick: pickOf(c), Anchor: "i" + strconv.FormatInt(c.Seq, 10), Bot: c.Bot, Key: c.Key, Handle: d.handle(c.Bot), Does: string(in.Action), Text: in.Text, Expires: in.ExpiresAt,
		Soon: soon(d.now(), in.ExpiresAt), Again: c.Attempts > 0, Hash: c.Hash, Holds: holdsOf(c)}
	switch t := in.Target; {
	case t.PostID != "":
		p.On, p.OnLink = "post "+string(t.PostID), postLink(t.PostID)
	case t.UserID != "":
		p.On, p.OnLink = "user "+string(t.UserID), userLink(t.UserID)
	}
	for i, m := range in.Media {
		f := file{Path: m.Path, Is: "not looked at", Alt: m.Alt, Hash: m.SHA256}
		if i < len(c.Media) {
			f.Is, f.Hash = fileIs(c.Media[i]), c.Media[i].SHA256
		}
		p.Files = append(p.Files, f)
	}
	if in.Poll != nil {
		p.Extra = append(p.Extra, [2]string{"poll", strings.Join(quoted(in.Poll.Options), " or ") + ", open for " + strconv.Itoa(in.Poll.Minutes) + " minutes"})
	}
	if in.ReplySettings != "" {
		p.Extra = append(p.Extra, [2]string{"who may reply", in.ReplySettings})
	}
	for _, mark := range in.Marks() {
		p.Extra = append(p.Extra, [2]string{"marked", mark})
	}
	if in.Cause != "" {
		p.About = append(p.About, [2]string{"answers", in.Cause})
	}
	if in.Reason != "" && in.Action != bots.DM { // promise P7: no word about a message stays
		p.About = append(p.About, [2]string{"the bot says why", in.Reason})
	}
	if c.Verdict != nil && c.Verdict.Cost > 0 {
		p.About = append(p.About, [2]string{"costs", c.Verdict.Cost.String() + " by X's published prices"})
	}
	p.About = append(p.About, [2]string{"came in", stamp(c.EnteredAt)})
	return p
}

// holdsOf are the guards that ask for a person, or what a look for its outcome gave.
func holdsOf(c runner.Case) (out []hold) {
	if c.Detail != "" {
		out = append(out, hold{Guard: "reconcile", Because: c.Detail, Remedy: "look at the account: approve to send it again, reject to leave it"})
	}
	if c.Verdict == nil {
		return out
	}
	for _, f := range c.Verdict.Holds() {
		h := hold{Guard: f.Guard, Code: f.Code, Because: f.Because, Remedy: f.Remedy}
		for _, k := range sortedKeys(f.Evidence) {
			h.Numbers = append(h.Numbers, [2]string{strings.ReplaceAll(k, "_", " "), fmt.Sprint(f.Evidence[k])})
		}
		for _, id := range f.Rules {
			if cl, ok := guards.ClauseOf(id); ok {
				h.Rules = append(h.Rules, cl)
			}
		}
		out = append(out, h)
	}
	return out
}

// handle is a bot's account, or its bare name when the settings have it no more.
func (d *site) handle(bot string) string {
	for _, c := range d.Bots() {
		if c.Bot.Name == bot {
			return c.Bot.Handle
		}
	}
	return bot
}

// postLink and userLink lead to X. heed itself fetches neither.
func postLink(id bots.PostID) string {
	if !bots.IsSnowflake(string(id)) {
		return ""
	}
	return id.URL()
}

func userLink(id bots.UserID) string {
	if !userID(string(id)) {
		return ""
	}
	return "https://x.com/i/user/" + string(id)
}

func fileIs(p guards.Picture) string {
	kind := p.Type
	if kind == "" {
		kind = "unknown kind"
	}
	if p.Width > 0 {
		kind += fmt.Sprintf(", %d × %d", p.Width, p.Height)
	}
	return kind + ", " + bytesText(p.Bytes)
}

func bytesText(n int64) string {
	switch {
	case n < 10<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 10<<20:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}

func quoted(all []string) (out []string) {
	for _, s := range all {
		out = append(out, "“"+s+"”")
	}
	return out
}
