package config

import (
	"fmt"
	"strings"

	"heed/bots"
	"heed/guards"
)

func init() {
	guards.Declare(guards.Clause{ID: "D7", Says: "one purpose has one account, and one operator at most ten",
		Source: guards.SourceAutomation + "; X authenticity policy", Served: []guards.Service{guards.ByCheck},
		Tests: []string{"config TestMistakes"}, Operator: "heed compares the purposes you declare; that they are true is yours"})
}

// manyBots is how many accounts one operator may have (rule D7).
const manyBots = 10

// acrossBots checks what no bot's own section can show, and tells each bot its house.
func (l *loader) acrossBots() {
	c := l.cfg
	house := bots.House{Operator: c.Operator, Environment: c.X.Environment, Tier: c.X.Tier}
	handles, ids, purposes := map[string]string{}, map[bots.UserID]string{}, map[string]string{}
	for _, b := range c.Bots {
		s := l.bots[b.Name]
		house.Handles = append(house.Handles, b.Handle)
		house.Bots = append(house.Bots, b.Name)
		l.once(s, "handle", b.Handle, strings.ToLower(b.Handle), handles)
		if b.UserID != "" {
			if first, twice := ids[b.UserID]; twice {
				s.bad("user_id", "is also that of "+first, "two bots never share an account")
			} else {
				ids[b.UserID] = "bots." + b.Name
			}
		}
		if purpose := strings.ToLower(strings.Join(strings.Fields(b.Purpose), " ")); purpose != "" {
			if first, twice := purposes[purpose]; twice {
				s.warn("purpose", "is also that of "+first+": X allows no several accounts for one use (rule D7)", "say what is this bot's own, or run one account")
			} else {
				purposes[purpose] = "bots." + b.Name
			}
		}
		if c.Operator.Handle != "" && strings.EqualFold(c.Operator.Handle, b.Handle) {
			s.warn("handle", "is also the operator's", "the operator is the account of a person or an organisation (rule B3)")
		}
	}
	for i := range c.Bots {
		c.Bots[i].House = house
		l.fits(c.Bots[i])
	}
	l.acrossApp()
}

// fits asks the guards what of a bot's declaration cannot work under their settings.
func (l *loader) fits(b Bot) {
	s := l.bots[b.Name]
	for _, st := range b.Pipeline.Stations {
		f, ok := st.Guard.(guards.Fitter)
		if !ok || st.Mode != guards.Enforce {
			continue
		}
		for _, fault := range f.Misfits(b.Bot) {
			key, what := s.locate(fault)
			s.bad(key, what, "see [guards."+st.Rule.Name+"]")
		}
	}
}

func (l *loader) once(s section, key, shown, folded string, seen map[string]string) {
	if shown == "" {
		return
	}
	if first, twice := seen[folded]; twice {
		s.bad(key, fmt.Sprintf("%q is also that of %s", oneLine(shown), first), "two bots never share an account")
		return
	}
	seen[folded] = "bots." + s.path[len(s.path)-1]
}

// acrossApp checks what the bots together want of the app.
func (l *loader) acrossApp() {
	if l.cfg.X.Sandbox() {
		return
	}
	x, ok := l.main.table("x")
	if !ok {
		return
	}
	for _, b := range l.cfg.Bots {
		if b.OAuth2 && l.cfg.X.ClientID == "" && !x.refused("client_id") {
			x.bad("client_id", fmt.Sprintf("is missing, and %s signs with OAuth 2.0", "bots."+b.Name),
				"it is in the app's settings at X, and no secret; an app of the type bot has a client_secret too")
			break
		}
	}
	for _, b := range l.cfg.Bots {
		if b.OAuth2 {
			continue
		}
		for _, key := range []string{"consumer_key", "consumer_secret"} {
			if x.absent(key) {
				x.bad(key, fmt.Sprintf("is missing, and %s signs with OAuth 1.0a", "bots."+b.Name), key+` = { env = "NAME" } or { file = "path" }`)
			}
		}
		break
	}
	if n := len(l.cfg.Bots); n > manyBots {
		l.main.warn("bots", fmt.Sprintf("%d accounts; X allows %d for purposes that do not duplicate each other (rule D7)", n, manyBots), "")
	}
}
