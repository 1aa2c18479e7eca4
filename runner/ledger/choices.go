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
	addChoice = sql(`INSERT INTO choices (user, kind, scope, channel, at, how, event, rule, behaviour, first_event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	endChoice = sql(`UPDATE choices SET ended_at = ?, ended_by = ?, reason = ?
		WHERE user = ? AND kind = ? AND (? = '*' OR scope = ?) AND at <= ? AND ended_at IS NULL`)
	renewed = sql(`UPDATE choices SET at = ?, how = ?, event = ?, rule = ?
		WHERE user = ? AND kind = ? AND scope = ? AND at < ? AND how <> 'bio' AND how <> 'block' AND ended_at IS NULL`)
	outgrown = sql(`UPDATE choices SET ended_at = ?, ended_by = ?, reason = 'given anew'
		WHERE user = ? AND kind = 'opt_in' AND scope = ? AND channel = ? AND ended_at IS NULL`)
	// The one confirmation of an opt-out is not recalled by it, nor by the next one.
	toPerson   = sql(`SELECT ` + intentColumns + ` FROM intents WHERE person = ? AND pending = 1 AND origin <> 'confirm' ORDER BY seq`)
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
		if c.Scope == p.bot && (c.How == "dm" || c.How == "mention") && c.At.After(p.OptOut.At) {
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
	have := false
	err := t.each(choicesOf, func(r *row) {
		x := scanChoice(r)
		have = have || restated(x, kind, c)
	}, user)
	if err == nil && have && kind == optOut && !shown(c) { // said again: a START from before it must not undo it
		_, err = t.exec(renewed, c.At, c.How, c.Event, c.Rule, user, kind, c.Scope, c.At)
	}
	if err != nil || have {
		return false, err
	}
	if kind == optIn {
		if _, err := t.exec(outgrown, c.At, c.How, user, c.Scope, c.Channel); err != nil {
			return false, err
		}
	}
	if _, err := t.exec(addChoice, user, kind, c.Scope, c.Channel, c.At, c.How, c.Event, c.Rule, c.Behaviour, c.Event); err != nil {
		return false, err
	}
	return true, t.logChoice(user, kind, c, "recorded")
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

// shown tells an account's sign from its owner's word.
func shown(c guards.Choice) bool { return c.How == byBio || c.How == byBlock }

func (t *tx) logChoice(user bots.UserID, kind string, c guards.Choice, what string) error {
	r := runner.Record{At: c.At, Kind: runner.RecPerson, Code: "person." + kind, User: user,
		Message: fmt.Sprintf("%s %s for %s, by %s", kind, what, c.Scope, first(c.How, "nobody named"))}
	if c.Scope != "*" {
		r.Bot = c.Scope
	}
	return t.log(0, r)
}

// endChoices ends what is in force of a kind within a scope and not newer than upTo.
func (t *tx) endChoices(user bots.UserID, kind, scope, by, reason string, at, upTo time.Time) (int, error) {
	return t.changed(endChoice, at, null(by), null(cut(reason, maxMessage)), user, kind, scope, scope, upTo)
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
	var under []*intent
	if err := t.each(toPerson, func(r *row) { under = append(under, scanIntent(r)) }, user); err != nil {
		return nil, err
	}
	for _, it := range under {
		if c.Scope != "*" && c.Scope != it.bot || it.bot == spared {
			continue
		}
		cancelled = append(cancelled, it.claim())
		if err := t.end(it, runner.Cancelled, c.At, runner.RecOutcome, "person.opted_out", "the person it would reach opted out", "C2"); err != nil {
			return nil, err
		}
	}
	return cancelled, nil
}
