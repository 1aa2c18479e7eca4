package ledger

import (
	"context"
	"errors"
	"time"

	"heed/bots"
	"heed/runner"
)

// postedText walks the texts that are still kept from the time of the post on: the
// intent that made it ended soon after. The sign before bot keeps SQLite from walking
// all that the bot ever wanted.
var postedText = sql(`SELECT seq FROM intents WHERE ended_at >= ? AND ended_at IS NOT NULL AND stored IS NOT NULL
	AND +bot = ? AND post_id = ? ORDER BY ended_at LIMIT 1`)

// clockSkew is how far X's clock may be before ours.
const clockSkew = time.Hour

// Deleted wipes what a bot's post said that is gone from X, with its pictures, facts and
// evidence. A post that heed did not make, or whose text is wiped already, changes nothing.
func (l *Ledger) Deleted(ctx context.Context, bot string, post bots.PostID, at time.Time) error {
	if bot == "" || post == "" || at.IsZero() {
		return errors.New("ledger: a deletion needs its bot, post and time")
	}
	wiped := false
	err := l.write(ctx, func(t *tx) error {
		var seq int64
		from := max(bots.SnowflakeTime(string(post)).Add(-clockSkew).UnixMilli(), 0)
		found, err := t.first(postedText, func(r *row) { seq = r.num() }, from, bot, post)
		if wiped = found; err != nil || !found {
			return err
		}
		verdicts, err := t.forgetText(seq)
		if err != nil {
			return err
		}
		if _, err := t.erase(verdicts, false, runner.Record{At: at, Bot: bot, Code: "audit.deleted", Message: "the post is gone from X"}); err != nil {
			return err
		}
		return t.log(seq, runner.Record{At: at, Kind: runner.RecNotice, Bot: bot, Code: "post.deleted", PostID: post, Rules: []string{"M4"},
			Message: "the post is gone from X; what it said is wiped here too"})
	})
	if err == nil && wiped {
		// The write-ahead log may hold it still. Where a reader is in the way, later
		// writes go over it.
		_ = l.shrinkLog(ctx)
	}
	return err
}
