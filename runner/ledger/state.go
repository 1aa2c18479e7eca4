package ledger

import (
	"bytes"
	"database/sql/driver"
	"fmt"

	"heed/runner"
)

// stateTables are the tables of what is in force. Every change of one of their rows is a
// chained record with the proof of how the row is then: one that somebody adds, edits or
// deletes past heed differs from its last record.
var stateTables = []string{"choice", "halt", "grant"}

var stateRow = map[string]*query{
	"choice": sql(`SELECT salt, user, kind, scope, channel, at, how, event, rule, behaviour, first_event, ended_at, ended_by, reason FROM choices WHERE n = ?`),
	"halt":   sql(`SELECT kind, scope, who, reason, at, until, lifted_at, lifted_by FROM halts WHERE n = ?`),
	"grant":  sql(`SELECT bot, actions, behaviour, by_whom, shown, at, ended_at, ended_by FROM grants WHERE n = ?`),
}

// stateProof is the hash of a row as it stands; nil when there is none.
func stateProof(c *conn, table string, n int64) (proof driver.Value, err error) {
	_, err = c.first(stateRow[table], func(r *row) { proof = digest("heed."+table+".1", r.v...) }, n)
	return proof, err
}

// verdictProof is the hash of an intent's verdict as it stands; nil when it was thinned.
func verdictProof(c *conn, seq int64) (proof driver.Value, err error) {
	_, err = c.first(verdictWhole, func(r *row) {
		if verdict, at := r.blob(), r.next(); at != nil {
			proof = proofOfVerdict(verdict)
		}
	}, seq)
	return proof, err
}

// approvalProof is the hash of a person's yes as it stands; nil when there is none.
func approvalProof(c *conn, seq int64) (proof driver.Value, err error) {
	_, err = c.first(approvalOf, func(r *row) {
		if raw := r.blob(); len(raw) > 0 {
			proof = proofOfApproval(raw)
		}
	}, seq)
	return proof, err
}

// proofsOf tells the proof of an approval's record from that of a verdict's.
var proofsOf = map[bool]func(*conn, int64) (driver.Value, error){true: approvalProof, false: verdictProof}

var approvalOf = sql(`SELECT approval FROM intents WHERE seq = ?`)

func proofOfApproval(raw []byte) []byte { return digest("heed.approval.1", bytes.Clone(raw)) }

var verdictWhole = sql(`SELECT verdict, at FROM judgements WHERE seq = ?`)

func proofOfVerdict(verdict []byte) []byte { return digest("heed.verdict.1", bytes.Clone(verdict)) }

// logRow records a change of a row of state, with the proof of how it stands now.
func (t *tx) logRow(table string, n int64, r runner.Record) (err error) {
	x := lineOf(r)
	x.about = fmt.Sprint(table, " ", n)
	if x.proof, err = stateProof(t.conn, table, n); err != nil {
		return err
	}
	return t.put(x)
}
