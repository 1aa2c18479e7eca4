package ledger

import (
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// act claims the act; a rehearsal is over with that.
func (t *tx) act(s *subject, cost guards.Money, now time.Time) error {
	it := s.intent
	cost = max(cost, 0) // an act gives no money back
	it.state, it.claimedAt = runner.Doing, now
	it.attempts++
	if it.dry {
		it.state, it.endedAt = runner.Done, now
	}
	if _, err := t.exec(putClaim, it.state, now, it.endedAt, it.attempts, it.dry, it.said, it.seq); err != nil {
		return err
	}
	if _, err := t.exec(addAct, it.seq, it.attempts, it.bot, it.action, it.dry, now, it.state, null(it.targetUser), null(it.targetPost), cost); err != nil {
		return err
	}
	t.retally = true
	t.l.tally.add(lane{it.bot, it.action, it.dry}, now, cost)
	if s.in.Cause != "" && it.action.Writes() { // one answer to one call (rule C4)
		if _, err := t.exec(spend, it.id, it.bot, s.in.Cause); err != nil {
			return err
		}
	}
	if it.dry {
		return t.ended(it)
	}
	return t.place(it, s.sketch, s.has)
}

// leave are the people whom the post that is answered names, beside the bot itself.
func (t *tx) leave(it *intent, b bots.Bot, f guards.Facts) (out []bots.UserID, err error) {
	a, _, err := authorship(t.conn, it.targetPost)
	for _, who := range a.Names {
		if who != a.Author && who != f.Bot.UserID && f.Own[who] != b.Name {
			out = append(out, who)
		}
	}
	return out, err
}
