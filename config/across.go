package config

import (
	"fmt"
	"strings"

	"heed/bots"
)

// manyBots is how many accounts one operator may have (rule D7).
const manyBots = 10

// acrossBots checks what no bot's own section can show, and tells each bot its house.
func (l *loader) acrossBots() {
	c := l.cfg
	house := bots.House{Operator: c.Operator, Environment: c.X.Environment, Tier: c.X.Tier}
	handles, ids := map[string]string{}, map[bots.UserID]string{}
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
		if c.Operator.Handle != "" && strings.EqualFold(c.Operator.Handle, b.Handle) {
			s.warn("handle", "is also the operator's", "the operator is the account of a person or an organisation (rule B3)")
		}
	}
	for i := range c.Bots {
		c.Bots[i].House = house
	}
	l.acrossApp()
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
