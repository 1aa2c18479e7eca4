package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"heed/bots"
	"heed/config"
	"heed/guards"
	"heed/runner"
	"heed/runner/scripts"
	"heed/runner/signin"
)

// askWithin bounds the one call of X that the doctor makes for an account.
const askWithin = 20 * time.Second

// asker asks X whose account a bot signs with, and how far this machine's clock is
// ahead of X's; known is false where X did not say.
type asker func(ctx context.Context, cfg *config.Config, b config.Bot) (who signin.Identity, ahead time.Duration, known bool, err error)

func (d *doctor) bot(ctx context.Context, b config.Bot) {
	about := "bots." + b.Name
	d.program(about, b)
	if !d.cfg.X.Sandbox() {
		d.token(about, b)
		d.account(ctx, about, b)
	}
	if d.desk == nil {
		return
	}
	switch p, err := d.desk.Profile(ctx, b.Name); {
	case errors.Is(err, runner.ErrNotFound):
		d.note(bad, about, "start heed run, with the account's credentials in place", "its account was never read")
	case err != nil:
		d.failed(about, err)
	default:
		d.profile(about, b, p)
	}
	d.inbox(ctx, about, b)
	if b.Owner != bots.OwnedByOther {
		return
	}
	g, err := d.desk.Granted(ctx, b.Name)
	if err != nil && !errors.Is(err, runner.ErrNotFound) {
		d.failed(about, err)
		return
	}
	if state := grantState(b.Bot, g, err == nil); state != "in force" {
		d.note(bad, about, "heed grant show "+b.Name+", then heed grant add", "the owner's grant is %s", state)
	}
}

func (d *doctor) program(about string, b config.Bot) {
	if err := scripts.Startable(b.Script); err != nil {
		d.note(bad, about, "install it, or name another in command", "its program cannot be started: %v", err)
		return
	}
	if err := scripts.Readable(b.Script); err != nil {
		d.note(bad, about, "write it, or put its name right in command; a path starts at "+b.Script.Dir, "its program cannot be started: %v", err)
		return
	}
	d.note(good, about, "", "its program %s is here", b.Script.Command[0])
}

// token looks at what a bot signs with, as far as this machine knows.
func (d *doctor) token(about string, b config.Bot) {
	if !b.OAuth1 && !b.OAuth2 {
		_, err1 := b.AccessToken.Read(os.LookupEnv)
		_, err2 := b.AccessSecret.Read(os.LookupEnv)
		if err := errors.Join(err1, err2); err == nil { // else told as missing secrets
			d.note(good, about, "", "its console tokens are here")
		}
		return
	}
	t, err := storedToken(tokens(d.cfg), b)
	login := "heed login " + b.Name
	switch missing := t.Lacks(signin.Scopes(b.Actions)); {
	case err != nil:
		d.note(bad, about, login, "%v", err)
	case t.Spent != "":
		d.note(bad, about, login, "its token cannot be renewed: %s", t.Spent)
	case len(missing) > 0:
		d.note(bad, about, login, "X gave its token no %s, and its actions need that", strings.Join(missing, ", "))
	case t.Kind == signin.OAuth2:
		d.note(good, about, "", "it is signed in as %s; its token is renewed by itself, next before %s", t.Handle, stamp(t.Expires))
	default:
		d.note(good, about, "", "it is signed in as %s; its token does not expire", t.Handle)
	}
}

// account asks X once whose account it is, and what time X has.
func (d *doctor) account(ctx context.Context, about string, b config.Bot) {
	if d.ask == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	who, ahead, known, err := d.ask(ctx, d.cfg, b)
	var needs *runner.NeedsLogin
	var refused *signin.Refused
	switch other := who.Differs(signin.Identity{UserID: b.UserID, Handle: b.Handle}); {
	case errors.As(err, &needs), errors.As(err, &refused):
		d.note(bad, about, d.anew(b), "%v", err)
	case err != nil:
		d.note(bad, about, "see that this machine reaches "+d.cfg.X.APIURL+", and that its credentials are in place", "X cannot be asked: %v", err)
	case other != "":
		d.note(bad, about, d.anew(b)+", or put handle and user_id right", "%s", other)
	default:
		d.note(good, about, "", "X knows it as %s (user %s)", who.Handle, who.UserID)
	}
	if s := aheadSign(ahead); known && s.Level != good {
		d.signs = append(d.signs, s)
	}
}

// anew says how a bot gets another token.
func (d *doctor) anew(b config.Bot) string {
	if b.OAuth1 || b.OAuth2 {
		return "heed login " + b.Name
	}
	return "make new tokens for the account in X's console, and put them where the settings say"
}

const (
	slightlyOff = 10 * time.Second // beyond what seconds and a slow answer explain
	farOff      = 2 * time.Minute  // X refuses signatures that are some minutes off
)

func aheadSign(ahead time.Duration) sign {
	says := fmt.Sprintf("is %s ahead of X's", ahead)
	if ahead < 0 {
		says = fmt.Sprintf("is %s behind X's", -ahead)
	}
	switch {
	case ahead.Abs() > farOff:
		return sign{bad, "clock", says + ": X refuses what is signed at such a time", keepTime}
	case ahead.Abs() > slightlyOff:
		return sign{warning, "clock", says, keepTime}
	}
	return sign{good, "clock", says, ""}
}

// profile judges the account as the guard does, and gives the bio to paste.
func (d *doctor) profile(about string, b config.Bot, p guards.Profile) {
	for _, st := range b.Pipeline.Stations {
		if st.Rule.Name != "disclosure" {
			continue
		}
		f := st.Guard.Judge(bots.Intent{Action: bots.Post, Text: "."}, guards.Facts{Now: d.now, Bot: b.Bot, Profile: p})
		switch {
		case f.Effect == guards.Allow:
			d.note(good, about, "", "its bio says that it is a bot and whose, read at %s", stamp(p.CheckedAt))
		case f.Effect == guards.Defer:
			d.note(warning, about, "start heed run", "%s", f.Because)
		default:
			d.note(bad, about, "set the bio to: "+guards.BioToPaste(b.Bot, p), "%s", f.Because)
		}
	}
	if !p.Automated {
		d.note(warning, about, "at X: Settings, Your account, Automation; link your own account (rule B3)", "it does not carry the Automated label")
	}
	if p.Protected {
		d.note(warning, about, "at X: Settings, Privacy, Audience; or leave it so", "its posts are protected: only followers see them")
	}
}

func (d *doctor) inbox(ctx context.Context, about string, b config.Bot) {
	at, err := d.desk.InboxAt(ctx, b.Name)
	age := inboxAge(b)
	switch {
	case err != nil:
		d.failed(about, err)
	case at.IsZero():
		d.note(bad, about, "start heed run", "its inbox was never read whole: nobody is contacted before")
	case age > 0 && d.now.Sub(at) > age:
		d.note(warning, about, "see that heed run is up, and heed log --kind notice",
			"its inbox was last read at %s, more than %s ago: a STOP may be waiting, and nobody is contacted", stamp(at), age)
	default:
		d.note(good, about, "", "its inbox was read at %s", stamp(at))
	}
}
