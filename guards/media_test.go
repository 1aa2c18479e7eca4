package guards

import (
	"testing"

	"heed/bots"
)

func TestMedia(t *testing.T) {
	files := func(all ...Picture) edit {
		return func(in *bots.Intent, f *Facts) {
			for range all {
				in.Media = append(in.Media, bots.Media{Path: "a", Alt: "the harbour"})
			}
			f.Pictures = all
		}
	}
	poll := func(in *bots.Intent, _ *Facts) { in.Poll = &bots.Poll{Options: []string{"ebb", "flood"}, Minutes: 60} }
	png, gif, mp4 := Picture{Type: "image/png", Bytes: 5 << 20}, Picture{Type: "image/gif", Bytes: 15 << 20}, Picture{Type: "video/mp4", Bytes: 512 << 20}
	grown := func(p Picture) Picture { p.Bytes++; return p }
	try(t, "media", []trial{
		{"a text alone passes", bots.Post, nil, Allow, ""},
		{"four pictures pass", bots.Post, files(png, png, png, png), Allow, ""},
		{"five do not", bots.Post, files(png, png, png, png, png), Deny, "media.too_many"},
		{"a message has one", bots.DM, files(png), Allow, ""},
		{"and not two", bots.DM, files(png, png), Deny, "media.too_many"},
		{"a GIF of 15 MB passes alone", bots.Post, files(gif), Allow, ""},
		{"beside a picture it does not", bots.Post, files(png, gif), Deny, "media.mixed"},
		{"two GIFs are one too many", bots.Reply, files(gif, gif), Deny, "media.mixed"},
		{"a clip of 512 MB passes alone", bots.Quote, files(mp4), Allow, ""},
		{"beside a picture it does not either", bots.Post, files(mp4, png), Deny, "media.mixed"},
		{"a picture of a byte more than 5 MB is too large", bots.Post, files(png, grown(png)), Deny, "media.too_large"},
		{"so is a GIF of a byte more than 15 MB", bots.Post, files(grown(gif)), Deny, "media.too_large"},
		{"so is a clip of a byte more than 512 MB", bots.Post, files(grown(mp4)), Deny, "media.too_large"},
		{"an empty file is none", bots.Post, files(Picture{Type: "image/png"}), Deny, "media.empty"},
		{"a file of no known kind is refused", bots.Post, files(Picture{Bytes: 10}), Deny, "media.type"},
		{"so is a kind that X does not take", bots.Post, files(Picture{Type: "image/tiff", Bytes: 10}), Deny, "media.type"},
		{"files that nobody looked at hold", bots.Post, func(in *bots.Intent, f *Facts) { files(png)(in, f); f.Pictures = nil }, Hold, "media.unread"},
		{"so do fewer looked at than sent", bots.Post, func(in *bots.Intent, f *Facts) { files(png, png)(in, f); f.Pictures = f.Pictures[:1] }, Hold, "media.unread"},
		{"so does another file than was taken in", bots.Post, func(in *bots.Intent, f *Facts) {
			files(png)(in, f)
			in.Media[0].SHA256, f.Pictures[0].SHA256 = "aa", "bb"
		}, Hold, "media.unread"},
		{"a poll in a post passes", bots.Post, poll, Allow, ""},
		{"a poll in a quote does not", bots.Quote, poll, Deny, "media.poll_misplaced"},
		{"nor in a message", bots.DM, poll, Deny, "media.poll_misplaced"},
		{"a poll beside a picture does not", bots.Post, func(in *bots.Intent, f *Facts) { poll(in, f); files(png)(in, f) }, Deny, "media.poll_and_media"},
	})
}

func TestMediaNeedsItsPicturesOnlyWhereThereAreAny(t *testing.T) {
	_, g, _ := New("media")
	in, _ := readyCase(bots.Post)
	if g.Needs(in).Pictures {
		t.Error("a text alone needs pictures")
	}
	in.Media = []bots.Media{{Path: "a", Alt: "b"}}
	if !g.Needs(in).Pictures {
		t.Error("a picture is judged unseen")
	}
}
