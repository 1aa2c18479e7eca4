package guards

import (
	"fmt"
	"slices"
	"strings"

	"heed/bots"
)

func init() {
	Declare(Clause{ID: "C8", Says: "nobody is mentioned unasked, not even in a post of one's own",
		Source: SourceAutomation + "; " + SourceGuidelines, Served: []Service{ByGuard},
		Tests:    []string{"guards TestConsentToBeNamed", "guards TestOptOutOfBeingNamed"},
		Operator: "list in mention_allow only accounts that agreed to be named, with their own user ids"})
}

const mostNames = 8 // told in a finding

// naming finds names of people who never agreed to be named (rule C8). A name that the
// settings list is a contact like any other: its person's choices must have been read.
func (g *consent) naming(in bots.Intent, f Facts) Finding {
	var strangers []string
	unread := 0
	for _, name := range mentioned(in.Text) {
		id, listed := g.listed(name)
		switch {
		case ours(name, f.Bot):
		case !listed:
			strangers = append(strangers, "@"+name)
		case !slices.ContainsFunc(f.Named, func(p Person) bool { return p.ID == id }):
			unread++
		}
	}
	switch {
	case len(strangers) > 0:
		who := strings.Join(strangers[:min(len(strangers), mostNames)], ", ")
		if in.Action == bots.DM { // promise P7: no word of a message leaves it
			who = fmt.Sprintf("%d accounts", len(strangers))
		}
		return Denied("consent.mention", "the text names "+who+", not known to agree",
			"leave the name out (X itself puts the person you answer in front of a reply), or list it in mention_allow once they agreed").
			Citing("C8").With("mentions", len(strangers))
	case unread > 0:
		return Held("consent.named_unread", fmt.Sprintf("whether %d accounts that the text names have opted out was not read", unread),
			"report this as a fault of heed; a person may approve the intent").Citing("C8").With("mentions", unread)
	}
	return Pass()
}

// named are the user ids of the listed accounts that a text names, each once.
func (g *consent) named(text string) []bots.UserID {
	if len(g.MentionAllow) == 0 {
		return nil
	}
	var ids []bots.UserID
	for _, name := range mentioned(text) {
		if id, listed := g.listed(name); listed && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// listed finds the user id that the settings give for a handle.
func (g *consent) listed(name string) (bots.UserID, bool) {
	for handle, id := range g.MentionAllow {
		if sameHandle(handle, name) {
			return bots.UserID(id), true
		}
	}
	return "", false
}

// ours says whether a handle is the operator's or one of their bots'.
func ours(name string, b bots.Bot) bool {
	return sameHandle(b.House.Operator.Handle, name) || slices.ContainsFunc(b.House.Handles, func(h string) bool { return sameHandle(h, name) })
}

// sameHandle compares handles, with or without their signs.
func sameHandle(a, b string) bool {
	return strings.EqualFold(strings.TrimPrefix(a, "@"), strings.TrimPrefix(b, "@"))
}
