package ledger

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"heed/bots"
	"heed/runner"
)

// maxMessage is how many bytes of a sentence a record keeps.
const maxMessage = 1000

var (
	recordsOf = sql(`SELECT r.n, r.at, r.kind, r.bot, i.id, i.key, i.action, r.state, r.code, r.message, r.remedy, r.user, r.post, r.rules, r.erased
		FROM records r JOIN intents i ON i.seq = r.seq WHERE r.seq = ? ORDER BY r.n LIMIT 1000`)
	recordsAfter = sql(`SELECT r.n, r.at, r.kind, r.bot, i.id, i.key, i.action, r.state, r.code, r.message, r.remedy, r.user, r.post, r.rules, r.erased
		FROM records r LEFT JOIN intents i ON i.seq = r.seq
		WHERE r.n > ? AND (? = '' OR r.bot = ?) AND (? = '' OR instr(?, ' ' || r.kind || ' ') > 0) ORDER BY r.n LIMIT ?`)
	recordsLast = sql(`SELECT r.n, r.at, r.kind, r.bot, i.id, i.key, i.action, r.state, r.code, r.message, r.remedy, r.user, r.post, r.rules, r.erased
		FROM records r LEFT JOIN intents i ON i.seq = r.seq
		WHERE r.n > ? AND (? = '' OR r.bot = ?) AND (? = '' OR instr(?, ' ' || r.kind || ' ') > 0) ORDER BY r.n DESC LIMIT ?`)
)

// cut shortens text to n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[:n]
	for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-4):]) && !utf8.RuneStart(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return strings.ToValidUTF8(s, "")
}

func scanRecord(r *row) runner.Record {
	out := runner.Record{N: r.num(), At: r.when(), Kind: runner.RecordKind(r.str()), Bot: r.str(), ID: r.str(), Key: r.str(),
		Action: bots.Action(r.str()), State: runner.State(r.str()), Code: r.str(), Message: r.str(), Remedy: r.str(),
		User: bots.UserID(r.str()), PostID: bots.PostID(r.str())}
	out.Rules = rulesOf(r.str())
	out.Erased = r.num() != 0
	return out
}

func rulesOf(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Fields(s)
}

func history(c *conn, seq int64) (out []runner.Record, err error) {
	err = c.each(recordsOf, func(r *row) { out = append(out, scanRecord(r)) }, seq)
	return out, err
}

// Records reads the log after a number, oldest first. A filter is applied while
// walking the log from there on, so a rare kind far back takes as long as the way to it.
func (l *Ledger) Records(ctx context.Context, q runner.RecordQuery) (out []runner.Record, err error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	kinds := ""
	for _, k := range q.Kinds {
		kinds += " " + string(k)
	}
	if kinds != "" {
		kinds += " "
	}
	stmt := recordsAfter
	if q.Last {
		stmt = recordsLast
	}
	err = l.read(ctx, func(c *conn) error {
		return c.each(stmt, func(r *row) { out = append(out, scanRecord(r)) }, q.After, q.Bot, q.Bot, kinds, kinds, q.Limit)
	})
	if q.Last {
		slices.Reverse(out)
	}
	return out, err
}

// Note adds a line to the record that belongs to no intent.
func (l *Ledger) Note(ctx context.Context, r runner.Record) error {
	if r.At.IsZero() {
		return errors.New("ledger: a record needs its time")
	}
	return l.write(ctx, func(t *tx) error { return t.log(0, r) })
}
