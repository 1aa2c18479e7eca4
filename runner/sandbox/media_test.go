package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A picture goes the whole way, and what X then shows is what was sent.
func TestAPictureFromUploadToPost(t *testing.T) {
	s := setup(t, Options{})
	picture := jpeg("a")
	g := s.bot.begin("image/jpeg", "tweet_image", len(picture))
	id := g.str("data", "id")
	if g.status != 200 || g.str("data", "media_key") != "3_"+id || g.at("data", "expires_after_secs") != float64(86400) || g.at("data", "processing_info") != nil {
		t.Errorf("initialize: %d %s", g.status, g.raw)
	}
	s.expect(s.bot.segment(id, "0", picture[:50]), 200, `"expires_at":`+fmt.Sprint(s.clock.now().Add(mediaLife).Unix()))
	s.expect(s.bot.segment(id, "1", picture[50:]), 200, "")
	if g := s.bot.finalize(id); g.status != 200 || g.at("data", "size") != float64(len(picture)) || g.at("data", "processing_info") != nil {
		t.Errorf("finalize: %d %s", g.status, g.raw)
	}
	g = s.bot.do("POST", "/2/media/metadata", `{"id":"`+id+`","metadata":{"alt_text":{"text":"Boats"},"sensitive_media_warning":{"other":true}}}`)
	if g.status != 200 || g.str("data", "associated_metadata", "alt_text", "text") != "Boats" {
		t.Errorf("metadata: %d %s", g.status, g.raw)
	}
	g = s.bot.do("POST", "/2/tweets", posting("Tea & boats", id))
	post, text := g.str("data", "id"), g.str("data", "text")
	if g.status != 201 || !strings.HasPrefix(text, "Tea &amp; boats https://t.co/") {
		t.Fatalf("post: %d %s", g.status, g.raw)
	}
	g = s.bot.do("GET", "/2/tweets/"+post+"?tweet.fields=entities,attachments,possibly_sensitive&expansions=attachments.media_keys&media.fields=alt_text,url,type", "")
	link := func(name string) string { return g.str("data", "entities", "urls", 0, name) }
	if link("expanded_url") != "https://x.com/deskbot/status/"+post+"/photo/1" || !strings.HasPrefix(link("display_url"), "pic.x.com/") || link("media_key") != "3_"+id ||
		!strings.HasSuffix(text, link("url")) || g.at("data", "entities", "urls", 0, "start") != float64(len("Tea &amp; boats ")) {
		t.Errorf("its link: %s", g.raw)
	}
	if g.str("data", "attachments", "media_keys", 0) != "3_"+id || g.at("data", "possibly_sensitive") != true {
		t.Errorf("its attachments: %s", g.raw)
	}
	m, _ := g.at("includes", "media", 0).(map[string]any)
	if m["media_key"] != "3_"+id || m["type"] != "photo" || m["alt_text"] != "Boats" || m["url"] == nil {
		t.Errorf("its media: %s", g.raw)
	}
	sum := sha256.Sum256(picture)
	if list := s.w.MediaOf(post); len(list) != 1 || list[0].Alt != "Boats" || list[0].SHA256 != hex.EncodeToString(sum[:]) || !list[0].Sensitive || list[0].Sum != nil || list[0].Head != nil {
		t.Errorf("the world has %+v", list)
	}
	if g := s.bot.do("GET", "/2/tweets/"+post, ""); g.at("data", "attachments") != nil || g.at("includes") != nil {
		t.Errorf("shown unasked: %s", g.raw)
	}
}

func TestMediaAPostMayHave(t *testing.T) {
	s := setup(t, Options{})
	other := s.anotherBot("second")
	var photos []string
	for i := range 5 {
		photos = append(photos, s.bot.put("image/jpeg", "tweet_image", jpeg(fmt.Sprint(i))))
	}
	a, b := s.bot.put("image/gif", "tweet_gif", gif("")), s.bot.put("video/mp4", "tweet_video", mp4(""))
	message := s.bot.put("image/jpeg", "dm_image", jpeg("dm"))
	lie := s.bot.put("image/png", "tweet_image", jpeg(""))
	s.clock.add(3 * mediaPace)
	for _, c := range []struct {
		why, body string
		status    int
	}{
		{"five pictures", posting("1", photos...), 400},
		{"a picture twice", posting("2", photos[0], photos[0]), 400},
		{"a GIF beside a picture", posting("3", photos[0], a), 400},
		{"a GIF beside a video", posting("4", a, b), 400},
		{"a file for messages", posting("5", message), 400},
		{"a JPEG that was declared a PNG", posting("6", lie), 400},
		{"an id of nothing", posting("7", "5"), 400},
		{"four pictures", posting("8", photos[:4]...), 201},
		{"a GIF", posting("9", a), 201},
		{"a video", posting("10", b), 201},
		{"a picture that another post has", posting("11", photos[0]), 201},
	} {
		if g := s.bot.do("POST", "/2/tweets", c.body); g.status != c.status {
			t.Errorf("%s: %d %s", c.why, g.status, g.raw)
		}
	}
	s.expect(other.do("POST", "/2/tweets", posting("mine", photos[0])), 400, msgMedia)
	s.clock.add(mediaLife)
	s.expect(s.bot.do("POST", "/2/tweets", posting("late", photos[4])), 400, msgMedia)
	if list := s.w.MediaOf(s.w.Posts(s.botID)[0].ID); len(list) != 4 {
		t.Errorf("after a day the post has %d pictures", len(list))
	}
	s.bot.begin("image/jpeg", "tweet_image", 5)
	if n := len(s.w.Uploads(s.botID)); n != 4+1+1+1 {
		t.Errorf("%d uploads are left; those that nobody used end after a day", n)
	}
}

func TestAVideoIsWorkedOn(t *testing.T) {
	s := setup(t, Options{})
	id := s.bot.begin("video/mp4", "tweet_video", 112).str("data", "id")
	s.expect(s.bot.segment(id, "0", mp4("")), 200, "")
	g := s.bot.finalize(id)
	for _, want := range []string{"pending", "in_progress", "succeeded"} {
		if g.str("data", "processing_info", "state") != want || (want != "succeeded") != (g.at("data", "processing_info", "check_after_secs") == float64(1)) {
			t.Errorf("want %s: %s", want, g.raw)
		}
		if want != "succeeded" {
			s.expect(s.bot.do("POST", "/2/tweets", posting("early", id)), 400, msgMedia)
		}
		s.clock.add(mediaPace)
		g = s.bot.do("GET", "/2/media/upload?command=STATUS&media_id="+id, "")
	}
	s.expect(s.bot.do("POST", "/2/tweets", posting("in time", id)), 201, "")
	if url := s.w.Posts(s.botID)[0].Entities.URLs[0].ExpandedURL; !strings.HasSuffix(url, "/video/1") {
		t.Errorf("its link is to %s", url)
	}

	f := must[Fault](t)(Preset("fail_media"))
	f.Count = 1
	ok(t, s.w.AddFault(f))
	bad := s.bot.put("image/gif", "tweet_gif", gif("x"))
	s.clock.add(2 * mediaPace)
	g = s.bot.do("GET", "/2/media/upload?command=STATUS&media_id="+bad, "")
	if g.str("data", "processing_info", "state") != "failed" || g.str("data", "processing_info", "error", "message") == "" {
		t.Errorf("a processing that fails: %s", g.raw)
	}
	s.expect(s.bot.do("POST", "/2/tweets", posting("failed", bad)), 400, msgMedia)
	good := s.bot.put("image/gif", "tweet_gif", gif("y"))
	s.clock.add(2 * mediaPace)
	s.expect(s.bot.do("POST", "/2/tweets", posting("good", good)), 201, "")
}

// X's link for media is none of the words that are compared: the same words with the
// same picture are the same post, with another they are another.
func TestTheLinkOfMediaHidesNoDuplicate(t *testing.T) {
	s := setup(t, Options{})
	second := s.anotherBot("second")
	put := func(c *client, tail string) string { return c.put("image/jpeg", "tweet_image", jpeg(tail)) }
	s.expect(s.bot.do("POST", "/2/tweets", posting("boats", put(s.bot, "a"))), 201, "")
	s.expect(s.bot.do("POST", "/2/tweets", posting("boats", put(s.bot, "a"))), 403, msgDuplicate)
	s.expect(s.bot.do("POST", "/2/tweets", posting("boats", put(s.bot, "b"))), 201, "")
	s.expect(second.do("POST", "/2/tweets", `{"text":"Boats"}`), 201, "")
	if groups := s.w.Identical(); len(groups) != 1 || len(groups[0]) != 3 {
		t.Errorf("the same words three times: %+v", groups)
	}
	for _, c := range []*client{s.bot, second} {
		s.expect(c.do("POST", "/2/tweets", `{"media":{"media_ids":["`+put(c, "c")+`"]}}`), 201, "")
	}
	s.expect(second.do("POST", "/2/tweets", `{"media":{"media_ids":["`+put(second, "d")+`"]}}`), 201, "")
	groups := s.w.Identical()
	if len(groups) != 2 || len(groups[1]) != 2 || groups[1][0].Text != "" || len(groups[1][0].Media) != 1 {
		t.Errorf("the same picture twice, without words: %+v", groups)
	}
	all := s.w.Posts(s.botID)
	if last := all[len(all)-1]; !strings.HasPrefix(last.Text, "https://t.co/") {
		t.Errorf("a post that is its picture alone reads %q", last.Text)
	}
}

func TestMediaOfMessages(t *testing.T) {
	for _, keep := range []bool{false, true} {
		s := setup(t, Options{SaveMessages: keep})
		ok(t, s.w.SetDMOpen("bob", true))
		with := "/2/dm_conversations/with/" + s.bob.ID + "/messages"
		id, half := s.bot.put("image/jpeg", "dm_image", jpeg("")), s.bot.begin("image/jpeg", "tweet_image", 104).str("data", "id")
		s.expect(s.bot.describe(id, "canary alt"), 200, "")
		s.expect(s.bot.segment(half, "0", jpeg("")[:60]), 200, "")
		s.expect(s.bot.do("POST", with, `{"attachments":[]}`), 400, "1 item")
		s.expect(s.bot.do("POST", with, `{"attachments":[{"media_id":"`+id+`"},{"media_id":"`+id+`"}]}`), 400, "1 item")
		s.expect(s.bot.do("POST", with, `{"attachments":[{"media_id":"`+half+`"}]}`), 400, msgMedia)
		s.expect(s.bot.do("POST", with, `{"text":"","attachments":[{"media_id":"`+id+`"}]}`), 400, "at least 1")
		g := s.bot.do("POST", with, `{"text":"look","attachments":[{"media_id":"`+id+`"}]}`)
		s.expect(g, 201, "dm_event_id")
		s.expect(s.bot.do("POST", with, `{"attachments":[{"media_id":"`+id+`"}]}`), 201, "dm_event_id")
		event := g.str("data", "dm_event_id")
		g = s.bot.do("GET", "/2/dm_conversations/with/"+s.bob.ID+"/dm_events?dm_event.fields=text,attachments,entities&expansions=attachments.media_keys&media.fields=alt_text", "")
		if !strings.HasPrefix(g.str("data", 1, "text"), "look https://t.co/") || g.str("data", 1, "attachments", "media_keys", 0) != "3_"+id ||
			g.str("data", 1, "entities", "urls", 0, "expanded_url") != "https://x.com/messages/media/"+event || g.str("includes", "media", 0, "alt_text") != "canary alt" {
			t.Errorf("shown as %s", g.raw)
		}

		path := filepath.Join(t.TempDir(), "world.json")
		ok(t, s.w.Save(path))
		if saved := must[[]byte](t)(os.ReadFile(path)); bytes.Contains(saved, []byte("canary")) != keep {
			t.Errorf("SaveMessages %v, yet the description of a message's picture is in the file: %v", keep, !keep)
		}
		o := Options{Now: s.clock.now, Skew: s.w.opt.Skew, SaveMessages: keep}
		w := must[*World](t)(Load(path, o))
		s.w = w
		s.serve()
		bot := s.client(s.bot.creds)
		// An upload that was half done goes on after a load, and its hash is right.
		s.expect(bot.segment(half, "1", jpeg("")[60:]), 200, "")
		s.expect(bot.finalize(half), 200, "")
		s.expect(bot.do("POST", "/2/tweets", posting("boats", half)), 201, "")
		sum := sha256.Sum256(jpeg(""))
		if list := w.MediaOf(w.Posts(s.botID)[0].ID); len(list) != 1 || list[0].SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("after a load: %+v", list)
		}
		if list := w.MediaOf(event); len(list) != 1 || (list[0].Alt != "") != keep {
			t.Errorf("the message's picture after a load: %+v", list)
		}
		text := string(must[[]byte](t)(os.ReadFile(path)))
		ok(t, os.WriteFile(path, []byte(strings.ReplaceAll(text, `"`+id+`": {`, `"77": {`)), 0o600))
		if _, err := Load(path, o); err == nil {
			t.Error("a world was loaded whose message has media that are not there")
		}
	}
}
