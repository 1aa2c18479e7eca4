package ledger

import (
	"slices"
	"strings"
	"testing"
)

// TestWhatIsKeptOfPeople: of people the ledger has ids, times and choices, and no column
// in which a name, a text or a trait could stand (rules M7, M8, M12). A column more is a
// decision about people's data, and has to be made here too.
func TestWhatIsKeptOfPeople(t *testing.T) {
	l := open(t)
	kept := map[string]string{
		"choices": "n user kind scope channel at how event rule ended_at ended_by reason behaviour first_event salt",
		"inbound": "bot event kind user post at summons automated thread mentions spent_by",
		"authors": "post user names at", // names: the ids of those it mentions
	}
	for table, columns := range kept {
		var have []string
		err := l.read(t.Context(), func(c *conn) error {
			return c.each(sql(`SELECT name FROM pragma_table_info('`+table+`')`), func(r *row) { have = append(have, r.str()) })
		})
		want := strings.Fields(columns)
		slices.Sort(have)
		slices.Sort(want)
		if err != nil || !slices.Equal(have, want) {
			t.Errorf("%s keeps %v, want %v (%v)", table, have, want, err)
		}
	}
	var tables []string
	err := l.read(t.Context(), func(c *conn) error {
		return c.each(sql(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`), func(r *row) { tables = append(tables, r.str()) })
	})
	known := strings.Fields("intents judgements acts choices inbound authors profiles inboxes lanes halts records counters grants declared pictures head hours")
	for _, table := range tables {
		if !slices.Contains(known, table) {
			t.Errorf("the table %s is new: say here whether people stand in it", table)
		}
	}
	if err != nil || len(tables) != len(known) {
		t.Errorf("the ledger has %d tables, %d are known (%v)", len(tables), len(known), err)
	}
}
