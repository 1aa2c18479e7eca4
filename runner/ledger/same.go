package ledger

import (
	"time"

	"heed/bots"
	"heed/guards"
)

const mostSame = 32

var (
	sameUser = sql(`SELECT seq, bot, action, at, state, dry FROM acts
		WHERE target_user = ? AND at > ? AND counts = 1 ORDER BY at DESC LIMIT 100`)
	samePost = sql(`SELECT seq, bot, action, at, state, dry FROM acts
		WHERE target_post = ? AND at > ? AND counts = 1 ORDER BY at DESC LIMIT 100`)
	keyOf = sql(`SELECT key FROM intents WHERE seq = ?`)
)

func (t *tx) same(f *guards.Facts, b bots.Bot, s *subject, span time.Duration) error {
	stmt, target := samePost, string(s.in.Target.PostID)
	if s.in.Target.UserID != "" {
		stmt, target = sameUser, string(s.in.Target.UserID)
	}
	if span <= 0 || target == "" {
		return nil
	}
	var seqs []int64
	err := t.each(stmt, func(r *row) {
		seq := r.num()
		a := guards.Act{Bot: r.str(), Action: bots.Action(r.str()), At: r.when(), State: r.str()}
		rehearsal := r.flag() && !(rehearses(b) && a.Bot == b.Name)
		if seq == s.seq || rehearsal || len(f.Same) == mostSame {
			return
		}
		seqs, f.Same = append(seqs, seq), append(f.Same, a)
	}, target, f.Now.Add(-span))
	if err != nil {
		return err
	}
	for i, seq := range seqs {
		if _, err := t.first(keyOf, func(r *row) { f.Same[i].Key = r.str() }, seq); err != nil {
			return err
		}
	}
	return nil
}
