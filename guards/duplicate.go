package guards

import (
	"fmt"
	"strings"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "duplicate",
		Says:    "no bot says again what it or another bot of the operator has said or is about to say",
		Clauses: []string{"D1", "D2", "D3", "D6"},
		Actions: writing,
	}, func() Guard {
		return &duplicate{Window: 720 * time.Hour, Deny: 0.9, Hold: 0.5, PictureDeny: 31, PictureHold: 45}
	})
	Declare(Clause{ID: "D1", Says: "no identical or substantially similar content across accounts",
		Source: SourceSpam, Served: []Service{ByGuard}, Tests: []string{"guards TestDuplicate", "guards TestDuplicatePictures"},
		Operator: "heed knows the bots of its own ledger only: run all accounts you answer for under one, and do not copy other people's posts"})
	Declare(Clause{ID: "D2", Says: "nor the same content again and again on one account",
		Source: SourceAutomation + " I.A", Served: []Service{ByGuard}, Tests: []string{"guards TestDuplicate", "guards TestDuplicateRepeatAfter"},
		Operator: "set repeat_after only where people are served by hearing the same again, and not to fill a timeline"})
	Declare(Clause{ID: "D3", Says: "whether at the same time, scheduled or queued",
		Source: SourceAccounts, Served: []Service{ByGuard}, Tests: []string{"guards TestDuplicateCountsWhatIsOnItsWay"}})
	Declare(Clause{ID: "D6", Says: "variants for places and languages are fine where their content differs",
		Source: SourceAutomation, Served: []Service{ByGuard}, Tests: []string{"guards TestDuplicateHoldsWhatOnlyResembles", "guards/likeness TestDeclaredFactsSettleWhatTextCannot"},
		Operator: "declare template and facts of templated posts; a variant must tell its readers something else, not the same in other words"})
}

type duplicate struct {
	// Window is how far back texts and pictures are compared. Default 720h, from 24h
	// to 8784h. X names no time. Rules D1, D2.
	Window time.Duration `toml:"window"`
	// Deny and Hold are the likenesses, from 0 to 1, from which a text is denied and
	// held. Defaults 0.9 and 0.5, which are also the greatest allowed.
	Deny float64 `toml:"deny"`
	Hold float64 `toml:"hold"`
	// PictureDeny and PictureHold are the numbers of bits, of 256, up to which a
	// picture that differs from an earlier one is denied and held. Defaults 31 and
	// 45, which are also the least allowed; at most 64, beyond which chance begins.
	PictureDeny int `toml:"picture_deny"`
	PictureHold int `toml:"picture_hold"`
	// RepeatAfter is how long after its own post a bot may say the same again.
	// Default 0s, which is never within the window; else from 24h to 8784h. What
	// another bot has said stays said. Rule D2.
	RepeatAfter time.Duration `toml:"repeat_after"`
}

const (
	mostShared = 8 // words named as evidence
	// MostBits is the greatest distance of two pictures, of 256 bits, that any
	// setting asks for: earlier pictures within it belong into Facts.Seen.
	MostBits = 64
)

func (g *duplicate) Check() []string {
	var f faults
	f.span("window", g.Window, 24*time.Hour, 366*24*time.Hour)
	if !(g.Deny > 0 && g.Deny <= 0.9) { // written so that NaN is refused too
		f.add("deny", "%v; must be above 0 and at most 0.9", g.Deny)
	}
	if !(g.Hold > 0 && g.Hold <= 0.5) {
		f.add("hold", "%v; must be above 0 and at most 0.5", g.Hold)
	}
	if g.Hold > g.Deny {
		f.add("hold", "%v is above deny (%v), so nothing would ever be held", g.Hold, g.Deny)
	}
	f.count("picture_deny", g.PictureDeny, 31, MostBits, "the same picture, recompressed, differs in up to 31 bits; others in 90 and more")
	f.count("picture_hold", g.PictureHold, 45, MostBits, "the same picture, cut, differs in up to 45 bits; others in 90 and more")
	if g.PictureHold < g.PictureDeny {
		f.add("picture_hold", "%d is under picture_deny (%d), so nothing would ever be held", g.PictureHold, g.PictureDeny)
	}
	if g.RepeatAfter != 0 {
		f.span("repeat_after", g.RepeatAfter, 24*time.Hour, 366*24*time.Hour)
	}
	return f
}

func (g *duplicate) Loosens(house Guard) []string {
	h, ok := house.(*duplicate)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.atLeast("window", g.Window, h.Window)
	if !(g.Deny <= h.Deny) {
		l.add("deny", "%v; the house denies from %v", g.Deny, h.Deny)
	}
	if !(g.Hold <= h.Hold) {
		l.add("hold", "%v; the house holds from %v", g.Hold, h.Hold)
	}
	if g.PictureDeny < h.PictureDeny {
		l.add("picture_deny", "%d; the house denies up to %d bits", g.PictureDeny, h.PictureDeny)
	}
	if g.PictureHold < h.PictureHold {
		l.add("picture_hold", "%d; the house holds up to %d bits", g.PictureHold, h.PictureHold)
	}
	switch {
	case g.RepeatAfter != 0 && h.RepeatAfter == 0:
		l.add("repeat_after", "%s; the house lets no bot repeat itself", spell(g.RepeatAfter))
	case g.RepeatAfter != 0:
		l.atLeast("repeat_after", g.RepeatAfter, h.RepeatAfter)
	}
	return l
}

func (g *duplicate) Needs(in bots.Intent) Needs {
	n := Needs{Alike: g.Window}
	if len(in.Media) > 0 {
		n.Pictures, n.Seen = true, g.Window
	}
	return n
}

func (g *duplicate) Judge(in bots.Intent, f Facts) Finding {
	return graver(g.judgeText(&in, &f), g.judgePictures(&in, &f))
}

// graver gives the graver of two findings, the first when they weigh the same.
func graver(a, b Finding) Finding {
	if b.Effect > a.Effect {
		return b
	}
	return a
}

func (g *duplicate) judgeText(in *bots.Intent, f *Facts) Finding {
	worst, likest := Pass(), -1.0
	for i := range f.Alike {
		a := &f.Alike[i]
		if !g.counts(in, f, earlier{a.Bot, a.Action, a.State, a.At}) {
			continue
		}
		effect := g.weigh(in, f.Bot.Name, a)
		if effect > worst.Effect || effect == worst.Effect && effect != Allow && a.Score > likest {
			worst, likest = g.finding(in, effect, f.Bot.Name, a), a.Score
		}
	}
	return worst
}

// earlier is what texts and pictures of the past have in common.
type earlier struct {
	bot    string
	action bots.Action
	state  string
	at     time.Time
}

// counts says whether something earlier is compared at all.
func (g *duplicate) counts(in *bots.Intent, f *Facts, e earlier) bool {
	age, own := f.Now.Sub(e.at), e.bot == f.Bot.Name
	switch {
	case e.at.IsZero(): // nobody knows how old it is
		return true
	case age > g.Window:
		return false
	case own && f.Origin == ForHelp && in.Action == bots.Reply && e.action == bots.Reply:
		return false // heed itself answers HELP, each time in the same words
	case own && g.RepeatAfter > 0 && e.state == "done" && age >= g.RepeatAfter:
		return false // what is only on its way is not said yet, whenever it was written
	}
	return true
}

// weigh says what one earlier text means for the intent. What is said in messages
// is told to one person, so it is measured against messages to that person alone.
func (g *duplicate) weigh(in *bots.Intent, me string, a *Alike) Effect {
	switch {
	case in.Action == bots.DM:
		if a.Exact && a.Action == bots.DM && a.Bot != me && a.Target.UserID == in.Target.UserID {
			return Deny
		}
		return Allow
	case a.Action == bots.DM:
		return Allow
	case a.Exact:
		return Deny
	case in.Action == bots.Reply && a.Bot == me:
		return Allow // answers of one bot are alike by nature
	case !(a.Score < g.Deny): // a likeness that is no number denies
		return Deny
	case a.Score >= g.Hold:
		return Hold
	}
	return Allow
}

func (g *duplicate) finding(in *bots.Intent, e Effect, me string, a *Alike) Finding {
	whose, clauses := whoseAndWhy(me, a.Bot, a.State)
	because := fmt.Sprintf("%s %s %q (%s, %s) says the same, likeness %.2f", whose, a.Action, a.Key, a.State, moment(a.At), a.Score)
	shared := a.Shared
	if in.Action == bots.DM { // promise P7: no word of a message leaves it
		shared = nil
	}
	shared = shared[:min(len(shared), mostShared)]
	if len(shared) > 0 {
		because += "; both have: " + strings.Join(shared, ", ")
	}
	const templated = "; a templated post may declare its template and facts"
	f := Denied("duplicate.same", because, "say something that was not said yet, or repost the earlier post"+templated)
	if e == Hold {
		f = Held("duplicate.alike", because, "a person compares both: heed approve KEY or heed reject KEY"+templated)
	}
	f = f.Citing(clauses...)
	f.Evidence = map[string]any{"bot": a.Bot, "key": a.Key, "at": a.At, "state": a.State,
		"likeness": fmt.Sprintf("%.2f", a.Score), "post_id": string(a.PostID), "shared": append([]string(nil), shared...)}
	return f
}

// whoseAndWhy names the owner of something earlier, and the clauses that speak of it.
func whoseAndWhy(me, bot, state string) (whose string, clauses []string) {
	whose, clauses = "the bot's own", []string{"D2"}
	if bot != me {
		whose, clauses = bot+"'s", []string{"D1"}
	}
	if state != "done" {
		clauses = append(clauses, "D3")
	}
	return whose, append(clauses, "D6")
}
