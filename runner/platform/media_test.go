package platform

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

// TestAChangedFileIsNotPosted (promise P6): before anything leaves, and between two readings.
func TestAChangedFileIsNotPosted(t *testing.T) {
	judged := jpegFile(1000)
	other := append(bytes.Clone(judged[:999]), 'x')
	for name, row := range map[string]struct {
		versions [][]byte
		code     string
		calls    []string
		sha      string
	}{
		"one byte is another": {[][]byte{other}, "x.media_changed", nil, ""},
		"it has grown":        {[][]byte{append(bytes.Clone(judged), 'x')}, "x.media_changed", nil, ""},
		"it is empty now":     {[][]byte{{}}, "x.media_changed", nil, ""},
		"it is gone":          {nil, "x.media_gone", nil, ""},
		"it was never judged": {[][]byte{judged}, "x.media_changed", nil, "none"},
		"it changes while it is sent": {[][]byte{judged, other}, "x.media_changed",
			[]string{"POST /2/media/upload/initialize", "POST /2/media/upload/500/append"}, ""},
		"it grows while it is sent": {[][]byte{judged, append(bytes.Clone(judged), 'x')}, "x.media_changed",
			[]string{"POST /2/media/upload/initialize", "POST /2/media/upload/500/append"}, ""},
		"it shrinks while it is sent": {[][]byte{judged, judged[:10]}, "x.media_changed", []string{"POST /2/media/upload/initialize"}, ""},
	} {
		in, _ := picturePost("look")
		if row.sha != "" {
			in.Media[0].SHA256 = ""
		}
		f := newFake(t, always(reply(200, `{"data":{"id":"500"}}`)))
		a := newX(t, f.URL, files(&shelf{files: map[string][][]byte{"a.jpg": row.versions}})).Do(t.Context(), claim(t, in))
		if a.Outcome != runner.Refused || a.Code != row.code || !a.RetryAt.IsZero() || !strings.Contains(a.Detail, "a.jpg") {
			t.Errorf("%s: %+v", name, a)
		}
		if got := paths(f.all()); !slices.Equal(got, row.calls) {
			t.Errorf("%s: calls %v", name, got)
		}
	}
}

// What X would not take is refused with its numbers before anything is sent.
func TestMediaThatXWouldNotTake(t *testing.T) {
	small, gif, film := jpegFile(100), gifFile(100), mp4File(100)
	rows := map[string]struct {
		in    bots.Intent
		files [][]byte
		code  string
		says  string
	}{
		"a picture that is too large": {post("a"), [][]byte{jpegFile(maxImage + 1)}, "x.media_too_large", "5242881 bytes; X takes 5242880"},
		"a GIF that is too large":     {post("a"), [][]byte{gifFile(maxGIF + 1)}, "x.media_too_large", "15728640"},
		"a text":                      {post("a"), [][]byte{[]byte("hello, this is a text")}, "x.media_type", "no JPEG"},
		"two GIFs":                    {post("a"), [][]byte{gif, gif}, "x.media_mix", "one GIF"},
		"a picture and a video":       {post("a"), [][]byte{small, film}, "x.media_mix", "one video"},
		"a video and a picture":       {post("a"), [][]byte{film, small}, "x.media_mix", "one video"},
		"a message with two pictures": {dm("a"), [][]byte{small, small}, "x.media_mix", "one with a message"},
		"a quote with a picture":      {func() bots.Intent { q := onPost(bots.Quote, "7"); q.Text = "a"; return q }(), [][]byte{small}, "x.media_mix", "only one of them"},
		"a poll with a picture": {func() bots.Intent {
			p := post("a")
			p.Poll = &bots.Poll{Options: []string{"a", "b"}, Minutes: 60}
			return p
		}(), [][]byte{small}, "x.media_mix", "only one of them"},
	}
	for name, row := range rows {
		s := &shelf{files: map[string][][]byte{}}
		for i, file := range row.files {
			path := fmt.Sprint(i)
			s.files[path] = [][]byte{file}
			row.in.Media = append(row.in.Media, named(path, "a", file))
		}
		f := newFake(t, nil)
		a := newX(t, f.URL, files(s)).Do(t.Context(), claim(t, row.in))
		if a.Outcome != runner.Refused || a.Code != row.code || !a.RetryAt.IsZero() || !strings.Contains(a.Detail, row.says) || len(f.all()) != 0 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// A post of unknown outcome is known again by its words and its media.
func TestFindAPostWithMedia(t *testing.T) {
	shown := func(text, keys string) string {
		return `{"id":"` + idAt(time.Second) + `","text":"` + text + ` https://t.co/m","entities":{"urls":[{"url":"https://t.co/m","expanded_url":"https://x.com/tidesbot/status/9/photo/1"}]},"attachments":{"media_keys":[` + keys + `]}}`
	}
	described := `"includes":{"media":[{"media_key":"3_1","type":"photo","alt_text":"Boats & <gulls>"},{"media_key":"3_2","type":"photo","alt_text":"Something else"}]}`
	for name, row := range map[string]struct {
		text, post, more string
		there, sure      bool
	}{
		"its words and its picture":                {"look", shown("look", `"3_1"`), described, true, true},
		"its words and a picture not described":    {"look", shown("look", `"3_9"`), described, true, true},
		"its words with two pictures":              {"look", shown("look", `"3_1","3_2"`), described, false, true},
		"its words with another picture":           {"look", shown("look", `"3_2"`), described, false, false},
		"its words, and X does not show the media": {"look", shown("look", ``), described, false, false},
		"other words":                       {"look", shown("see", `"3_1"`), described, false, true},
		"no words, its picture":             {"", shown("", `"3_1"`), described, true, true},
		"no words, a picture not described": {"", shown("", `"3_9"`), described, false, false},
	} {
		in, _ := picturePost(row.text)
		f := newFake(t, map[string]http.HandlerFunc{"GET /2/users/500/tweets": reply(200, `{"data":[`+row.post+`],`+row.more+`,"meta":{"result_count":1}}`)})
		got, err := newX(t, f.URL).Find(t.Context(), claim(t, in))
		if err != nil || got.There != row.there || got.Sure != row.sure {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	plain := post("look")
	f := newFake(t, map[string]http.HandlerFunc{"GET /2/users/500/tweets": reply(200, `{"data":[`+shown("look", `"3_1"`)+`],"meta":{"result_count":1}}`)})
	if got, err := newX(t, f.URL).Find(t.Context(), claim(t, plain)); err != nil || got.There || !got.Sure {
		t.Errorf("a post without media was taken for one with some: %+v, %v", got, err)
	}
	f = newFake(t, map[string]http.HandlerFunc{"GET /2/users/500/tweets": reply(200, `{"data":[{"id":"`+idAt(time.Second)+`","text":"look","attachments":{"media_keys":["3_1"]}}],"meta":{"result_count":1}}`)})
	if got, err := newX(t, f.URL).Find(t.Context(), claim(t, plain)); err != nil || got.There || got.Sure {
		t.Errorf("the same words with somebody's picture tell nothing: %+v, %v", got, err)
	}
}
