package platform

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/michimani/gotwi"

	"heed/bots"
	"heed/runner"
)

// shelf stands in for a bot's folder: what it holds may change between two openings.
type shelf struct {
	opened int
	files  map[string][][]byte // by path; each opening takes the next, and the last for ever
}

func (s *shelf) open(bot, path string) (io.ReadCloser, error) {
	list := s.files[path]
	if bot != "tides" || len(list) == 0 {
		return nil, fmt.Errorf("%q is not to be had in the bot's folder", path)
	}
	s.opened++
	if s.files[path] = list[1:]; len(list) == 1 {
		s.files[path] = list
	}
	return io.NopCloser(bytes.NewReader(list[0])), nil
}

// files gives the platform a bot's folder.
func files(s *shelf) func(*Options) {
	if s == nil {
		s = &shelf{}
	}
	return func(o *Options) { o.Media = s.open }
}

// ofKind is a file that begins as files of its kind do.
func ofKind(head string, size int) []byte {
	b := []byte(head)
	for len(b) < size {
		b = append(b, byte(len(b)*7))
	}
	return b
}

func jpegFile(size int) []byte { return ofKind("\xff\xd8\xff\xe0", size) }
func gifFile(size int) []byte  { return ofKind("GIF89a", size) }
func mp4File(size int) []byte  { return ofKind("\x00\x00\x00\x18ftypmp42", size) }

func named(path, alt string, content []byte) bots.Media {
	sum := sha256.Sum256(content)
	return bots.Media{Path: path, Alt: alt, SHA256: hex.EncodeToString(sum[:])}
}

// picturePost is a post with one picture, and the folder it lies in.
func picturePost(text string) (bots.Intent, *shelf) {
	in, file := post(text), jpegFile(1000)
	in.Media = []bots.Media{named("a.jpg", "Boats & <gulls>", file)}
	return in, &shelf{files: map[string][][]byte{"a.jpg": {file}}}
}

// working is a finalize of a file that X is still at.
func working(state string) http.HandlerFunc {
	return reply(200, `{"data":{"id":"500","processing_info":{"state":`+state+`,"check_after_secs":7}}}`)
}

// waits makes a platform's pauses pass at once, and notes them.
func waits(x *X) *[]time.Duration {
	var list []time.Duration
	x.pause = func(ctx context.Context, d time.Duration) error { list = append(list, d); return ctx.Err() }
	return &list
}

// segments puts an upload together again, as X does.
func segments(t *testing.T, calls []seen) (file []byte, n int) {
	t.Helper()
	for _, c := range calls {
		if !strings.HasSuffix(c.path, "/append") {
			continue
		}
		_, p, err := mime.ParseMediaType(c.contentType)
		if err != nil {
			t.Fatalf("%s: %v", c.contentType, err)
		}
		// The server of these tests trims a body's white space; a form ends with some.
		form, err := multipart.NewReader(strings.NewReader(c.body+"\r\n"), p["boundary"]).ReadForm(8 << 20)
		if err != nil {
			t.Fatal(err)
		}
		if got := form.Value["segment_index"]; len(got) != 1 || got[0] != fmt.Sprint(n) {
			t.Errorf("segment %v, want %d", got, n)
		}
		f, err := form.File["media"][0].Open()
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(f)
		if err != nil || len(part) > chunkSize {
			t.Fatalf("%d bytes in one call: %v", len(part), err)
		}
		file = append(file, part...)
		n++
	}
	return file, n
}

func paths(calls []seen) (all []string) {
	for _, c := range calls {
		all = append(all, c.method+" "+c.path)
	}
	return all
}

// What goes over the wire for each kind of file, byte for byte.
func TestMediaOnTheWire(t *testing.T) {
	alone := func(name string, file []byte) (bots.Intent, *shelf) {
		in := post("look")
		in.Media = []bots.Media{named(name, "Boats", file)}
		return in, &shelf{files: map[string][][]byte{name: {file}}}
	}
	for name, row := range map[string]struct {
		file     []byte
		kind     string
		category string
		dm       bool
		segments int
	}{
		"a picture":           {jpegFile(1000), "image/jpeg", "tweet_image", false, 1},
		"a PNG":               {ofKind("\x89PNG\r\n\x1a\n", 500), "image/png", "tweet_image", false, 1},
		"a large picture":     {jpegFile(maxImage), "image/jpeg", "tweet_image", false, 3},
		"a GIF":               {gifFile(chunkSize), "image/gif", "tweet_gif", false, 1},
		"a video":             {mp4File(3*chunkSize + 1), "video/mp4", "tweet_video", false, 4},
		"a message's picture": {jpegFile(1000), "image/jpeg", "dm_image", true, 1},
		"a message's GIF":     {gifFile(1000), "image/gif", "dm_gif", true, 1},
		"a message's video":   {mp4File(1000), "video/mp4", "dm_video", true, 1},
	} {
		in, s := alone("f", row.file)
		if row.dm {
			media := in.Media
			in = dm("look")
			in.Media = media
		}
		f := newFake(t, always(reply(200, `{"data":{"id":"500","dm_event_id":"88"}}`)))
		a := newX(t, f.URL, files(s)).Do(t.Context(), claim(t, in))
		calls := f.all()
		if a.Outcome != runner.Landed {
			t.Fatalf("%s: %+v", name, a)
		}
		want := fmt.Sprintf(`{"media_type":%q,"total_bytes":%d,"media_category":%q}`, row.kind, len(row.file), row.category)
		if calls[0].path != "/2/media/upload/initialize" || calls[0].body != want {
			t.Errorf("%s: began with %s %s", name, calls[0].path, calls[0].body)
		}
		sent, n := segments(t, calls)
		if !bytes.Equal(sent, row.file) || n != row.segments {
			t.Errorf("%s: %d bytes in %d segments, want %d in %d", name, len(sent), n, len(row.file), row.segments)
		}
		rest := calls[1+n:]
		if rest[0].path != "/2/media/upload/500/finalize" || rest[0].body != "" || rest[0].contentType != "" {
			t.Errorf("%s: finalized by %+v", name, rest[0])
		}
		if rest[1].path != "/2/media/metadata" || rest[1].body != `{"id":"500","metadata":{"alt_text":{"text":"Boats"}}}` {
			t.Errorf("%s: described by %+v", name, rest[1])
		}
		body := map[bool]string{false: `{"text":"look","media":{"media_ids":["500"]}}`, true: `{"text":"look","attachments":[{"media_id":"500"}]}`}[row.dm]
		if len(rest) != 3 || rest[2].body != body {
			t.Errorf("%s: sent %+v", name, rest[2:])
		}
	}
}

// An OAuth 2.0 account uploads by the same calls: nothing of them rests on the signature.
func TestMediaWithABearerToken(t *testing.T) {
	in, s := picturePost("look")
	var mu sync.Mutex
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Header.Get("Authorization")+" "+r.URL.Path+" "+strings.SplitN(r.Header.Get("Content-Type"), ";", 2)[0])
		_, _ = io.Copy(io.Discard, r.Body)
		reply(200, `{"data":{"id":"500"}}`)(w, r)
	}))
	t.Cleanup(srv.Close)
	x := newX(t, srv.URL, files(s))
	base, err := baseURL(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	client, err := gotwi.NewClientWithAccessToken(&gotwi.NewClientWithAccessTokenInput{AccessToken: "abc",
		HTTPClient: &http.Client{Transport: newWire(base, "heed", tcp)}})
	if err != nil {
		t.Fatal(err)
	}
	x.accounts["tides"].send = func(ctx context.Context, method, path string, p parameters) error {
		return client.CallAPI(ctx, signedBase+path, method, p, &ignored{})
	}
	if a := x.Do(t.Context(), claim(t, in)); a.Outcome != runner.Landed {
		t.Fatalf("%+v", a)
	}
	want := []string{"Bearer abc /2/media/upload/initialize application/json", "Bearer abc /2/media/upload/500/append multipart/form-data",
		"Bearer abc /2/media/upload/500/finalize ", "Bearer abc /2/media/metadata application/json", "Bearer abc /2/tweets application/json"}
	if !slices.Equal(got, want) {
		t.Errorf("calls\n%s", strings.Join(got, "\n"))
	}
}

// Four pictures keep their order, and each its own description; a post may be nothing else.
func TestSeveralPictures(t *testing.T) {
	in, s := post(""), &shelf{files: map[string][][]byte{}}
	for i := range 4 {
		file := jpegFile(100 + i)
		name := fmt.Sprintf("%d.jpg", i)
		in.Media = append(in.Media, named(name, "Picture "+name, file))
		s.files[name] = [][]byte{file}
	}
	in.Sensitive = true
	ids := inTurn(reply(200, `{"data":{"id":"501"}}`), reply(200, `{"data":{"id":"502"}}`), reply(200, `{"data":{"id":"503"}}`), reply(200, `{"data":{"id":"504"}}`))
	f := newFake(t, map[string]http.HandlerFunc{"POST /2/media/upload/initialize": ids, "*": reply(200, `{"data":{"id":"501"}}`)})
	if a := newX(t, f.URL, files(s)).Do(t.Context(), claim(t, in)); a.Outcome != runner.Landed {
		t.Fatalf("%+v", a)
	}
	calls := f.all()
	if last := calls[len(calls)-1]; last.body != `{"media":{"media_ids":["501","502","503","504"]}}` {
		t.Errorf("sent %s", last.body)
	}
	for i := range 4 {
		want := fmt.Sprintf(`{"id":"50%d","metadata":{"alt_text":{"text":"Picture %d.jpg"},"sensitive_media_warning":{"other":true}}}`, i+1, i)
		if !slices.ContainsFunc(calls, func(c seen) bool { return c.body == want }) {
			t.Errorf("nobody sent %s", want)
		}
	}
}
