package guards

import (
	"fmt"

	"heed/bots"
)

// judgePictures compares the intent's media with earlier ones: the same picture under
// another text is the same content (rules D1, D2).
func (g *duplicate) judgePictures(in *bots.Intent, f *Facts) Finding {
	if len(in.Media) == 0 {
		return Pass()
	}
	if len(f.Pictures) != len(in.Media) { // promise P9: what was not read may be a copy
		return Held("duplicate.pictures_unread", fmt.Sprintf("%d of the intent's %d pictures were read", len(f.Pictures), len(in.Media)),
			"report this as a fault of heed; a person may look at the pictures and approve the intent").
			With("read", len(f.Pictures)).With("media", len(in.Media))
	}
	worst, likest := Pass(), 257
	for _, s := range f.Seen {
		if !g.counts(in, f, earlier{s.Bot, s.Action, s.State, s.At}) {
			continue
		}
		bits := s.Bits
		if s.Exact {
			bits = 0
		}
		effect := g.weighPicture(in, f, s)
		if effect > worst.Effect || effect == worst.Effect && effect != Allow && bits < likest {
			worst, likest = g.pictureFinding(in, effect, f.Bot.Name, s), bits
		}
	}
	return worst
}

// weighPicture says what one earlier picture means for the intent.
func (g *duplicate) weighPicture(in *bots.Intent, f *Facts, s Seen) Effect {
	me := f.Bot.Name
	switch {
	case in.Action == bots.DM:
		// A text is measured against messages to the same person. Of a picture it is
		// not known to whom it went, so a person looks.
		if s.Exact && s.Action == bots.DM && s.Bot != me {
			return Hold
		}
		return Allow
	case s.Action == bots.DM:
		return Allow
	case s.Exact:
		return Deny
	case !hashed(f, s.File):
		return Allow // without hashes the bytes alone are compared
	case s.Bot == me && (in.Action == bots.Reply || in.Template != "" && len(in.Facts) > 0):
		// Answers of one bot are alike by nature, and so are its charts: what tells
		// them apart are the facts, which the texts' comparison looks at.
		return Allow
	case s.Bits <= g.PictureDeny:
		return Deny
	case s.Bits <= g.PictureHold:
		return Hold
	}
	return Allow
}

// hashed says whether one of the intent's pictures could be compared by its looks.
// Of one that is not there nobody knows, so what is told of it counts.
func hashed(f *Facts, file int) bool {
	return file < 0 || file >= len(f.Pictures) || f.Pictures[file].Hashed
}

func (g *duplicate) pictureFinding(in *bots.Intent, e Effect, me string, s Seen) Finding {
	whose, clauses := whoseAndWhy(me, s.Bot, s.State)
	how := fmt.Sprintf("the same but for %d of 256 bits", s.Bits)
	if s.Exact {
		how = "the same file"
	}
	because := fmt.Sprintf("picture %d is %s as in %s %s %q (%s, %s)", s.File+1, how, whose, s.Action, s.Key, s.State, moment(s.At))
	const charts = "; a bot's own charts are told apart by a declared template and facts"
	f := Denied("duplicate.same_picture", because, "show a picture that was not shown yet, or repost the earlier post"+charts)
	switch {
	case e == Hold && in.Action == bots.DM:
		f = Held("duplicate.picture_in_message", because, "a person makes sure that two bots do not send it to one person: heed approve KEY or heed reject KEY")
	case e == Hold:
		f = Held("duplicate.alike_picture", because, "a person compares both: heed approve KEY or heed reject KEY"+charts)
	}
	f = f.Citing(clauses...)
	f.Evidence = map[string]any{"file": s.File, "bot": s.Bot, "key": s.Key, "at": s.At, "state": s.State,
		"bits": s.Bits, "exact": s.Exact, "post_id": string(s.PostID)}
	return f
}
