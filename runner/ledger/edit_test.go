package ledger

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"heed/guards"
)

func haltOf(scope string, at time.Time) guards.Halt {
	return guards.Halt{Kind: guards.Halted, Scope: scope, By: "ann", Reason: "storm", At: at}
}

func choiceBy(how string, at time.Time) guards.Choice {
	return guards.Choice{At: at, How: how, Scope: "*", Rule: "by ann"}
}

// editAtRandom makes one change of the file past heed, and says which.
func editAtRandom(t *testing.T, path string, rng *rand.Rand) string {
	t.Helper()
	c, err := dial(path, false, 1024)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	}()
	e := &editor{T: t, c: c, rng: rng}
	kinds := []func() string{e.field, e.field, e.field, e.field, e.remove, e.removeRange, e.removeTail, e.swap, e.insert, e.head, e.intentState,
		e.dropChoice, e.addChoice, e.editState, e.verdict, e.sealed, e.bytes, e.approval}
	for {
		text := kinds[rng.IntN(len(kinds))]()
		if text == "" {
			continue
		}
		if err := c.script(`PRAGMA foreign_keys = 0; BEGIN; ` + text); err != nil { // not possible in this table
			if err := c.script(`ROLLBACK`); err != nil {
				t.Fatal(err)
			}
			continue
		}
		n, err := askInt(c, `SELECT total_changes()`)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.script(`COMMIT`); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return text
		}
	}
}

type editor struct {
	*testing.T
	c   *conn
	rng *rand.Rand
}

// one gives a column of a row by chance; "" when there is none.
func (e *editor) one(query string) string {
	rows := rowsOf(e.T, e.c, query)
	if len(rows) == 0 {
		return ""
	}
	return fmt.Sprint(rows[e.rng.IntN(len(rows))][0])
}

func (e *editor) entry() string { return e.one(`SELECT n FROM records WHERE link IS NOT NULL`) }

// changed is a value other than the one that is there.
func (e *editor) changed(table, column, where string) string {
	row := rowsOf(e.T, e.c, `SELECT `+column+` FROM `+table+` WHERE `+where)
	if len(row) == 0 {
		return ""
	}
	switch v := row[0][0].(type) {
	case int64:
		return fmt.Sprint(v + int64(e.rng.IntN(2)*2-1)*int64(1+e.rng.IntN(50)))
	case string:
		if e.rng.IntN(3) == 0 {
			return "NULL"
		}
		return "'" + strings.ReplaceAll(v, "'", "''") + "x'"
	case []byte:
		if e.rng.IntN(4) == 0 {
			return "NULL"
		}
		b := append([]byte(nil), v...)
		b[e.rng.IntN(len(b))] ^= 1 << e.rng.IntN(8)
		return "x'" + hex.EncodeToString(b) + "'"
	}
	return "'x'"
}

func (e *editor) set(table, column, where string) string {
	v := e.changed(table, column, where)
	if v == "" {
		return ""
	}
	return fmt.Sprintf(`UPDATE %s SET %s = %s WHERE %s`, table, column, v, where)
}

func (e *editor) field() string {
	columns := strings.Fields("n seq at kind bot state code message remedy user post rules link about proof salt sealed erased hash")
	return e.set("records", columns[e.rng.IntN(len(columns))], "n = "+e.entry())
}

func (e *editor) remove() string { return `DELETE FROM records WHERE n = ` + e.entry() }

func (e *editor) removeRange() string {
	return fmt.Sprintf(`DELETE FROM records WHERE link BETWEEN (SELECT link FROM records WHERE n = %[1]s) AND (SELECT link FROM records WHERE n = %[1]s) + %[2]d`,
		e.entry(), 1+e.rng.IntN(40))
}

func (e *editor) removeTail() string {
	return fmt.Sprintf(`DELETE FROM records WHERE link > (SELECT link FROM head) - %d`, 1+e.rng.IntN(20))
}

// swap makes two entries change their places, or their words alone.
func (e *editor) swap() string {
	a, b := e.entry(), e.entry()
	if a == b {
		return ""
	}
	if e.rng.IntN(2) == 0 {
		return fmt.Sprintf(`UPDATE records SET n = -1 WHERE n = %[1]s; UPDATE records SET n = %[1]s WHERE n = %[2]s; UPDATE records SET n = %[2]s WHERE n = -1`, a, b)
	}
	return fmt.Sprintf(`CREATE TEMP TABLE two AS SELECT n, link, hash FROM records WHERE n = %[1]s OR n = %[2]s;
		UPDATE records SET link = -n WHERE n = %[1]s OR n = %[2]s;
		UPDATE records SET (link, hash) = (SELECT link, hash FROM two WHERE n = %[2]s) WHERE n = %[1]s;
		UPDATE records SET (link, hash) = (SELECT link, hash FROM two WHERE n = %[1]s) WHERE n = %[2]s`, a, b)
}

func (e *editor) insert() string {
	if e.rng.IntN(2) == 0 {
		return `INSERT INTO records (at, kind, code) VALUES (1, 'verdict', 'x')`
	}
	return `INSERT INTO records (at, kind, code, link, salt, hash) VALUES (1, 'person', 'person.opt_in', (SELECT link + 1 FROM head), randomblob(32), randomblob(32))`
}

func (e *editor) head() string {
	return []string{`DELETE FROM head`, `UPDATE head SET link = link + 1`, `UPDATE head SET link = link - 1`, `UPDATE head SET hash = randomblob(32)`,
		`UPDATE head SET (link, hash) = (SELECT link, hash FROM records WHERE n = ` + e.entry() + `) WHERE link <> (SELECT link FROM records WHERE n = ` + e.entry() + `)`}[e.rng.IntN(5)]
}

func (e *editor) intentState() string {
	states := strings.Fields("waiting deferred held denied doing done failed unknown cancelled expired")
	s := states[e.rng.IntN(len(states))]
	return fmt.Sprintf(`UPDATE intents SET state = '%s' WHERE seq = %s AND state <> '%s'`, s, e.one(`SELECT seq FROM intents`), s)
}

func (e *editor) dropChoice() string {
	n := e.one(`SELECT n FROM choices WHERE kind = 'opt_out' AND ended_at IS NULL`)
	if n == "" {
		return ""
	}
	return `DELETE FROM choices WHERE n = ` + n
}

func (e *editor) addChoice() string {
	kind := []string{"opt_in", "opt_out"}[e.rng.IntN(2)]
	return `INSERT INTO choices (user, kind, scope, channel, at, how, event, rule, salt) VALUES ('4711', '` + kind + `', 'tides', 'dm', 1, 'dm', 'e', 'r', randomblob(16))`
}

func (e *editor) editState() string {
	tables := map[string]string{
		"choices": "n user kind scope channel at how event rule ended_at ended_by reason behaviour first_event salt",
		"halts":   "n kind scope who reason at until lifted_at lifted_by",
		"grants":  "n bot actions behaviour by_whom shown at ended_at ended_by",
	}
	table := []string{"choices", "halts", "grants"}[e.rng.IntN(3)]
	n := e.one(`SELECT n FROM ` + table)
	if n == "" {
		return ""
	}
	if e.rng.IntN(4) == 0 {
		return `DELETE FROM ` + table + ` WHERE n = ` + n
	}
	columns := strings.Fields(tables[table])
	return e.set(table, columns[e.rng.IntN(len(columns))], "n = "+n)
}

func (e *editor) verdict() string {
	seq := e.one(`SELECT seq FROM judgements WHERE at IS NOT NULL`)
	if seq == "" {
		return ""
	}
	return []string{`DELETE FROM judgements WHERE seq = ` + seq,
		`UPDATE judgements SET verdict = replace(verdict, '"code"', '"Code"') WHERE seq = ` + seq,
		`UPDATE judgements SET verdict = '{}', facts = NULL, at = NULL WHERE EXISTS (SELECT 1 FROM records r WHERE r.seq = judgements.seq AND r.message IS NOT NULL
			AND r.kind = 'verdict' AND r.proof IS NOT NULL AND r.code <> 'desk.approved') AND seq = ` + seq}[e.rng.IntN(3)]
}

// sealed erases an entry as heed does, by somebody who knows how; but for its record.
func (e *editor) sealed() string {
	n := e.one(`SELECT n FROM records WHERE length(salt) = 32 AND message IS NOT NULL`)
	var x *line
	if _, err := e.c.first(lineAt, func(r *row) { x = scanLine(r) }, atoi(n)); err != nil || x == nil {
		return ""
	}
	by := e.one(`SELECT link FROM records WHERE kind = 'audit' AND about IS NULL AND proof IS NOT NULL`)
	if by == "" {
		by = "1"
	}
	if e.rng.IntN(2) == 0 {
		return fmt.Sprintf(`UPDATE records SET message = NULL, remedy = NULL, salt = x'%x', sealed = x'%x', erased = %s WHERE n = %s`, x.salt[:saltBytes], x.words(), by, n)
	}
	return fmt.Sprintf(`UPDATE records SET message = NULL, remedy = NULL, user = NULL, post = NULL, salt = NULL, sealed = x'%x%x', erased = %s WHERE n = %s`,
		x.ids(), x.words(), by, n)
}

func atoi(s string) (n int64) {
	_, _ = fmt.Sscan(s, &n)
	return n
}

func (e *editor) bytes() string {
	seq := e.one(`SELECT seq FROM intents WHERE stored IS NOT NULL`)
	if seq == "" {
		return ""
	}
	if e.rng.IntN(4) == 0 { // what a sweep takes it takes with the verdict's words
		return `UPDATE intents SET stored = NULL WHERE action <> 'dm' AND seq IN (SELECT seq FROM judgements WHERE at IS NOT NULL) AND seq = ` + seq
	}
	text := e.set("intents", []string{"stored", "hash", "id", "bot"}[e.rng.IntN(4)], "seq = "+seq+" AND EXISTS (SELECT 1 FROM records WHERE seq = "+seq+" AND link IS NOT NULL)")
	if strings.Contains(text, "stored = NULL") {
		return ""
	}
	return text
}

func (e *editor) approval() string {
	seq := e.one(`SELECT seq FROM intents WHERE state = 'held' OR state = 'deferred' OR state = 'waiting'`)
	if seq == "" {
		return ""
	}
	return `UPDATE intents SET approval = '{"by":"nobody","codes":["moody.look"]}' WHERE seq = ` + seq
}
