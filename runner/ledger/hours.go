package ledger

import (
	"context"
	"fmt"
	"time"

	"heed/runner"
)

var (
	addHour = sql(`INSERT INTO hours (hour, bot, kind, name, n) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (hour, bot, kind, name) DO UPDATE SET n = n + excluded.n`)
	dropHours = sql(`DELETE FROM hours WHERE hour < ?`)
	hoursOf   = sql(`SELECT hour, kind, name, sum(n) FROM hours WHERE hour >= ? AND hour < ? AND (? = '' OR bot = ?)
		GROUP BY hour, kind, name ORDER BY hour, kind, name`)
)

// tick is one event to be counted.
type tick struct {
	hour      int64
	bot, name string
	kind      runner.HourKind
}

func (t *tx) tick(at time.Time, bot string, kind runner.HourKind, name string) {
	t.hours = append(t.hours, tick{at.Unix() / 3600, bot, name, kind})
}

// tickOf counts what a record of an intent tells. A yes of a person is no verdict, and
// what a rehearsal would have done is no act.
func (t *tx) tickOf(it *intent, r runner.Record) {
	switch {
	case r.Kind == runner.RecOutcome && r.State == runner.Done:
		t.tick(r.At, it.bot, runner.HourActs, string(it.action))
	case r.Kind != runner.RecVerdict:
	default:
		name := effectOf(r.State)
		if name == "" {
			return
		}
		t.tick(r.At, it.bot, runner.HourVerdicts, name)
		if name != "allow" && r.Code != "" {
			t.tick(r.At, it.bot, runner.HourRefusals, r.Code)
		}
	}
}

// effectOf is the verdict that led to a state; "" where none did.
func effectOf(s runner.State) string {
	switch s {
	case runner.Doing, runner.Done:
		return "allow"
	case runner.Deferred:
		return "defer"
	case runner.Held:
		return "hold"
	case runner.Denied:
		return "deny"
	}
	return ""
}

// keepHours writes what a batch has counted, each count once.
func (t *tx) keepHours() error {
	sums := map[tick]int{}
	for _, x := range t.hours {
		sums[x]++
	}
	for x, n := range sums {
		if _, err := t.exec(addHour, x.hour, x.bot, string(x.kind), x.name, n); err != nil {
			return err
		}
	}
	return nil
}

// Hours are the counts of some hours.
func (l *Ledger) Hours(ctx context.Context, bot string, since, until time.Time) (out []runner.Hour, err error) {
	from, to := (since.Unix()+3599)/3600, (until.Unix()+3599)/3600
	if to-from > runner.MostHours {
		return nil, fmt.Errorf("ledger: %d hours are asked for; at most %d are given at once", to-from, runner.MostHours)
	}
	err = l.read(ctx, func(c *conn) error {
		return c.each(hoursOf, func(r *row) {
			out = append(out, runner.Hour{At: time.Unix(r.num()*3600, 0).UTC(), Of: runner.HourKind(r.str()), Name: r.str(), N: int(r.num())})
		}, from, to, bot, bot)
	})
	return out, err
}
