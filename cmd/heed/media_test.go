package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"heed/runner/sandbox"
)

// hills draws another picture than scene, as a JPEG.
func hills(t *testing.T) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 600, 400))
	for y := range 400 {
		for x := range 600 {
			c := color.RGBA{150, 200, 250, 255}
			switch {
			case y > 260+(x-150)*(x-150)/300:
				c = color.RGBA{20, 90, 30, 255}
			case y > 180+(x-420)*(x-420)/200:
				c = color.RGBA{70, 60, 50, 255}
			case x > 500 && y < 90:
				c = color.RGBA{255, 250, 210, 255}
			}
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// pennant draws a GIF of two frames.
func pennant(t *testing.T) string {
	t.Helper()
	var g gif.GIF
	for frame := range 2 {
		m := image.NewPaletted(image.Rect(0, 0, 120, 80), color.Palette{color.Black, color.White, color.RGBA{200, 0, 0, 255}})
		for y := range 80 {
			for x := range 120 {
				m.SetColorIndex(x, y, uint8((x/30+y/20+frame)%3))
			}
		}
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// withFiles fills a bot's folder.
func withFiles(t *testing.T, dir, bot string, files map[string]string) {
	t.Helper()
	folder := filepath.Join(dir, "state", "bots", bot)
	for name, content := range files {
		write(t, filepath.Join(folder, name), content, 0o600)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
}

func pictured(key, text, path, alt string, hold bool) string {
	return fmt.Sprintf(`{"action":"post","key":%q,"text":%q,"hold":%v,"media":[{"path":%q,"alt":%q}]}`, key, text, hold, path, alt)
}

// TestP6AFileIsPostedAsItWasJudged: a picture goes up with its description, the same one
// does not go twice, and one that was changed after it was approved does not go at all.
func TestP6AFileIsPostedAsItWasJudged(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	harbour := scene(t, 90)
	withFiles(t, dir, "one", map[string]string{"harbour.jpg": harbour, "copy.jpg": harbour, "hills.jpg": hills(t)})
	write(t, filepath.Join(dir, "one.sh"), oneShot(
		pictured("held", "The hills above the town, at noon.", "hills.jpg", "Two hills under a clear sky", true),
		pictured("first", "The harbour this morning.", "harbour.jpg", "The harbour, with boats", false),
		pictured("again", "Boats, boats, boats!", "copy.jpg", "Many boats", false)), 0o755)
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +verdict +HELD +post held`, `one +outcome +DONE +post first`, `one +verdict +DENIED +post again .*duplicate\.`)

	bot, err := x.User("one")
	if err != nil {
		t.Fatal(err)
	}
	posts := x.Posts(bot.ID)
	if len(posts) != 1 || !strings.HasPrefix(posts[0].Text, "The harbour this morning. https://t.co/") {
		t.Fatalf("posts %+v", posts)
	}
	sum := sha256.Sum256([]byte(harbour))
	media := x.MediaOf(posts[0].ID)
	if len(media) != 1 || media[0].Alt != "The harbour, with boats" || media[0].Type != "image/jpeg" || media[0].Size != int64(len(harbour)) ||
		media[0].SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("X has %+v", media)
	}

	write(t, filepath.Join(dir, "state", "bots", "one", "hills.jpg"), hills(t)+"\n", 0o600)
	if out, code := heed(t, dir, "", "approve", "held"); code != exitOK {
		t.Fatalf("approve: exit %d: %s", code, out)
	}
	p.until(30*time.Second, `one +outcome +FAILED +post held .*x\.media_changed`)
	if n, up := len(x.Posts(bot.ID)), len(x.Uploads(bot.ID)); n != 1 || up != 1 {
		t.Errorf("%d posts and %d uploads, of a file that was changed after it was judged", n, up)
	}
	p.end(syscall.SIGTERM, 30*time.Second)
}

// TestAPictureIsPostedOnceWhateverBreaks (promise P4): what fails before the post is
// tried again, and a post whose answer is lost is found by its words and its picture.
func TestAPictureIsPostedOnceWhateverBreaks(t *testing.T) {
	x := newStage(t, sandbox.Options{})
	dir := t.TempDir()
	env := x.settings(t, dir, "", "one")
	withFiles(t, dir, "one", map[string]string{"harbour.jpg": scene(t, 90), "flag.gif": pennant(t), "hills.jpg": hills(t)})
	lost := func(method, route, preset string) {
		t.Helper()
		f, err := sandbox.Preset(preset)
		if err != nil {
			t.Fatal(err)
		}
		f.Method, f.Route, f.Count = method, route, 1
		if err := x.AddFault(f); err != nil {
			t.Fatal(err)
		}
	}
	lost("POST", "/2/tweets", "drop_after")
	lost("POST", "/2/media/upload/:id/finalize", "fail_media")
	write(t, filepath.Join(dir, "one.sh"), oneShot(
		pictured("bad", "The flag over the pier.", "flag.gif", "A flag", false),
		pictured("lost", "The harbour this morning.", "harbour.jpg", "The harbour, with boats", false)), 0o755)
	p := start(t, dir, env, "run")
	p.until(60*time.Second, `one +outcome +FAILED +post bad .*x\.media_failed.*could not be processed`, `one +outcome +UNKNOWN +post lost`)
	p.until(60*time.Second, `one +outcome +DONE +post lost`)
	bot, err := x.User("one")
	if err != nil {
		t.Fatal(err)
	}
	if posts := x.Posts(bot.ID); len(posts) != 1 || len(posts[0].Media) != 1 {
		t.Errorf("posts %+v", posts)
	}
	p.end(syscall.SIGTERM, 30*time.Second)
	if v := x.Violations(); len(v) != 0 {
		t.Errorf("the judge found %+v", v)
	}
}
