package ledger

import (
	"slices"
	"time"

	"heed/guards"
	"heed/guards/picture"
)

// looks are the views of pictures in memory, apart by where they count. They follow
// the table of pictures, which is read when texts are.
type looks struct {
	pools [3]picture.Index
	about map[int64]aLook // by the intent's number
	queue []int64         // intents in the order they were filed; some are gone
	n     int             // pictures filed
}

type aLook struct {
	aText
	files uint16 // one bit a file
}

const (
	fileBits = 4 // of an id in the index; the rest is the intent's number
	// mostLooks bounds the memory, some 40 MB, and a look at all of them, some
	// milliseconds. Beyond it the oldest are compared by their bytes alone.
	mostLooks = 100_000
)

func newLooks() *looks { return &looks{about: map[int64]aLook{}} }

func (x *looks) add(seq int64, file int, a aText, views []byte) {
	old, known := x.about[seq]
	if !known {
		x.queue = append(x.queue, seq)
	}
	x.about[seq] = aLook{a, old.files | 1<<file}
	x.pools[a.in].Add(seq<<fileBits|int64(file), views)
	x.n++
}

func (x *looks) drop(seq int64) {
	a, ok := x.about[seq]
	if !ok {
		return
	}
	delete(x.about, seq)
	for file := range maxFiles {
		if a.files&(1<<file) != 0 {
			x.pools[a.in].Remove(seq<<fileBits | int64(file))
			x.n--
		}
	}
}

// shrink forgets the oldest where there are too many.
func (x *looks) shrink(most int) {
	for x.n > most && len(x.queue) > 0 {
		x.drop(x.queue[0])
		x.queue = x.queue[1:]
	}
	if len(x.queue) > 2*len(x.about)+1024 {
		x.queue = slices.DeleteFunc(slices.Clone(x.queue), func(seq int64) bool { _, ok := x.about[seq]; return !ok })
	}
}

var (
	looksToLoad = sql(`SELECT seq, file, bot, dry, pool, at, views FROM pictures
		WHERE seq > ? AND pool IS NOT NULL AND views IS NOT NULL AND at > ? ORDER BY seq DESC LIMIT ?`)
	looksOf = sql(`SELECT seq, file, bot, dry, pool, at, views FROM pictures WHERE seq = ? AND pool IS NOT NULL AND views IS NOT NULL`)
)

func (x *looks) scan(r *row) {
	seq, file := r.num(), int(r.num())
	a := aText{bot: r.str(), dry: r.flag(), in: pool(r.num()), at: r.num()}
	x.add(seq, file, a, r.blob())
}

// readLooks reads the youngest pictures.
func readLooks(c *conn, since time.Time) (*looks, error) {
	x := newLooks()
	if err := c.each(looksToLoad, x.scan, 0, since, mostLooks); err != nil {
		return nil, err
	}
	slices.Reverse(x.queue)
	return x, nil
}

// refreshLooks makes the place of an intent's pictures what their rows say.
func (t *tx) refreshLooks(seq int64) error {
	x := t.l.texts.looks
	x.drop(seq)
	if err := t.each(looksOf, x.scan, seq); err != nil {
		return err
	}
	x.shrink(mostLooks)
	return nil
}

// near adds the earlier pictures that look like this one to those of the same bytes.
func (x *looks) near(found []sighting, it *intent, views []byte, dry bool, since time.Time) []sighting {
	if len(views) == 0 {
		return found
	}
	met := map[int64]bool{it.seq: true}
	for _, f := range found {
		met[f.seq] = true
	}
	for p := range x.pools {
		if pool(p) == rehearsed && !dry {
			continue
		}
		// What does not count may stand in the way of what does: then all are asked for.
		for most := 64; ; most = x.n {
			all := x.pools[p].Nearest(views, guards.MostBits, most)
			if len(all) == most && most < x.n && x.counting(all, met, it, dry, since) < mostSeen {
				continue
			}
			for _, n := range all {
				seq := n.ID >> fileBits
				if a, ok := x.counts(seq, it, dry, since); ok && !met[seq] {
					met[seq] = true
					found = append(found, sighting{seq: seq, at: a.at, bits: n.Bits, own: a.bot == it.bot})
				}
			}
			break
		}
	}
	slices.SortStableFunc(found, likest)
	return both(found, mostSeen, func(s sighting) bool { return s.own })
}

// both takes the first of a list, and keeps half of the places for what is not the bot's
// own: its own may be let pass, and must not hide what another bot has said or shown.
func both[T any](all []T, most int, own func(T) bool) []T {
	if len(all) <= most {
		return all
	}
	others := 0
	for _, x := range all {
		if !own(x) {
			others++
		}
	}
	left := most - min(others, most/2) // places for its own
	return slices.DeleteFunc(all, func(x T) bool {
		switch {
		case most == 0:
			return true
		case own(x) && left == 0:
			return true
		case own(x):
			left--
		}
		most--
		return false
	})
}

// counts says whether an intent's pictures come before this one or were acted on.
func (x *looks) counts(seq int64, it *intent, dry bool, since time.Time) (aLook, bool) {
	a, ok := x.about[seq]
	later := a.in == pending && seq > it.seq && it.seq != 0
	rehearsal := a.dry && !(dry && a.bot == it.bot)
	return a, ok && !later && !rehearsal && a.at > since.UnixMilli()
}

// counting is how many intents among the pictures count.
func (x *looks) counting(all []picture.Near, met map[int64]bool, it *intent, dry bool, since time.Time) int {
	of := map[int64]bool{}
	for _, n := range all {
		seq := n.ID >> fileBits
		if _, ok := x.counts(seq, it, dry, since); ok && !met[seq] {
			of[seq] = true
		}
	}
	return len(of)
}
