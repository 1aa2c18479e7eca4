package guards

import (
	"slices"

	"heed/bots"
)

// writing are the actions that carry a text of the bot's own.
var writing = slices.DeleteFunc(bots.Actions(), func(a bots.Action) bool { return !a.Writes() })

// shown are the actions by which an account shows itself to anybody: those that
// only take something back are not among them.
var shown = slices.DeleteFunc(bots.Actions(), func(a bots.Action) bool { return !a.Contacts() && !a.Writes() })

// people are those whom the intent would reach, without the operator's own
// accounts. Whole is false when the facts do not tell everybody it would reach.
func (f *Facts) people(in *bots.Intent) (reached []Person, whole bool) {
	whole = !f.Unknown && len(f.Contacts) > 0
	if in.Action.OnUser() {
		target := in.Target.UserID
		whole = whole && target != "" && slices.ContainsFunc(f.Contacts, func(p Person) bool { return p.ID == target })
		if _, own := f.Own[target]; own && target != "" && len(f.Contacts) == 0 {
			return nil, true
		}
	}
	for i, p := range f.Contacts {
		if p.ID == "" {
			whole = false
		}
		if _, own := f.Own[p.ID]; !own {
			if i == 0 {
				reached = f.Contacts[:1:1] // the usual single person costs no copy
				continue
			}
			reached = append(reached, p)
		}
	}
	return reached, whole
}

// itself says whether id is the bot's own account.
func (f Facts) itself(id bots.UserID) bool {
	return id != "" && (id == f.Bot.UserID || f.Own[id] == f.Bot.Name && f.Bot.Name != "")
}
