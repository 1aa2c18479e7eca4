package ledger

import (
	"bytes"
	"time"

	"heed/runner"
)

var (
	linesAfter = sql(`SELECT ` + lineColumns + ` FROM records r LEFT JOIN intents i ON i.seq = r.seq WHERE r.n > ? ORDER BY r.n LIMIT 256`)
	bindOld    = sql(`UPDATE records SET link = ?, proof = ?, salt = ?, hash = ? WHERE n = ?`)
	latestOf   = sql(`SELECT n FROM records WHERE seq = ? AND kind = 'verdict' AND (code IS 'desk.approved') = ? ORDER BY n DESC LIMIT 1`)
	casesAfter = sql(`SELECT seq, verdict, facts FROM judgements WHERE seq > ? ORDER BY seq LIMIT 64`)
	rowsAfter  = map[string]*query{
		"choice": sql(`SELECT n FROM choices WHERE n > ? ORDER BY n LIMIT 256`),
		"halt":   sql(`SELECT n FROM halts WHERE n > ? ORDER BY n LIMIT 256`),
		"grant":  sql(`SELECT n FROM grants WHERE n > ? ORDER BY n LIMIT 256`),
	}
)

// chainOld chains the decisions of an older schema, and puts what is in force of people,
// halts and grants on record.
func chainOld(c *conn) error {
	t := &tx{conn: c, l: &Ledger{}}
	if err := t.knowEnd(); err != nil {
		return err
	}
	if err := t.thinOld(); err != nil {
		return err
	}
	for last, more := int64(0), true; more; {
		var page []*line
		if err := t.each(linesAfter, func(r *row) { page = append(page, scanLine(r)) }, last); err != nil {
			return err
		}
		for _, x := range page {
			last = x.n
			if !chained(runner.RecordKind(x.kind)) {
				continue
			}
			if err := t.bindOld(x); err != nil {
				return err
			}
		}
		more = len(page) > 0
	}
	for _, table := range stateTables {
		if err := t.carryOver(table); err != nil {
			return err
		}
	}
	return t.keepEnd()
}

func (t *tx) bindOld(x *line) error {
	if seq, ok := x.seq.(int64); ok && x.kind == string(runner.RecVerdict) {
		var latest int64
		approval := x.code == codeApproved
		if _, err := t.first(latestOf, func(r *row) { latest = r.num() }, seq, approval); err != nil {
			return err
		}
		if latest == x.n {
			var err error
			if x.proof, err = proofsOf[approval](t.conn, seq); err != nil {
				return err
			}
		}
	}
	if err := t.bind(x); err != nil {
		return err
	}
	_, err := t.exec(bindOld, x.link, x.proof, x.salt, x.hash, x.n)
	return err
}

// thinOld takes the sentences out of the verdicts that were swept already.
func (t *tx) thinOld() error {
	for last, more := int64(0), true; more; {
		thin := map[int64][]byte{}
		more = false
		err := t.each(casesAfter, func(r *row) {
			more = true
			last = r.num()
			if verdict, facts := bytes.Clone(r.blob()), r.next(); facts == nil {
				thin[last] = verdict
			}
		}, last)
		if err != nil {
			return err
		}
		for seq, verdict := range thin {
			if err := t.thin(seq, verdict); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tx) carryOver(table string) error {
	for last, more := int64(0), true; more; {
		page, err := numbers(t.conn, rowsAfter[table], last)
		if err != nil {
			return err
		}
		for _, n := range page {
			last = n
			r := runner.Record{At: time.Now(), Kind: runner.RecAudit, Code: "audit.carried", Message: "on record before decisions were chained"}
			if err := t.logRow(table, n, r); err != nil {
				return err
			}
		}
		more = len(page) > 0
	}
	return nil
}
