package guards

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "disclosure",
		Says:    "the bot's bio says that it is a bot and who answers for it, and no text claims to come from a human",
		Clauses: []string{"B1", "B2", "B3", "B6"},
		Actions: shown,
		Firm:    true,
	}, func() Guard { return &disclosure{MaxAge: 24 * time.Hour, Label: labelWatch} })
	Declare(Clause{ID: "B1", Says: "a bot says what it is and who answers for it; its bio is a good place",
		Source: SourceAuthentic + " and " + SourceSpam, Served: []Service{ByGuard},
		Tests:    []string{"guards TestDisclosure", "guards TestDisclosureInFourteenLanguages", "guards TestHelpText"},
		Operator: "set the bio yourself: heed gives you the words, and changes no profile"})
	Declare(Clause{ID: "B2", Says: "nobody is misled about whether an account is a bot",
		Source: SourceSpam, Served: []Service{ByGuard},
		Tests:    []string{"guards TestDisclosureOfTexts", "guards TestDisclosureInFourteenLanguages"},
		Operator: "pictures and a name that pass for a person mislead too: heed reads the bio and the texts alone"})
	Declare(Clause{ID: "B3", Says: "the Automated label is switched on and a human-managed account linked",
		Source: SourceGuidelines + ", steps 1 and 3", Served: []Service{ByGuard}, Tests: []string{"guards TestDisclosureLabel"},
		Operator: "switch the label on by hand, signed in as the bot: Settings > Your account > Automation"})
	Declare(Clause{ID: "B4", Says: "the service is clearly identified: its app's name and address show as the source of its posts",
		Source: SourceAuthentic, Served: []Service{ByWords},
		Operator: "give the app, in the developer portal, the name and address of your service"})
	Declare(Clause{ID: "B5", Says: "names and marks of X are no part of a product's name or logo",
		Source: SourceAgreement + " III.F; " + SourceAuthentic, Served: []Service{ByWords},
		Operator: "name and picture your service without X, Twitter, or their marks"})
	Declare(Clause{ID: "B6", Says: "a bio can change after the start, so it is read again",
		Source: "follows from B1", Served: []Service{ByGuard}, Tests: []string{"guards TestDisclosure"}})
}

type disclosure struct {
	// MaxAge is how old the reading of the bot's profile may be. Default 24h, from 1m to 168h. Rule B6.
	MaxAge time.Duration `toml:"max_age"`
	// Label says what happens while the account lacks X's Automated label: "watch" tells
	// it, "require" denies every act. Default "watch". Rule B3.
	Label string `toml:"label"`
}

// The settings of Label.
const (
	labelWatch   = "watch"
	labelRequire = "require"
)

// maxBio is how many characters X lets a bio have.
const maxBio = 160

func (g *disclosure) Check() []string {
	var f faults
	f.span("max_age", g.MaxAge, time.Minute, 168*time.Hour)
	if g.Label != labelWatch && g.Label != labelRequire {
		f.add("label", "%.20q; must be %q or %q", g.Label, labelWatch, labelRequire)
	}
	return f
}

func (g *disclosure) Loosens(house Guard) []string {
	h, ok := house.(*disclosure)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.atMost("max_age", g.MaxAge, h.MaxAge)
	if h.Label == labelRequire && g.Label != labelRequire {
		l.add("label", "%q; the house says %q", g.Label, h.Label)
	}
	return l
}

func (g *disclosure) Needs(bots.Intent) Needs { return Needs{Profile: true} }

func (g *disclosure) Judge(in bots.Intent, f Facts) Finding {
	if claim := claimOf(&in, &f); claim != "" {
		found := Denied("disclosure.claims_human", "the text claims to come from a human", "say what is true: this is a bot").Citing("B2")
		if in.Action != bots.DM { // promise P7: no word of a message leaves it
			found.Because += fmt.Sprintf(" (%q)", claim)
		}
		return found
	}
	p := f.Profile
	if p.UserID != "" && f.Bot.UserID != "" && p.UserID != f.Bot.UserID {
		return Denied("disclosure.wrong_account", fmt.Sprintf("the credentials of %s belong to account %s, the settings name %s", f.Bot.Name, p.UserID, f.Bot.UserID),
			"give the bot its own account's credentials, or correct user_id").Citing("B1")
	}
	if stale(f.Now, p.CheckedAt, g.MaxAge) {
		return Deferred("disclosure.bio_unread", g.unread(p), "heed reads it again by itself; heed doctor says what keeps it from reading",
			f.Now.Add(rereadAfter)).Citing("B1", "B6")
	}
	if code, because := faultOf(f.readAside(p.Bio), &f.Bot); code != "" {
		return Denied("disclosure."+code, because, fmt.Sprintf("set the bio to: %s", BioToPaste(f.Bot, p))).
			Citing("B1", "B2").With("checked_at", p.CheckedAt)
	}
	switch {
	case p.Automated:
		return Pass()
	case g.Label == labelWatch:
		return Pass().With("automated_label", false) // rule B3 is soft: the label is set by hand at X
	}
	return Denied("disclosure.label", fmt.Sprintf("the account did not carry X's Automated label at %s, and the settings require it", moment(p.CheckedAt)),
		"switch it on at X, signed in as the bot: Settings > Your account > Automation, naming the account of the person who runs it; heed sees it when it next reads the profile").
		Citing("B3").With("checked_at", p.CheckedAt).With("automated_label", false)
}

// claimOf finds the phrase by which anything that an intent shows claims to be human.
func claimOf(in *bots.Intent, f *Facts) string {
	if claim := f.claimIn(in.Text); claim != "" {
		return claim
	}
	for _, m := range in.Media {
		if claim := f.claimIn(m.Alt); claim != "" {
			return claim
		}
	}
	if in.Poll != nil {
		for _, option := range in.Poll.Options {
			if claim := f.claimIn(option); claim != "" {
				return claim
			}
		}
	}
	return ""
}

func (f *Facts) claimIn(text string) string {
	if text == "" {
		return ""
	}
	return humanClaims.in(f.read(text))
}

func (g *disclosure) unread(p Profile) string {
	if p.CheckedAt.IsZero() {
		return "the bot's bio was never read, so nobody can tell whether it says that this is a bot"
	}
	return fmt.Sprintf("the bot's bio was read at %s, not within the last %s", moment(p.CheckedAt), spell(g.MaxAge))
}

// bioFault says what a bio lacks, "" when it is as it must be.
func bioFault(bio string, b bots.Bot) (code, because string) { return faultOf(readAlone(bio), &b) }

func faultOf(bio *reading, b *bots.Bot) (code, because string) {
	claim := humanClaims.in(bio)
	if claim == "" {
		claim = bioDenials.in(bio)
	}
	switch op := &b.House.Operator; {
	case claim != "":
		return "bio_denies", fmt.Sprintf("the bio says %q, and this is a bot", claim)
	case !saysBot(bio):
		return "no_bot_word", "the bio does not say that this is a bot"
	case !names(bio.text, op.Handle) && !bio.has(reduce(op.Name)):
		return "no_operator", fmt.Sprintf("the bio does not name who answers for the bot (%s)", strings.TrimSpace(op.Name+" "+op.Handle))
	}
	return "", ""
}

// names says whether a text names exactly this handle, in any case.
func names(text, handle string) bool {
	handle = strings.TrimPrefix(handle, "@")
	if !isHandle(handle) {
		return false
	}
	for i, r := range text {
		if r != '@' && r != '＠' || i > 0 && handleByte(text[i-1]) {
			continue
		}
		rest := text[i+utf8.RuneLen(r):]
		if len(rest) >= len(handle) && strings.EqualFold(rest[:len(handle)], handle) &&
			(len(rest) == len(handle) || !handleByte(rest[len(handle)])) {
			return true
		}
	}
	return false
}

// BioToPaste is a bio of at most 160 characters that satisfies the disclosure guard.
// It keeps as much as it can of the present one, or else of the bot's purpose. Only
// an operator without a handle, whose name is longer than a bio, cannot be satisfied.
func BioToPaste(b bots.Bot, p Profile) string {
	bio := strings.Join(strings.Fields(p.Bio), " ")
	if code, _ := bioFault(bio, b); code == "" && utf8.RuneCountInString(bio) <= maxBio {
		return bio
	}
	who := "@" + strings.TrimPrefix(b.House.Operator.Handle, "@")
	if who == "@" {
		who = strings.TrimSpace(b.House.Operator.Name)
	}
	tag := shorten("Bot run by "+who, maxBio)
	const joint = " · "
	room := maxBio - utf8.RuneCountInString(tag) - utf8.RuneCountInString(joint)
	for _, text := range []string{bio, strings.Join(strings.Fields(b.Purpose), " ")} {
		whole := strings.TrimRight(shorten(text, room), " .;,·|-–—") + joint + tag
		if code, _ := bioFault(whole, b); code == "" && text != "" && !strings.HasPrefix(whole, joint) {
			return whole
		}
	}
	return tag
}

// shorten cuts a text to at most n characters, between words where it can.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	if n < 2 {
		return ""
	}
	runes := []rune(s)[:n-1]
	for i := len(runes) - 1; i > n/2; i-- {
		if unicode.IsSpace(runes[i]) {
			return string(runes[:i]) + "…"
		}
	}
	return string(runes) + "…"
}
