package ledger

import (
	"cmp"
	"math"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// maxFiles is how many pictures one intent may have here; X allows 4.
const maxFiles = 1 << fileBits

var (
	addPicture = sql(`INSERT INTO pictures (seq, file, sha256, type, bytes, width, height, frames, hashed, bot, dry, pool, at, views)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?)`)
	pictureRows = sql(`SELECT sha256, type, bytes, width, height, frames, hashed FROM pictures WHERE seq = ? ORDER BY file`)
	viewsOf     = sql(`SELECT file, sha256, views FROM pictures WHERE seq = ? ORDER BY file`)
	putPool     = sql(`UPDATE pictures SET pool = ?, at = ?, dry = ?, views = CASE WHEN ? THEN views END WHERE seq = ?`)
	dropPicture = sql(`DELETE FROM pictures WHERE seq = ?`)
	sameBytes   = sql(`SELECT seq, at FROM pictures WHERE sha256 = ? AND pool = ? AND at > ? AND seq <> ? AND (pool > 0 OR seq < ?)
		AND (dry = 0 OR bot = ?) AND (bot = ?) = ? ORDER BY at DESC LIMIT 8`)
)

// keepPictures writes what is known of a new intent's files.
func (t *tx) keepPictures(it *intent, files []runner.Media) error {
	for i, m := range files {
		if _, err := t.exec(addPicture, it.seq, i, m.SHA256, m.Type, m.Bytes, m.Width, m.Height, m.Frames, m.Hashed,
			it.bot, it.enteredAt, m.Views); err != nil {
			return err
		}
	}
	return nil
}

// picturesOf are an intent's files in their order.
func picturesOf(c *conn, it *intent) (out []guards.Picture, err error) {
	if it.files == 0 {
		return nil, nil
	}
	err = c.each(pictureRows, func(r *row) {
		out = append(out, guards.Picture{SHA256: r.str(), Type: r.str(), Bytes: r.num(), Width: int(r.num()), Height: int(r.num()),
			Frames: int(r.num()), Hashed: r.flag()})
	}, it.seq)
	return out, err
}

// placePictures files the pictures of an intent where its state says. The views of one
// that will not be shown are of no more use, and go.
func (t *tx) placePictures(it *intent) error {
	if it.files == 0 {
		return nil
	}
	var in any
	p, counts := poolOf(it)
	if counts {
		in = int(p)
	}
	if _, err := t.exec(putPool, in, placedAt(it), it.dry, counts, it.seq); err != nil {
		return err
	}
	if !t.l.texts.loaded {
		return nil
	}
	return t.refreshLooks(it.seq)
}

// placedAt is the time by which a text or picture counts: its claim, else its entry.
func placedAt(it *intent) time.Time {
	if it.claimedAt.IsZero() {
		return it.enteredAt
	}
	return it.claimedAt
}

const mostSeen = 8 // of each of the intent's files

// sighting is an earlier intent that shows what a file of this one shows.
type sighting struct {
	file  int
	seq   int64
	at    int64
	bits  int
	exact bool
	own   bool // of the same bot
}

func (t *tx) pictures(f *guards.Facts, s *subject, asked bool) (err error) {
	if asked {
		f.Pictures, err = picturesOf(t.conn, s.intent)
	}
	return err
}

// seen finds the likest earlier pictures of all bots: those of the same bytes by an
// index, those of the same looks in memory.
func (t *tx) seen(f *guards.Facts, b bots.Bot, s *subject, span time.Duration) error {
	if span <= 0 || s.files == 0 {
		return nil
	}
	if err := t.ensureTexts(f.Now); err != nil {
		return err
	}
	type mine struct {
		file  int
		sha   string
		views []byte
	}
	var files []mine
	if err := t.each(viewsOf, func(r *row) { files = append(files, mine{int(r.num()), r.str(), r.blob()}) }, s.seq); err != nil {
		return err
	}
	since := f.Now.Add(-span)
	var all []sighting
	for _, m := range files {
		found, err := t.exactly(s.intent, m.sha, rehearses(b), since)
		if err != nil {
			return err
		}
		if len(found) < mostSeen || others(found) < mostSeen/2 {
			found = t.l.texts.looks.near(found, s.intent, m.views, rehearses(b), since)
		}
		for i := range found {
			found[i].file = m.file
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, likest)
	for _, x := range all {
		o, err := loadIntent(t.conn, x.seq)
		if err != nil {
			return err
		}
		if o == nil {
			continue
		}
		f.Seen = append(f.Seen, guards.Seen{File: x.file, Bot: o.bot, Key: o.key, Action: o.action, At: time.UnixMilli(x.at).UTC(),
			State: string(o.state), PostID: o.postID, Exact: x.exact, Bits: x.bits})
	}
	return nil
}

// likest puts the likest first, of those alike the youngest.
func likest(a, b sighting) int {
	if a.exact != b.exact {
		if a.exact {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.bits, b.bits), cmp.Compare(b.at, a.at), cmp.Compare(b.seq, a.seq))
}

// others is how many of them are not the bot's own.
func others(all []sighting) (n int) {
	for _, s := range all {
		if !s.own {
			n++
		}
	}
	return n
}

// exactly finds earlier pictures of the same bytes.
func (t *tx) exactly(it *intent, sha string, dry bool, since time.Time) (found []sighting, err error) {
	before, rehearsing := it.seq, ""
	if before == 0 {
		before = math.MaxInt64
	}
	if dry {
		rehearsing = it.bot
	}
	met := map[int64]bool{}
	for p := pending; p <= rehearsed; p++ {
		if p == rehearsed && !dry {
			continue
		}
		for _, own := range []bool{true, false} {
			err := t.each(sameBytes, func(r *row) {
				x := sighting{seq: r.num(), at: r.num(), exact: true, own: own}
				if !met[x.seq] {
					met[x.seq] = true
					found = append(found, x)
				}
			}, sha, int(p), since, it.seq, before, rehearsing, it.bot, own)
			if err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(found, likest)
	return both(found, mostSeen, func(s sighting) bool { return s.own }), nil
}
