package ledger

import (
	"errors"
	"fmt"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// The kinds of a choice.
const (
	optOut   = "opt_out"
	optIn    = "opt_in"
	review   = "review"
	dmClosed = "dm_closed"
)

// How an opt-out came about that an account shows beside words.
const (
	byBio   = "bio"
	byBlock = "block"
)

const choiceColumns = `user, kind, at, how, scope, channel, event, rule, behaviour`

var (
	choicesOf = sql(`SELECT ` + choiceColumns + ` FROM choices WHERE user = ? AND ended_at IS NULL ORDER BY n LIMIT 1000`)
	choicesBy = sql(`SELECT ` + choiceColumns + ` FROM choices WHERE kind = ? AND ended_at IS NULL ORDER BY n LIMIT ?`)
	addChoice = sql(`INSERT INTO choices (user, kind, scope, channel, at, how, event, rule, behaviour, first_event, salt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, randomblob(16))`)
	endable   = sql(`SELECT n, scope FROM choices WHERE user = ? AND kind = ? AND (? = '*' OR scope = ?) AND at <= ? AND ended_at IS NULL ORDER BY n`)
	endChoice = sql(`UPDATE choices SET ended_at = ?, ended_by = ?, reason = ? WHERE n = ?`)
	renewable = sql(`SELECT n FROM choices WHERE user = ? AND kind = ? AND scope = ? AND at < ? AND (kind = 'opt_out' OR (channel = ? AND behaviour = ?))
		AND how <> 'bio' AND how <> 'block' AND ended_at IS NULL ORDER BY n`)
	renewed    = sql(`UPDATE choices SET at = ?, how = ?, event = ?, rule = ? WHERE n = ?`)
	outgrown   = sql(`SELECT n FROM choices WHERE user = ? AND kind = 'opt_in' AND scope = ? AND channel = ? AND ended_at IS NULL ORDER BY n`)
	wakePerson = sql(`UPDATE intents SET due_at = 0 WHERE person = ? AND pending = 1
		AND state = 'deferred' AND open_ended = 1`)
)

// endOfTime is later than every choice: what ends by a person's hand ends whatever its time.
var endOfTime = time.UnixMilli(1 << 52)

func scanChoice(r *row) runner.PersonRow {
	return runner.PersonRow{User: bots.UserID(r.str()), Kind: r.str(), Choice: guards.Choice{At: r.when(), How: r.str(),
		Scope: r.str(), Channel: r.str(), Event: r.str(), Rule: r.str(), Behaviour: r.str()}}
}

// asked is a person as one bot must take them.
type asked struct {
	guards.Person
	bot string
}

// person is what is in force for a bot about somebody.
func person(c *conn, user bots.UserID, bot string) (guards.Person, error) {
	p := asked{guards.Person{ID: user}, bot}
	err := c.each(choicesOf, func(r *row) {
		x := scanChoice(r)
		if x.Scope != "*" && x.Scope != bot {
			return
		}
		switch {
		case x.Kind == optOut && (p.OptOut == nil || x.At.After(p.OptOut.At)):
			p.OptOut = &x.Choice
		case x.Kind == optIn:
			p.OptIns = append(p.OptIns, x.Choice)
		case x.Kind == review && p.Review == nil:
			p.Review = &x.Choice
		case x.Kind == dmClosed:
			p.DMClosed = true
		}
	}, user)
	if p.OptOut != nil && p.cameBack() {
		p.OptOut = nil
	}
	return p.Person, err
}

// cameBack says whether the person has written START to this very bot since they last
// said stop. Nobody else can bring them back: an entry by hand does not count.
func (p asked) cameBack() bool {
	for _, c := range p.OptIns {
		if c.Scope == p.bot && said(c) && c.At.After(p.OptOut.At) {
			return true
		}
	}
	return false
}

// choose records a choice unless the same one is in force; it says whether it was new.
func (t *tx) choose(user bots.UserID, kind string, c guards.Choice) (bool, error) {
	if user == "" || c.Scope == "" || c.At.IsZero() {
		return false, errors.New("ledger: a choice needs a person, a scope and a time")
	}
	have, out := false, false
	err := t.each(choicesOf, func(r *row) {
		x := scanChoice(r)
		have = have || restated(x, kind, c)
		out = out || x.Kind == optOut
	}, user)
	// Said again: a START from before it must not undo a STOP, nor a STOP from before it a START.
	if err == nil && have && (kind == optOut && !shown(c) || kind == optIn && said(c) && out) {
		err = t.renew(user, kind, c)
	}
	if err != nil || have {
		return false, err
	}
	if kind == optIn {
		old, err := numbers(t.conn, outgrown, user, c.Scope, c.Channel)
		if err != nil {
			return false, err
		}
		for _, n := range old {
			if err := t.endOne(n, user, kind, guards.Choice{At: c.At, How: c.How, Scope: c.Scope}, "given anew"); err != nil {
				return false, err
			}
		}
	}
	res, err := t.exec(addChoice, user, kind, c.Scope, c.Channel, c.At, c.How, c.Event, c.Rule, c.Behaviour, c.Event)
	if err != nil {
		return false, err
	}
	n, err := res.LastInsertId()
	if err != nil {
		return false, err
	}
	t.tellChoice(user, kind, c)
	t.tick(c.At, c.Scope, runner.HourChoices, kind)
	return true, t.logChoice(n, user, kind, c, "recorded")
}

// numbers reads one column of numbers.
func numbers(c *conn, q *query, args ...any) (out []int64, err error) {
	err = c.each(q, func(r *row) { out = append(out, r.num()) }, args...)
	return out, err
}

// renew gives a choice in words that is said again the time and event of the latest.
func (t *tx) renew(user bots.UserID, kind string, c guards.Choice) error {
	old, err := numbers(t.conn, renewable, user, kind, c.Scope, c.At, c.Channel, c.Behaviour)
	if err != nil {
		return err
	}
	for _, n := range old {
		if _, err := t.exec(renewed, c.At, c.How, c.Event, c.Rule, n); err != nil {
			return err
		}
		t.tellChoice(user, kind, c)
		if err := t.logChoice(n, user, kind, c, "said again"); err != nil {
			return err
		}
	}
	return nil
}

// restated says whether a choice is one that is in force already. A yes to something
// else is another yes, and what an account shows is apart from what its owner said:
// neither takes the other's place.
func restated(x runner.PersonRow, kind string, c guards.Choice) bool {
	switch {
	case x.Kind != kind || x.Scope != c.Scope || x.Channel != c.Channel:
		return false
	case kind == optIn:
		return x.Behaviour == c.Behaviour || x.At.After(c.At)
	case kind == optOut && (shown(x.Choice) || shown(c)):
		return x.How == c.How && x.Rule == c.Rule
	}
	return true
}

// said tells the person's own words to a bot from what was recorded of them by others.
func said(c guards.Choice) bool { return c.How == "dm" || c.How == "mention" }

// shown tells an account's sign from its owner's word.
func shown(c guards.Choice) bool { return c.How == byBio || c.How == byBlock }

// logAgain puts on record what changes no row.
func (t *tx) logAgain(user bots.UserID, kind string, c guards.Choice, what string) error {
	return t.log(0, recordOf(user, kind, c, what))
}

// logChoice puts a change of a choice on record, with how its row stands now.
func (t *tx) logChoice(n int64, user bots.UserID, kind string, c guards.Choice, what string) error {
	return t.logRow("choice", n, recordOf(user, kind, c, what))
}

func recordOf(user bots.UserID, kind string, c guards.Choice, what string) runner.Record {
	r := runner.Record{At: c.At, Kind: runner.RecPerson, Code: "person." + kind, User: user,
		Message: fmt.Sprintf("%s %s for %s, by %s", kind, what, c.Scope, first(c.How, "nobody named"))}
	if c.Scope != "*" {
		r.Bot = c.Scope
	}
	return r
}

// endChoices ends what is in force of a kind within a scope and not newer than upTo, each
// with its record.
func (t *tx) endChoices(user bots.UserID, kind, scope, by, reason string, at, upTo time.Time) (int, error) {
	type ending struct {
		n     int64
		scope string
	}
	var all []ending
	if err := t.each(endable, func(r *row) { all = append(all, ending{r.num(), r.str()}) }, user, kind, scope, scope, upTo); err != nil {
		return 0, err
	}
	for _, e := range all {
		if err := t.endOne(e.n, user, kind, guards.Choice{At: at, How: by, Scope: e.scope}, reason); err != nil {
			return 0, err
		}
	}
	if len(all) > 0 {
		t.tell(outLine{Kind: kind, Ended: true, User: user, Scope: scope, At: at.UnixMilli(), UpTo: upTo.UnixMilli(), How: by})
	}
	return len(all), nil
}

func (t *tx) endOne(n int64, user bots.UserID, kind string, c guards.Choice, reason string) error {
	reason = cut(reason, maxMessage)
	if _, err := t.exec(endChoice, c.At, null(c.How), null(reason), n); err != nil {
		return err
	}
	return t.logChoice(n, user, kind, c, "ended ("+reason+")")
}

// optedOut records that a person is not to be contacted and takes back what is under
// way to them. Consents and open questions within the scope end with it.
func (t *tx) optedOut(user bots.UserID, c guards.Choice) (r runner.Receipt, err error) {
	if r.New, err = t.choose(user, optOut, c); err != nil {
		return r, err
	}
	r.Cancelled, err = t.silence(user, c, "")
	return r, err
}

// silence ends what an opt-out ends and takes back what is under way to the person,
// but for the intents of the bot whose name is spared.
func (t *tx) silence(user bots.UserID, c guards.Choice, spared string) (cancelled []runner.Claim, err error) {
	for _, kind := range []string{optIn, review} {
		if _, err := t.endChoices(user, kind, c.Scope, c.How, "opted out", c.At, endOfTime); err != nil {
			return nil, err
		}
	}
	return t.recall(recall{user: user, at: c.At, scope: c.Scope, spared: spared})
}
