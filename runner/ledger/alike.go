package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/guards/likeness"
	"heed/runner"
)

// texts are the bots' own texts in memory, for likeness. Three indexes, because an
// index learns from what it holds which wording is a mere frame: what only waits must
// not teach it, or a script could make its copies look ordinary by queueing many.
// It belongs to the writer. It is read from the rows by Recover, or when it is first needed.
type texts struct {
	loaded  bool
	awaited bool // they are being read beside the writer; see loadTexts
	pools   [3]*likeness.Index
	about   map[int64]aText
	stale   []int64 // intents whose rows must be looked at again
	looks   *looks  // their pictures
}

type pool uint8

const (
	pending pool = iota // waiting, deferred or held
	acted               // doing, unknown or done
	rehearsed
)

// aText is what decides whether a text counts in a comparison.
type aText struct {
	bot string
	at  int64 // when it was claimed, else entered
	in  pool
	dry bool
}

func newTexts() *texts {
	t := &texts{about: map[int64]aText{}, looks: newLooks()}
	for i := range t.pools {
		t.pools[i] = likeness.NewIndex(0)
	}
	return t
}

// doubt marks intents whose changes were rolled back.
func (x *texts) doubt(seqs []int64) {
	if x.loaded || x.awaited {
		x.stale = append(x.stale, seqs...)
	}
}

func (x *texts) put(seq int64, s likeness.Sketch, a aText) error {
	x.drop(seq)
	if err := x.pools[a.in].Add(uint64(seq), s); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	x.about[seq] = a
	return nil
}

func (x *texts) drop(seq int64) {
	a, ok := x.about[seq]
	if !ok {
		if x.awaited {
			x.stale = append(x.stale, seq) // it may be among what is being read
		}
		return
	}
	delete(x.about, seq)
	x.pools[a.in].Remove(uint64(seq))
	if a.in == pending && x.pools[pending].Len() == 0 {
		x.pools[pending] = likeness.NewIndex(0) // forgets the frames it learnt from what never happened
	}
}

// sketch is the intent's text made ready for comparing; false when it has none.
func sketch(in bots.Intent) (likeness.Sketch, bool) {
	if !in.Action.Writes() || in.Text == "" {
		return likeness.Sketch{}, false
	}
	s := likeness.NewDeclared(in.Text, in.Template, in.Facts)
	return s, !s.Empty()
}

// poolOf says where an intent's text counts; false: nowhere. A message that was sent
// counts no more, since its bytes are wiped and a restart could not know it.
func poolOf(it *intent) (pool, bool) {
	switch it.state {
	case runner.Waiting, runner.Deferred, runner.Held:
		return pending, true
	case runner.Doing, runner.Unknown, runner.Done:
		if it.dry {
			return rehearsed, it.action != bots.DM
		}
		return acted, it.state != runner.Done || it.action != bots.DM
	}
	return 0, false
}

// place files the text and the pictures of an intent where its row says, or takes them out.
func (t *tx) place(it *intent, s likeness.Sketch, has bool) error {
	t.texts = append(t.texts, it.seq)
	if err := t.placePictures(it); err != nil || !t.l.texts.loaded {
		t.l.texts.doubt([]int64{it.seq})
		return err
	}
	return t.l.texts.follow(it, s, has)
}

// unplaceUnlessActed files an ended intent's text where its state says.
func (t *tx) unplaceUnlessActed(it *intent) error {
	if _, counts := poolOf(it); !counts {
		t.texts = append(t.texts, it.seq)
		t.l.texts.drop(it.seq)
		return t.placePictures(it)
	}
	return t.place(it, likeness.Sketch{}, false)
}

// follow needs a sketch only for what is not filed yet.
func (x *texts) follow(it *intent, s likeness.Sketch, has bool) error {
	p, counts := poolOf(it)
	if !counts {
		x.drop(it.seq)
		return nil
	}
	a := aText{bot: it.bot, at: placedAt(it).UnixMilli(), in: p, dry: it.dry}
	if old, ok := x.about[it.seq]; ok && old.in == p {
		x.about[it.seq] = a
		return nil
	}
	if !has {
		in, err := it.decode()
		if err != nil { // wiped, or not to be read: it cannot be compared
			x.drop(it.seq)
			return nil
		}
		if s, has = sketch(in); !has {
			return nil
		}
	}
	return x.put(it.seq, s, a)
}

// ensureTexts reads the texts when that was not done yet; then it settles doubts.
func (t *tx) ensureTexts(now time.Time) error {
	if !t.l.texts.loaded {
		x, err := readTexts(t.conn, now.Add(-t.l.o.Retention))
		if err != nil {
			return err
		}
		t.l.texts, t.loadedTexts = x, true
	}
	x := t.l.texts
	for len(x.stale) > 0 {
		if err := t.refreshText(x.stale[len(x.stale)-1]); err != nil {
			return err
		}
		x.stale = x.stale[:len(x.stale)-1]
	}
	return nil
}

// refreshText makes an intent's place what its row says.
func (t *tx) refreshText(seq int64) error {
	it, err := loadIntent(t.conn, seq)
	if err != nil {
		return err
	}
	if it == nil || it.stored == nil { // gone, or wiped by whoever
		t.l.texts.drop(seq)
		t.l.texts.looks.drop(seq)
		return nil
	}
	if it.files > 0 && t.l.texts.loaded {
		if err := t.refreshLooks(seq); err != nil {
			return err
		}
	}
	return t.l.texts.follow(it, likeness.Sketch{}, false)
}

const (
	mostAlike = 8
	// leastAlike is the score under which a likeness is no news to any guard.
	leastAlike = 0.2
)

// alike finds the likest texts that came before the intent or were acted on.
func (t *tx) alike(it *intent, s likeness.Sketch, dry bool, since time.Time) ([]guards.Alike, error) {
	x := t.l.texts
	skip := func(id uint64) bool {
		a, ok := x.about[int64(id)]
		later := a.in == pending && int64(id) > it.seq && it.seq != 0
		rehearsal := a.dry && !(dry && a.bot == it.bot)
		return !ok || int64(id) == it.seq || later || rehearsal || a.at <= since.UnixMilli()
	}
	own := func(id uint64) bool { return x.about[int64(id)].bot == it.bot }
	var found []likeness.Match
	for p, ix := range x.pools {
		if pool(p) == rehearsed && !dry {
			continue
		}
		likest := ix.Likest(s, mostAlike, skip)
		if len(likest) == mostAlike && !slices.ContainsFunc(likest, func(m likeness.Match) bool { return !own(m.ID) }) {
			likest = append(likest, ix.Likest(s, mostAlike/2, func(id uint64) bool { return skip(id) || own(id) })...)
		}
		found = append(found, likest...)
	}
	found = slices.DeleteFunc(found, func(m likeness.Match) bool { return m.Score < leastAlike })
	slices.SortStableFunc(found, func(a, b likeness.Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	var out []guards.Alike
	for _, m := range both(found, mostAlike, func(m likeness.Match) bool { return own(m.ID) }) {
		o, err := loadIntent(t.conn, int64(m.ID))
		if err != nil {
			return nil, err
		}
		if o == nil {
			continue
		}
		at := time.UnixMilli(x.about[int64(m.ID)].at).UTC()
		out = append(out, guards.Alike{Bot: o.bot, Key: o.key, Action: o.action, At: at, State: string(o.state), PostID: o.postID,
			Target: bots.Target{UserID: o.targetUser, PostID: o.targetPost}, Score: m.Score,
			Exact: m.Rule == likeness.RuleExact, Shared: m.Shared})
	}
	return out, nil
}
