package ledger

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"heed/bots"
	"heed/runner"
)

// steps are what there is to do, in an order in which a broken-off erasure can be begun
// again: who wrote which post goes last.
func (f *traces) steps(o *oblivion) (todo []step) {
	for _, seq := range f.intents {
		todo = append(todo, o.intent(seq))
	}
	for _, seq := range f.verdicts {
		todo = append(todo, o.verdict(seq))
	}
	for _, n := range f.lines {
		todo = append(todo, o.line(n))
	}
	for _, k := range f.heard {
		todo = append(todo, o.heard(k))
	}
	for _, n := range f.choices {
		todo = append(todo, o.choice(n))
	}
	for _, seq := range f.acts {
		todo = append(todo, o.act(seq))
	}
	for _, post := range f.posts {
		todo = append(todo, o.post(post))
	}
	return todo
}

// count says what would be done.
func (o *oblivion) count(f *traces) {
	o.out.Intents, o.out.Verdicts, o.out.Lines, o.out.Heard = len(f.intents), len(f.verdicts), len(f.lines), len(f.heard)
	o.out.Choices, o.out.Acts, o.out.Posts = len(f.choices), len(f.acts), len(f.posts)
}

var dropLine1 = sql(`DELETE FROM records WHERE n = ? AND link IS NULL`)

// line erases a line of the log: of a decision what may be erased, another altogether.
func (o *oblivion) line(n int64) step {
	return func(t *tx) ([]*line, error) {
		var x *line
		if found, err := t.first(lineAt, func(r *row) { x = scanLine(r) }, n); err != nil || !found {
			return nil, err
		}
		if x.link != 0 {
			return []*line{x}, nil
		}
		o.out.Lines++
		_, err := t.exec(dropLine1, n)
		return nil, err
	}
}

var (
	heardRow = sql(`SELECT user, post, thread, mentions, spent_by FROM inbound WHERE bot = ? AND event = ?`)
	// What was answered stays answered, and what was heard stays heard.
	blankHeard = sql(`UPDATE OR REPLACE inbound SET event = ?, user = '', post = '', thread = '', mentions = '', spent_by = 'forgotten', summons = 0
		WHERE bot = ? AND event = ?`)
	thinHeard = sql(`UPDATE inbound SET thread = ?, mentions = ?, spent_by = ? WHERE bot = ? AND event = ?`)
)

// heard erases an event of theirs but for its fingerprint, and their id from one of others.
func (o *oblivion) heard(k heardKey) step {
	return func(t *tx) ([]*line, error) {
		var user, post, thread, mentions, spent string
		found, err := t.first(heardRow, func(r *row) { user, post, thread, mentions, spent = r.str(), r.str(), r.str(), r.str(), r.str() }, k.bot, k.event)
		if err != nil || !found {
			return nil, err
		}
		o.out.Heard++
		if user == o.id || post == o.id || o.names(k.event) {
			_, err := t.exec(blankHeard, fingerprint(k.event), k.bot, k.event)
			return nil, err
		}
		root, _, err := authorship(t.conn, bots.PostID(thread))
		if err != nil {
			return nil, err
		}
		if thread == o.id || o.User != "" && root.Author == o.User {
			thread = ""
		}
		if o.names(spent) {
			spent = fingerprint(spent)
		}
		_, err = t.exec(thinHeard, thread, o.without(mentions), spent, k.bot, k.event)
		return nil, err
	}
}

// without takes the id out of a list of ids.
func (o *oblivion) without(list string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(list), func(id string) bool { return id == o.id }), " ")
}

var (
	choiceRow   = sql(`SELECT user, kind, scope, ended_at, event, first_event, rule FROM choices WHERE n = ?`)
	bareChoice  = sql(`UPDATE choices SET event = ?, first_event = ?, rule = ?, ended_by = NULL, reason = NULL WHERE n = ?`)
	dropChoice  = sql(`DELETE FROM choices WHERE n = ?`)
	keptChoices = sql(`SELECT count(*) FROM choices WHERE user = ? AND (kind = 'opt_out' OR kind = 'review') AND ended_at IS NULL`)
)

// choice erases what a person chose, but for what keeps heed from contacting them: of
// that stay kind, scope, way, time and keyword rule.
func (o *oblivion) choice(n int64) step {
	return func(t *tx) ([]*line, error) {
		var user, kind, scope, event, first, rule string
		var ended driver.Value
		found, err := t.first(choiceRow, func(r *row) {
			user, kind, scope, ended, event, first, rule = r.str(), r.str(), r.str(), r.next(), r.str(), r.str(), r.str()
		}, n)
		if err != nil || !found {
			return nil, err
		}
		r := o.record("person.forgotten")
		r.Kind = runner.RecPerson
		theirs, keeps := user == o.id, ended == nil && (kind == optOut || kind == review)
		switch {
		case theirs && !keeps:
			o.out.Choices++
			if _, err := t.exec(dropChoice, n); err != nil {
				return nil, err
			}
		default:
			if theirs || o.names(event) {
				event = ""
			}
			if theirs || o.names(first) {
				first = ""
			}
			if o.names(rule) {
				rule = ""
			}
			if _, err := t.exec(bareChoice, event, first, rule, n); err != nil {
				return nil, err
			}
			r.Message += fmt.Sprintf("; the %s for %s stays", kind, scope)
		}
		return nil, t.logRow("choice", n, r)
	}
}

func (o *oblivion) act(seq int64) step {
	return func(t *tx) ([]*line, error) {
		n, err := t.changed(blankActs, seq)
		o.out.Acts += n
		return nil, err
	}
}

var (
	dropPost = sql(`DELETE FROM authors WHERE post = ?`)
	putNames = sql(`UPDATE authors SET names = ? WHERE post = ?`)
)

func (o *oblivion) post(post string) step {
	return func(t *tx) ([]*line, error) {
		var user, names string
		found, err := t.first(authorOf, func(r *row) { user, names = r.str(), r.str() }, post)
		if err != nil || !found {
			return nil, err
		}
		o.out.Posts++
		if post == o.id || user == o.id {
			_, err = t.exec(dropPost, post)
		} else {
			_, err = t.exec(putNames, o.without(names), post)
		}
		return nil, err
	}
}
