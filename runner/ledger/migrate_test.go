package ledger

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// schema1 makes a file as the first release left it: an intent in every state that
// matters, with what was judged, done, heard and said.
func schema1(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "heed.db")
	c, err := dial(path, false, 1024)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrateTo(c, path, migrations()[:1]); err != nil {
		t.Fatal(err)
	}
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	var script strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&script, format+";\n", args...) }
	for i, state := range []runner.State{runner.Waiting, runner.Held, runner.Done, runner.Unknown} {
		in := bots.Intent{Action: bots.DM, Key: "k" + string(state), ID: "0198f000-" + string(state), Text: "it's " + string(state),
			Target: bots.Target{UserID: "42"}, Cause: "m1", ExpiresAt: t0.Add(1000 * time.Hour)}
		if state == runner.Done {
			in.Action, in.Target, in.Cause = bots.Post, bots.Target{}, ""
		}
		stored, err := in.Encode()
		if err != nil {
			t.Fatal(err)
		}
		pending := state == runner.Waiting || state == runner.Held
		add(`INSERT INTO intents (seq, bot, key, id, action, state, pending, due_at, entered_at, claimed_at, ended_at, attempts, target_user, person, cause, hash, said, stored)
			VALUES (%d, 'tides', '%s', '%s', '%s', '%s', %d, %s, %d, %s, %s, 1, %s, %s, %s, '%s', 'allow x', CAST(%s AS BLOB))`, i+1, in.Key, in.ID, in.Action, state,
			value(pending), sqlIf(pending, "0"), t0.UnixMilli(), sqlIf(!pending, fmt.Sprint(t0.UnixMilli())), sqlIf(state == runner.Done, fmt.Sprint(t0.UnixMilli())),
			sqlIf(in.Target.UserID != "", "'42'"), sqlIf(in.Target.UserID != "", "'42'"), sqlIf(in.Cause != "", "'m1'"), bots.Hash(stored), quote(string(stored)))
		if !pending {
			add(`INSERT INTO acts (seq, attempt, bot, action, dry, at, state) VALUES (%d, 1, 'tides', '%s', 0, %d, '%s')`, i+1, in.Action, t0.UnixMilli(), state)
		}
		v, _ := json.Marshal(guards.Verdict{Effect: guards.Allow, Code: "x", At: t0.Add(time.Duration(i)*time.Minute + 1500*time.Millisecond)})
		f, _ := json.Marshal(guards.Facts{Now: t0})
		add(`INSERT INTO judgements (seq, verdict, facts) VALUES (%d, %s, %s)`, i+1, quote(string(v)), quote(string(f)))
		add(`INSERT INTO records (seq, at, kind, bot, state) VALUES (%d, %d, 'verdict', 'tides', '%s')`, i+1, t0.UnixMilli(), state)
	}
	add(`INSERT INTO choices (user, kind, scope, channel, at, how, event, rule) VALUES ('42', 'opt_in', 'tides', 'dm', %d, 'dm', 'm0', 'en.start'), ('43', 'opt_out', '*', '', %d, 'dm', 'm9', 'en.stop')`,
		t0.UnixMilli(), t0.UnixMilli())
	for _, e := range []string{"('tides', 'm1', 'dm', '42', '', %d, 1, 0, '', '', '0198f000-unknown')", "('tides', 'm2', 'dm', '42', '', %d, 1, 0, '', '', '')"} {
		add(`INSERT INTO inbound (bot, event, kind, user, post, at, summons, automated, thread, mentions, spent_by) VALUES `+e, t0.UnixMilli())
	}
	add(`INSERT INTO inboxes VALUES ('tides', 'c1', %d)`, t0.UnixMilli())
	if err := c.script(script.String()); err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func sqlIf(yes bool, v string) string {
	if yes {
		return v
	}
	return "NULL"
}

// A ledger of the first release keeps everything, and what schema 2 asks of it is there.
func TestMigrationFromSchema1(t *testing.T) {
	path := schema1(t)
	l := openAt(t, path, Options{})
	if v, err := l.conn.ask(`PRAGMA integrity_check`); err != nil || v != "ok" {
		t.Fatalf("integrity %v, %v", v, err)
	}
	for _, state := range []runner.State{runner.Waiting, runner.Held, runner.Done, runner.Unknown} {
		c, err := l.Case(t.Context(), runner.Ref{Bot: "tides", Key: "k" + string(state)})
		if err != nil || c.State != state || c.Intent.Text != "it's "+string(state) || c.Verdict == nil || c.Facts == nil || len(c.History) != 1 ||
			c.Origin != guards.ByBot || c.Media != nil {
			t.Fatalf("%s: %+v, %v", state, c, err)
		}
	}
	for _, state := range []runner.State{runner.Waiting, runner.Held, runner.Done, runner.Unknown} { // by the end of its id
		if c, err := l.Case(t.Context(), runner.Ref{ID: "f000-" + string(state)}); err != nil || c.State != state {
			t.Fatalf("%s by the end of its id: %+v, %v", state, c, err)
		}
	}
	var keys []string
	err := l.Judged(t.Context(), t0.Add(2*time.Second), func(c runner.Case) error { keys = append(keys, c.Key); return nil })
	if err != nil || fmt.Sprint(keys) != "[kheld kdone kunknown]" {
		t.Fatalf("judged %v, %v", keys, err)
	}
	ps, err := l.People(t.Context(), runner.PeopleQuery{})
	if err != nil || len(ps) != 2 || ps[0].Behaviour != "" || ps[0].Event != "m9" || ps[1].Event != "m0" {
		t.Fatalf("people %+v, %v", ps, err)
	}
	needs := guards.Needs{Cause: true, Answered: time.Hour, Contacts: true, Windows: []guards.Window{{Name: "w", Span: time.Hour, Limit: 9, Money: true}}}
	in := bots.Intent{Action: bots.DM, Key: "new", ID: "new", Text: "x", Target: bots.Target{UserID: "42"}, Cause: "m2"}
	_, f, err := l.Peek(t.Context(), bots.Bot{Name: "tides", Mode: bots.Live}, pipeline(needs), in, t0.Add(time.Minute))
	if err != nil || f.Cause == nil || f.Answered != 1 || f.Used["w"].Count != 2 || f.Used["w"].Spent != 0 || len(f.Contacts[0].OptIns) != 1 {
		t.Fatalf("facts %+v, %v", f, err)
	}
	if r, err := l.OptOut(t.Context(), "42", guards.Choice{At: t0.Add(time.Hour), How: "cli", Scope: "*"}); err != nil || len(r.Cancelled) != 2 {
		t.Fatalf("recalled %+v, %v", r, err)
	}
	enter(t, l, "tides", "after", post("x"))
	// The copy beside it is still what it was.
	c, err := dial(path+".schema1.bak", true, 1024)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	if v, err := askInt(c, `PRAGMA user_version`); err != nil || v != 1 {
		t.Fatalf("the copy has schema %d, %v", v, err)
	}
	if n, err := askInt(c, `SELECT count(*) FROM intents`); err != nil || n != 4 {
		t.Fatalf("the copy has %d intents, %v", n, err)
	}
}
