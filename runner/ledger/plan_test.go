package ledger

import (
	"database/sql/driver"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

// explain gives the lines of SQLite's plan.
func explain(t *testing.T, c *conn, text string) (out []string) {
	t.Helper()
	s, err := c.db.Prepare("EXPLAIN QUERY PLAN " + text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer s.Close()
	//lint:ignore SA1019 as the ledger itself does
	rows, err := s.Query(make([]driver.Value, s.NumInput()))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	dest := make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(dest); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		out = append(out, dest[3].(string))
	}
}

// No statement may walk a table that grows with history.
func TestEveryLookUpHasAnIndex(t *testing.T) {
	l := open(t)
	walks := regexp.MustCompile(`^SCAN (intents|i|judgements|acts|choices|inbound|authors|records|r|pictures|grants|a|c|h|j)\b`)
	// Nor all that one bot ever wanted, nor all that is done.
	wide := regexp.MustCompile(`intents_by_key \(bot=\?\)|intents_by_state \(state=\? AND rowid`)
	seen := 0
	err := l.read(t.Context(), func(c *conn) error {
		for _, q := range queries {
			verb, _, _ := strings.Cut(strings.TrimSpace(q.sql), " ")
			if verb != "SELECT" && verb != "UPDATE" && verb != "DELETE" && verb != "INSERT" {
				continue
			}
			seen++
			plan := explain(t, c, q.sql)
			for _, line := range plan {
				if walks.MatchString(line) || wide.MatchString(line) {
					t.Errorf("%s\n  %s", q.sql, strings.Join(plan, "\n  "))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 50 {
		t.Fatalf("only %d statements seen", seen)
	}
}

// What every judgement asks must be answered from an index alone, in order.
func TestJudgementLookUpsAreCovered(t *testing.T) {
	l := open(t)
	err := l.read(t.Context(), func(c *conn) error {
		for q, want := range map[*query]string{
			actsSince:    "USING COVERING INDEX acts_in_time",
			nextReady:    "USING INDEX intents_due",
			nextDue:      "USING COVERING INDEX intents_due",
			nextLost:     "USING INDEX intents_probed",
			toPerson:     "USING INDEX intents_to_person (person=? AND rowid>? AND rowid<?)",
			reachedNow:   "USING COVERING INDEX intents_to_person (person>?)",
			choicesOf:    "USING INDEX choices_of_user",
			answers:      "USING INDEX inbound_answered (bot=? AND talk=? AND at>?)",
			confirmable:  "USING INDEX choices_of_user",
			confirmed:    "USING INDEX intents_confirming (person=? AND cause=?)",
			grantOf:      "USING INDEX grants_of_bot",
			sameBytes:    "USING INDEX pictures_by_bytes (sha256=? AND pool=? AND at>?)",
			viewsOf:      "USING PRIMARY KEY",
			costOf:       "USING PRIMARY KEY (seq=? AND attempt=?)",
			judgedPage:   "USING COVERING INDEX judgements_in_time",
			lastJudged:   "USING COVERING INDEX judgements_in_time",
			heardSince:   "USING COVERING INDEX inbound_by_time",
			dueOfBot:     "USING INDEX intents_due (bot=?",
			heldOfBot:    "USING INDEX intents_by_state (state=?",
			keptTexts:    "USING INDEX intents_texts (ended_at>?)",
			openTexts:    "USING INDEX intents_by_state (state=?)",
			intentByTail: "USING INDEX intents_by_tail",
			postedText:   "USING INDEX intents_texts (ended_at>?)",
		} {
			plan := strings.Join(explain(t, c, q.sql), "\n")
			if !strings.Contains(plan, want) || q != choicesOf && strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s\nwants %s, has\n%s", q.sql, want, plan)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
