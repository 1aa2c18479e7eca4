package sandbox

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

// segment sends one part of a file as the form that X wants.
func (c *client) segment(id, index string, part []byte) got {
	c.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	ok(c.T, w.WriteField("segment_index", index))
	f, err := w.CreateFormFile("media", "media")
	ok(c.T, err)
	_, err = f.Write(part)
	ok(c.T, err)
	ok(c.T, w.Close())
	r, err := http.NewRequestWithContext(c.Context(), "POST", "https://api.twitter.com/2/media/upload/"+id+"/append", &b)
	ok(c.T, err)
	r.Header.Set("Content-Type", w.FormDataContentType())
	res, err := c.http.Do(r)
	ok(c.T, err)
	return must[got](c.T)(readAnswer(res))
}

func (c *client) begin(kind, category string, size int) got {
	c.Helper()
	return c.do("POST", "/2/media/upload/initialize", fmt.Sprintf(`{"media_type":%q,"media_category":%q,"total_bytes":%d}`, kind, category, size))
}

func (c *client) finalize(id string) got {
	c.Helper()
	return c.do("POST", "/2/media/upload/"+id+"/finalize", "")
}

func (c *client) describe(id, alt string) got {
	c.Helper()
	return c.do("POST", "/2/media/metadata", fmt.Sprintf(`{"id":%q,"metadata":{"alt_text":{"text":%q}}}`, id, alt))
}

// put uploads a whole file in two parts.
func (c *client) put(kind, category string, file []byte) string {
	c.Helper()
	id := c.begin(kind, category, len(file)).str("data", "id")
	half := len(file) / 2
	for i, part := range [][]byte{file[:half], file[half:]} {
		if g := c.segment(id, fmt.Sprint(i), part); g.status != 200 || g.at("data", "expires_at") == nil {
			c.Fatalf("segment %d: %d %s", i, g.status, g.raw)
		}
	}
	if g := c.finalize(id); g.status != 200 || g.str("data", "id") != id {
		c.Fatalf("finalize: %d %s", g.status, g.raw)
	}
	return id
}

func file(head, tail string) []byte { return []byte(head + strings.Repeat("\x01", 100) + tail) }

func jpeg(tail string) []byte { return file("\xff\xd8\xff\xe0", tail) }
func gif(tail string) []byte  { return file("GIF89a", tail) }
func mp4(tail string) []byte  { return file("\x00\x00\x00\x18ftypmp42", tail) }

func posting(text string, ids ...string) string {
	return fmt.Sprintf(`{"text":%q,"media":{"media_ids":["%s"]}}`, text, strings.Join(ids, `","`))
}

func TestUploadsThatXRefuses(t *testing.T) {
	s := setup(t, Options{})
	other := s.anotherBot("second")
	for why, body := range map[string]string{
		"no type":                     `{"media_category":"tweet_image","total_bytes":5}`,
		"a type that X does not know": `{"media_type":"image/svg","media_category":"tweet_image","total_bytes":5}`,
		"a video as a picture":        `{"media_type":"video/mp4","media_category":"tweet_image","total_bytes":5}`,
		"a picture as a GIF":          `{"media_type":"image/png","media_category":"tweet_gif","total_bytes":5}`,
		"an unknown category":         `{"media_type":"image/png","media_category":"TweetImage","total_bytes":5}`,
		"a picture beyond 5 MB":       `{"media_type":"image/png","media_category":"tweet_image","total_bytes":5242881}`,
		"a GIF beyond 15 MB":          `{"media_type":"image/gif","media_category":"dm_gif","total_bytes":15728641}`,
		"a video beyond 512 MB":       `{"media_type":"video/mp4","media_category":"tweet_video","total_bytes":536870913}`,
		"nothing":                     `{"media_type":"image/png","media_category":"tweet_image","total_bytes":0}`,
		"a size in words":             `{"media_type":"image/png","media_category":"tweet_image","total_bytes":"5"}`,
		"an unknown member":           `{"media_type":"image/png","media_category":"tweet_image","total_bytes":5,"alt":"x"}`,
	} {
		if g := s.bot.do("POST", "/2/media/upload/initialize", body); g.status != 400 {
			t.Errorf("%s: %d %s", why, g.status, g.raw)
		}
	}
	id := s.bot.begin("image/jpeg", "tweet_image", 104).str("data", "id")
	s.expect(s.bot.segment(id, "1", []byte("x")), 400, "expected 0")
	s.expect(s.bot.segment(id, "x", []byte("x")), 400, "segment_index")
	s.expect(s.bot.segment(id, "0", nil), 400, "1 to")
	s.expect(s.bot.segment(id, "0", make([]byte, 105)), 400, "do not add up")
	s.expect(s.bot.do("POST", "/2/media/upload/"+id+"/append", `{"media":"AA==","segment_index":0}`), 400, "multipart")
	s.expect(other.segment(id, "0", []byte("x")), 400, "Could not find media")
	s.expect(s.bot.segment("5", "0", []byte("x")), 400, "Could not find media")
	s.expect(s.bot.segment(id, "0", jpeg("")[:50]), 200, "")
	s.expect(s.bot.segment(id, "0", jpeg("")[50:]), 400, "expected 1")
	s.expect(s.bot.finalize(id), 400, "50 of 104 bytes")
	s.expect(s.bot.describe(id, "x"), 400, "not finalized")
	s.expect(s.bot.do("GET", "/2/media/upload?command=STATUS&media_id="+id, ""), 400, "not finalized")
	s.expect(s.bot.do("POST", "/2/tweets", posting("a", id)), 400, msgMedia)
	s.expect(s.bot.segment(id, "1", jpeg("")[50:]), 200, "")
	s.expect(other.finalize(id), 400, "Could not find media")
	s.expect(s.bot.finalize(id), 200, id)
	s.expect(s.bot.finalize(id), 400, "finalized already")
	s.expect(s.bot.segment(id, "2", []byte("x")), 400, "finalized already")
	s.expect(other.describe(id, "x"), 400, "Could not find media")
	s.expect(s.bot.describe(id, strings.Repeat("é", 1001)), 400, "1000 characters")
	s.expect(s.bot.do("POST", "/2/media/metadata", `{"id":"`+id+`","metadata":{"alt_text":{}}}`), 400, "$.metadata.alt_text.text")
	s.expect(s.bot.do("POST", "/2/media/metadata", `{"id":"`+id+`","metadata":{"geo_restrictions":{}}}`), 501, "not simulated")
	s.expect(s.bot.describe(id, strings.Repeat("é", 1000)), 200, "")
	if big := s.bot.segment(id, "0", make([]byte, maxSegment+9000)); big.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a segment beyond 5 MB: %d", big.status)
	}
}

func TestUploadsNeedTheirScope(t *testing.T) {
	s := setup(t, Options{})
	for _, c := range []struct {
		scopes []string
		status int
	}{{[]string{"tweet.read", "tweet.write", "users.read"}, 403}, {[]string{"media.write"}, 200}} {
		token := must[string](t)(s.w.AddOAuth2Token(s.app.ID, "deskbot", c.scopes, time.Hour))
		r := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), "POST", s.url+"/2/media/upload/initialize",
			strings.NewReader(`{"media_type":"image/png","media_category":"tweet_image","total_bytes":5}`)))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		g := must[got](t)(readAnswer(must[*http.Response](t)(http.DefaultClient.Do(r))))
		s.expect(g, c.status, "")
	}
}
