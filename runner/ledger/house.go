package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
)

// house is what all judgements read and few writes change: the small tables. The
// writer keeps it until a write of its own or of another process makes it stale.
type house struct {
	halts    []guards.Halt
	profiles map[string]guards.Profile
	own      map[bots.UserID]string
	inboxes  []inbox // stalest first
	forgot   bool    // somebody was forgotten: keys and events may be known by their fingerprint alone
}

type inbox struct {
	bot string
	at  time.Time
}

var (
	haltsInForce = sql(`SELECT kind, scope, who, reason, at, until FROM halts WHERE lifted_at IS NULL ORDER BY n`)
	allProfiles  = sql(`SELECT bot, profile FROM profiles`)
	allInboxes   = sql(`SELECT bot, read_at FROM inboxes ORDER BY read_at`)
)

func loadHouse(c *conn) (*house, error) {
	h := &house{profiles: map[string]guards.Profile{}, own: map[bots.UserID]string{}}
	var err error
	if h.halts, err = loadHalts(c); err != nil {
		return nil, err
	}
	var bad error
	err = c.each(allProfiles, func(r *row) {
		bot, p := r.str(), guards.Profile{}
		if err := json.Unmarshal(r.blob(), &p); err != nil {
			bad = fmt.Errorf("ledger: profile of %s: %w", bot, err)
			return
		}
		h.profiles[bot] = p
		if p.UserID != "" {
			h.own[p.UserID] = bot
		}
	})
	if err != nil || bad != nil {
		return nil, cmpErr(err, bad)
	}
	err = c.each(allInboxes, func(r *row) { h.inboxes = append(h.inboxes, inbox{r.str(), r.when()}) })
	if err == nil {
		_, err = c.first(counter, func(r *row) { h.forgot = r.num() > 0 }, countForgotten)
	}
	return h, err
}

func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func loadHalts(c *conn) (out []guards.Halt, err error) {
	err = c.each(haltsInForce, func(r *row) {
		out = append(out, guards.Halt{Kind: guards.HaltKind(r.str()), Scope: r.str(), By: r.str(), Reason: r.str(),
			At: r.when(), Until: r.when()})
	})
	return out, err
}

// inhabited gives the cached house.
func (t *tx) inhabited() (*house, error) {
	if t.l.house == nil {
		h, err := loadHouse(t.conn)
		if err != nil {
			return nil, err
		}
		t.l.house = h
	}
	return t.l.house, nil
}

// moved says that rows behind the cached house were changed.
func (t *tx) moved() { t.rehouse, t.l.house = true, nil }

func over(h guards.Halt, now time.Time) bool { return !h.Until.IsZero() && !h.Until.After(now) }

// binding are the halts that stop a bot at now.
func (h *house) binding(bot string, now time.Time) []guards.Halt {
	return keep(h.halts, func(x guards.Halt) bool { return (x.Scope == "*" || x.Scope == bot) && !over(x, now) })
}

// inboxAt is when the stalest inbox was read: somebody may have said stop to any of
// the bots. Zero when the bot's own never was. Left out are bots that heed or a person
// has stopped, whose inbox may not be readable, and bots that are no longer of the
// house, whose inbox nobody reads.
func (h *house) inboxAt(b bots.Bot, now time.Time) (stalest time.Time) {
	mine, never := false, false
	for _, i := range h.inboxes {
		if i.bot == b.Name {
			mine = true
		} else if h.stopped(i.bot, now) || left(i.bot, b.House.Bots) {
			continue
		}
		never = never || i.at.IsZero()
		if stalest.IsZero() || i.at.Before(stalest) {
			stalest = i.at
		}
	}
	if !mine || never {
		return time.Time{}
	}
	return stalest
}

func (h *house) stopped(bot string, now time.Time) bool {
	for _, x := range h.halts {
		if x.Scope == bot && x.Kind != guards.Paused && !over(x, now) {
			return true
		}
	}
	return false
}

// left says whether a bot is not in the house any more. Names are compared: an account
// that was renamed on X still has its inbox.
func left(bot string, names []string) bool {
	return len(names) > 0 && !slices.Contains(names, bot)
}
