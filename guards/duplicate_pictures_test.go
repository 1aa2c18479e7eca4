package guards

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
)

func TestDuplicatePictures(t *testing.T) {
	// The intent has two pictures, of which the second could not be hashed.
	with := func(change func(in *bots.Intent, f *Facts), seen ...Seen) edit {
		return func(in *bots.Intent, f *Facts) {
			in.Media = []bots.Media{{Path: "a.png", Alt: "a"}, {Path: "b.mp4", Alt: "b"}}
			f.Pictures = []Picture{{Type: "image/png", Hashed: true}, {Type: "video/mp4"}}
			for _, s := range seen {
				if s.Action == "" {
					s.Action = bots.Post
				}
				if s.At.IsZero() {
					s.At = noon.Add(-time.Hour)
				}
				s.Key, s.State = "k9", "done"
				f.Seen = append(f.Seen, s)
			}
			if change != nil {
				change(in, f)
			}
		}
	}
	bits := func(bot string, n int) Seen { return Seen{Bot: bot, Bits: n} }
	exact := func(bot string, file int) Seen { return Seen{Bot: bot, File: file, Exact: true} }
	in := func(a bots.Action, s Seen) Seen { s.Action = a; return s }
	old := func(s Seen) Seen { s.At = noon.Add(-720*time.Hour - time.Second); return s }
	declared := func(in *bots.Intent, f *Facts) { in.Template, in.Facts = "chart", map[string]string{"level": "3.1"} }
	try(t, "duplicate", []trial{
		{"a picture like no other passes", bots.Post, with(nil), Allow, ""},
		{"another bot's file is denied", bots.Post, with(nil, exact("quakes", 0)), Deny, "duplicate.same_picture"},
		{"so is the bot's own", bots.Post, with(nil, exact("tides", 0)), Deny, "duplicate.same_picture"},
		{"in a quote too", bots.Quote, with(nil, exact("tides", 0)), Deny, "duplicate.same_picture"},
		{"and in a reply", bots.Reply, with(nil, in(bots.Reply, exact("tides", 0))), Deny, "duplicate.same_picture"},
		{"a file that could not be hashed is compared by its bytes", bots.Post, with(nil, exact("quakes", 1)), Deny, "duplicate.same_picture"},
		{"and by nothing else", bots.Post, with(nil, Seen{Bot: "quakes", File: 1, Bits: 0}), Allow, ""},
		{"what is told of a file that is not there counts", bots.Post, with(nil, Seen{Bot: "quakes", File: 7, Bits: 0}), Deny, "duplicate.same_picture"},
		{"at 31 bits it is the same", bots.Post, with(nil, bits("quakes", 31)), Deny, "duplicate.same_picture"},
		{"at 32 a person looks", bots.Post, with(nil, bits("quakes", 32)), Hold, "duplicate.alike_picture"},
		{"at 45 a person looks", bots.Post, with(nil, bits("tides", 45)), Hold, "duplicate.alike_picture"},
		{"at 46 it passes", bots.Post, with(nil, bits("quakes", 46)), Allow, ""},
		{"bits under nothing are no excuse", bots.Post, with(nil, bits("quakes", -1)), Deny, "duplicate.same_picture"},
		{"the gravest counts, wherever it stands", bots.Post, with(nil, bits("quakes", 40), bits("quakes", 50), bits("quakes", 9)), Deny, "duplicate.same_picture"},
		{"one older than the window does not count", bots.Post, with(nil, old(exact("quakes", 0))), Allow, ""},
		{"a bot's own charts may look alike when it declares their facts", bots.Post, with(declared, bits("tides", 5)), Allow, ""},
		{"but not be the same file", bots.Post, with(declared, exact("tides", 0)), Deny, "duplicate.same_picture"},
		{"nor look like another bot's", bots.Post, with(declared, bits("quakes", 5)), Deny, "duplicate.same_picture"},
		{"a template without facts declares nothing", bots.Post, with(func(in *bots.Intent, f *Facts) { in.Template = "chart" }, bits("tides", 5)), Deny, "duplicate.same_picture"},
		{"a bot's answers may look alike", bots.Reply, with(nil, in(bots.Reply, bits("tides", 5))), Allow, ""},
		{"two bots' answers may not", bots.Reply, with(nil, in(bots.Reply, bits("quakes", 5))), Deny, "duplicate.same_picture"},
		{"pictures that were not read are held", bots.Post, with(func(in *bots.Intent, f *Facts) { f.Pictures = nil }), Hold, "duplicate.pictures_unread"},
		{"also when only one was not", bots.Post, with(func(in *bots.Intent, f *Facts) { f.Pictures = f.Pictures[:1] }), Hold, "duplicate.pictures_unread"},
		{"in a message too", bots.DM, with(func(in *bots.Intent, f *Facts) { f.Pictures = nil }), Hold, "duplicate.pictures_unread"},
		{"another bot's picture in messages is looked at", bots.DM, with(nil, in(bots.DM, exact("quakes", 0))), Hold, "duplicate.picture_in_message"},
		{"the bot's own is not", bots.DM, with(nil, in(bots.DM, exact("tides", 0))), Allow, ""},
		{"nor one that only looks alike", bots.DM, with(nil, in(bots.DM, bits("quakes", 0))), Allow, ""},
		{"a message may show what a post shows", bots.DM, with(nil, exact("quakes", 0)), Allow, ""},
		{"a post is not measured against messages", bots.Post, with(nil, in(bots.DM, exact("quakes", 0))), Allow, ""},
		{"the same picture under another text is caught", bots.Post, with(nil, exact("quakes", 0)), Deny, "duplicate.same_picture"},
		{"another picture under the same text is too", bots.Post, with(func(in *bots.Intent, f *Facts) {
			f.Alike = []Alike{{Bot: "quakes", Key: "k9", Action: bots.Post, At: noon, State: "done", Score: 1, Exact: true}}
		}), Deny, "duplicate.same"},
	})
}

func TestDuplicateNeedsPicturesForMediaAlone(t *testing.T) {
	_, g, _ := New("duplicate")
	in, _ := readyCase(bots.Post)
	if n := g.Needs(in); n.Pictures || n.Seen != 0 || n.Alike != 720*time.Hour {
		t.Errorf("without media: %+v", n)
	}
	in.Media = []bots.Media{{Path: "a.png", Alt: "a"}}
	if n := g.Needs(in); !n.Pictures || n.Seen != 720*time.Hour {
		t.Errorf("with media: %+v", n)
	}
}

func TestP10DuplicateTellsWhichPicture(t *testing.T) {
	in, f := readyCase(bots.Post)
	in.Media, f.Pictures = []bots.Media{{Path: "a.png", Alt: "a"}}, []Picture{{Hashed: true}}
	f.Seen = []Seen{
		{Bot: "quakes", Key: "k8", Action: bots.Post, At: noon, State: "done", Bits: 30},
		{Bot: "quakes", Key: "k9", Action: bots.Quote, At: noon, State: "held", Bits: 12, PostID: "8"},
	}
	_, g, _ := New("duplicate")
	got := g.Judge(in, f)
	for _, part := range []string{"picture 1", "12 of 256 bits", "quakes's", "quote", `"k9"`, "held", "2026-11-22 12:00:00 UTC"} {
		if !strings.Contains(got.Because, part) {
			t.Errorf("%q lacks %q", got.Because, part)
		}
	}
	if want := []string{"D1", "D3", "D6"}; !slices.Equal(got.Rules, want) || fmt.Sprintf("%v %v", got.Evidence["bits"], got.Evidence["post_id"]) != "12 8" {
		t.Errorf("cites %v, evidence %v", got.Rules, got.Evidence)
	}
	f.Seen[1].Exact = true
	if got := g.Judge(in, f); !strings.Contains(got.Because, "the same file") {
		t.Errorf("%q", got.Because)
	}
}
