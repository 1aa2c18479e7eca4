package ledgertest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"slices"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/guards/picture"
	"heed/runner"
)

// drawn is a picture of a few coarse shapes, different for every seed; tint changes
// its bytes and hardly its looks.
func drawn(seed int, tint uint8) []byte {
	m := image.NewRGBA(image.Rect(0, 0, 160, 120))
	for y := range 120 {
		for x := range 160 {
			c := color.RGBA{uint8(40 + 2*y%180), uint8(30 + x), tint, 255}
			dx, dy := x-40-seed*29%90, y-30-seed*17%60
			if dx*dx+dy*dy < 500+seed*37%300 {
				c = color.RGBA{250, 240, 220, 255}
			}
			if (x/(11+seed%7)+y/(9+seed%5))%3 == seed%3 && y > 70 {
				c = color.RGBA{10, 20, 60, 255}
			}
			m.Set(x, y, c)
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, m); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

// file does what intake does with one.
func file(content []byte) runner.Media {
	sum := sha256.Sum256(content)
	info, views := picture.Look(content)
	return runner.Media{Views: views, Picture: guards.Picture{SHA256: hex.EncodeToString(sum[:]), Type: info.Type, Bytes: int64(len(content)),
		Width: info.Width, Height: info.Height, Frames: info.Frames, Hashed: views != nil}}
}

func (b *bench) enterPictures(name, key string, in bots.Intent, now time.Time, files ...[]byte) runner.Entered {
	b.Helper()
	var media []runner.Media
	for i, f := range files {
		m := file(f)
		in.Media = append(in.Media, bots.Media{Path: itoa(i) + ".png", Alt: "a picture", SHA256: m.SHA256})
		media = append(media, m)
	}
	e := b.entry(name, key, in, now)
	e.Media = media
	out, err := b.Enter(b.ctx(), []runner.Entry{e})
	b.must(err)
	return out[0]
}

// seenBy are the keys of Facts.Seen for the bot's next intent.
func (b *bench) seenBy(who bots.Bot, span time.Duration, now time.Time) (keys []string) {
	b.Helper()
	for _, s := range b.facts(who, guards.Needs{Seen: span}, now).Seen {
		keys = append(keys, s.Key)
	}
	return keys
}

var _ = add("pictures are kept as they were taken in, in their order", func(b *bench) {
	one, two := drawn(1, 0), []byte("no picture that anybody can decode")
	b.enterPictures("tides", "k", post(""), t0, one, two)
	b.restart()
	want := []guards.Picture{file(one).Picture, file(two).Picture}
	if f := b.facts(bot("tides"), guards.Needs{Pictures: true}, at(time.Minute)); !slices.Equal(f.Pictures, want) {
		b.Fatalf("facts %+v, not %+v", f.Pictures, want)
	}
	if c := b.look("tides", "k"); !slices.Equal(c.Media, want) || !slices.Equal(c.Facts.Pictures, want) {
		b.Fatalf("case %+v", c.Media)
	}
	if f := b.facts(bot("tides"), guards.Needs{}, at(2*time.Minute)); f.Pictures != nil || f.Seen != nil {
		b.Fatalf("what nobody asked for: %+v", f)
	}
	b.decide(bot("tides"), always(guards.Denied("t.no", "no", "")), at(time.Hour))
	if c := b.look("tides", "k"); !slices.Equal(c.Media, want) {
		b.Fatalf("after it was denied: %+v", c.Media)
	}
})

var _ = add("Enter refuses files that are not the intent's", func(b *bench) {
	in := post("x")
	in.Media = []bots.Media{{Path: "p.png", Alt: "a"}}
	for says, media := range map[string][]runner.Media{"one too many": {file([]byte("a")), file([]byte("b"))}, "no hash": {{}}} {
		e := b.entry("tides", says, in, t0)
		e.Media = media
		_, err := b.Enter(b.ctx(), []runner.Entry{e})
		b.refuses(says, err)
	}
	e := b.entry("tides", "k", post("x"), t0)
	e.Origin = "nobody"
	_, err := b.Enter(b.ctx(), []runner.Entry{e})
	b.refuses("an origin that nobody knows", err)
})

var _ = add("Facts: the same bytes shown before, by any bot", func(b *bench) {
	day := 24 * time.Hour
	pic, other := []byte("the harbour, undecodable"), []byte("the pier, undecodable")
	b.enterPictures("waves", "early", post("a"), t0, other, pic)
	b.enterPictures("tides", "mine", post("b"), at(time.Minute), pic, other)
	b.enterPictures("waves", "late", post("c"), at(2*time.Minute), pic)
	f := b.facts(bot("tides"), guards.Needs{Seen: day}, at(3*time.Minute))
	if len(f.Seen) != 2 || f.Seen[0].File != 0 || f.Seen[1].File != 1 {
		b.Fatalf("seen %+v", f.Seen)
	}
	if s := f.Seen[0]; s.Key != "early" || s.Bot != "waves" || s.Action != bots.Post || !s.At.Equal(t0) || s.State != "waiting" || !s.Exact || s.Bits != 0 {
		b.Fatalf("seen %+v", s)
	}
	early := b.decide(bot("waves"), allow(), at(4*time.Minute))
	b.settle(early.Seq, runner.Done, runner.Answer{Outcome: runner.Landed, PostID: "700"}, at(4*time.Minute))
	late := b.decide(bot("waves"), allow(), at(5*time.Minute)) // acted on before this one is: it counts now
	f = b.facts(bot("tides"), guards.Needs{Seen: day}, at(6*time.Minute))
	if len(f.Seen) != 3 || f.Seen[0].Key != "late" || f.Seen[0].State != "doing" || f.Seen[1].PostID != "700" || !f.Seen[1].At.Equal(at(4*time.Minute)) {
		b.Fatalf("seen %+v", f.Seen)
	}
	b.restart()
	if f = b.facts(bot("tides"), guards.Needs{Seen: day}, at(7*time.Minute)); len(f.Seen) != 3 {
		b.Fatalf("after a restart %+v", f.Seen)
	}
	b.settle(late.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused}, at(8*time.Minute))
	if keys := b.seenBy(bot("tides"), day, at(9*time.Minute)); !slices.Equal(keys, []string{"early", "early"}) {
		b.Fatalf("a failed one counts: %v", keys)
	}
	if keys := b.seenBy(bot("tides"), day, at(4*time.Minute+day)); keys != nil {
		b.Fatalf("beyond the window: %v", keys)
	}
})

var _ = add("Facts: a picture that will not be shown counts no more, a rehearsal for its bot alone", func(b *bench) {
	day, pic := 24*time.Hour, drawn(3, 0)
	b.enterPictures("waves", "denied", post("a"), t0, pic)
	b.decide(bot("waves"), always(guards.Denied("t.no", "no", "")), t0)
	b.enterPictures("waves", "rejected", post("a"), t0, pic)
	b.must(b.Desk.Reject(b.ctx(), runner.Ref{Bot: "waves", Key: "rejected"}, "ann", "", t0))
	b.enterPictures("waves", "message", dm("42", "a"), t0, pic)
	turn := b.decide(bot("waves"), allow(), t0)
	b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed}, t0)
	b.enterPictures("surf", "rehearsed", post("a"), t0, pic)
	b.decide(dry("surf"), allow(), t0)
	b.enterPictures("foam", "rehearsal that waits", post("a"), t0, pic)
	b.facts(dry("foam"), guards.Needs{}, t0)
	b.enterPictures("tides", "k", post("b"), at(time.Minute), pic)
	b.enterPictures("surf", "again", post("b"), at(time.Minute), pic)
	for i := range 2 {
		now := at(time.Duration(i+1) * time.Hour)
		if keys := b.seenBy(bot("tides"), day, now); keys != nil {
			b.Fatalf("seen %v", keys)
		}
		keys := b.seenBy(dry("surf"), day, now)
		if slices.Sort(keys); !slices.Equal(keys, []string{"k", "rehearsed"}) {
			b.Fatalf("a rehearsal sees %v", keys)
		}
		b.restart()
	}
})

var _ = add("Facts: at most eight earlier ones of each file, the youngest of those alike", func(b *bench) {
	pic := []byte("the harbour again and again")
	for i := range 12 {
		b.enterPictures("waves", itoa(i), post("a"+itoa(i)), at(time.Duration(i)*time.Minute), pic)
		turn := b.decide(bot("waves"), allow(), at(time.Duration(i)*time.Minute))
		b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed}, at(time.Duration(i)*time.Minute))
	}
	b.enterPictures("tides", "k", post("b"), at(time.Hour), pic)
	if keys := b.seenBy(bot("tides"), 24*time.Hour, at(time.Hour)); len(keys) != 8 || keys[0] != "11" || keys[7] != "4" {
		b.Fatalf("seen %v", keys)
	}
})

// lookable skips where pictures cannot be compared by their looks.
func (b *bench) lookable() {
	b.Helper()
	if _, views := picture.Look(drawn(1, 0)); views == nil {
		b.Skip("heed/guards/picture compares nothing yet")
	}
}

var _ = add("Facts: pictures that look alike though their bytes differ", func(b *bench) {
	b.lookable()
	day, pic, retouched := 24*time.Hour, drawn(1, 0), drawn(1, 3)
	b.enterPictures("waves", "other", post("a"), t0, drawn(8, 90))
	b.enterPictures("waves", "alike", post("a"), t0, pic)
	b.enterPictures("tides", "k", post("b"), at(time.Minute), retouched)
	look := func(now time.Time, state string) {
		b.Helper()
		f := b.facts(bot("tides"), guards.Needs{Seen: day}, now)
		if len(f.Seen) == 0 || f.Seen[0].Key != "alike" || f.Seen[0].Exact || f.Seen[0].Bits > 30 || f.Seen[0].State != state {
			b.Fatalf("seen %+v", f.Seen)
		}
		for _, s := range f.Seen {
			if s.Bits > 60 {
				b.Fatalf("what does not look alike: %+v", s)
			}
		}
	}
	look(at(2*time.Minute), "waiting")
	b.decide(bot("waves"), always(guards.Denied("t.no", "no", "")), at(3*time.Minute)) // "other"
	turn := b.decide(bot("waves"), allow(), at(3*time.Minute))
	look(at(4*time.Minute), "doing")
	b.restart()
	look(at(5*time.Minute), "doing")
	b.settle(turn.Seq, runner.Failed, runner.Answer{Outcome: runner.Refused}, at(6*time.Minute))
	for i := range 2 {
		if keys := b.seenBy(bot("tides"), day, at(time.Duration(7+i)*time.Minute)); slices.Contains(keys, "alike") {
			b.Fatalf("a failed one counts: %v", keys)
		}
		b.restart()
	}
})

var _ = add("Facts: copies that wait behind an intent do not hide what came before it", func(b *bench) {
	b.lookable()
	b.enterPictures("waves", "early", post("a"), t0, drawn(1, 9))
	b.enterPictures("tides", "k", post("b"), at(time.Minute), drawn(1, 0))
	for i := range 100 {
		b.enterPictures("surf", itoa(i), post("c"+itoa(i)), at(2*time.Minute), drawn(1, 1))
	}
	if keys := b.seenBy(bot("tides"), 24*time.Hour, at(time.Hour)); !slices.Equal(keys, []string{"early"}) {
		b.Fatalf("seen %v", keys)
	}
})

var _ = add("Facts: a bot's own pictures, however many, do not hide another bot's", func(b *bench) {
	same, like := drawn(3, 0), drawn(3, 9)
	if len(file(same).Views) == 0 {
		b.Skip("pictures cannot be looked at here")
	}
	b.enterPictures("waves", "theirs", post(""), t0, like)
	b.enterPictures("surf", "bytes", post(""), t0, same)
	for i := range 20 {
		b.enterPictures("tides", "own"+itoa(i), post(""), at(time.Duration(i)*time.Minute), same)
		if turn := b.decide(bot("tides"), allow(), at(time.Duration(i)*time.Minute)); turn.State == runner.Doing {
			b.settle(turn.Seq, runner.Done, runner.Answer{Outcome: runner.Landed, PostID: bots.PostID("88" + itoa(i))}, at(time.Duration(i)*time.Minute))
		}
	}
	b.enterPictures("tides", "next", post(""), at(time.Hour), same)
	if keys := b.seenBy(bot("tides"), 24*time.Hour, at(2*time.Hour)); !slices.Contains(keys, "bytes") || !slices.Contains(keys, "theirs") || len(keys) != 8 {
		b.Fatalf("seen: %v", keys)
	}
})
