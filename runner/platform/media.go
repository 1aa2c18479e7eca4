package platform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"heed/bots"
	"heed/guards/picture"
	"heed/runner"
)

const (
	maxImage = 5 << 20   // bytes that X takes of a picture
	maxGIF   = 15 << 20  // of a GIF
	maxVideo = 512 << 20 // of a video

	// mediaTime bounds all of an intent's uploads together, so that what calls Do has
	// time left for the post itself.
	mediaTime = 4 * time.Minute
	// mediaTimeContact is the same for what may reach a person: they may opt out
	// meanwhile, and what was begun is not called back (promise P3).
	mediaTimeContact = 30 * time.Second
	// processingTime is how long X may work on one file.
	processingTime = 3 * time.Minute
	// mediaLane names X's limit on uploads, which is none of the post's.
	mediaLane = "media"
)

// attachment is one file of an intent on its way to X.
type attachment struct {
	bots.Media
	kind  mediaKind
	size  int64
	owner string // category prefix: "tweet" or "dm"
}

// mediaKind is what X tells apart.
type mediaKind struct {
	mime  string
	name  string // the category's second half
	bound int64
	alone bool // a post has one of it and nothing else
}

var mediaKinds = map[string]mediaKind{
	"image/jpeg": {"image/jpeg", "image", maxImage, false},
	"image/png":  {"image/png", "image", maxImage, false},
	"image/webp": {"image/webp", "image", maxImage, false},
	"image/gif":  {"image/gif", "gif", maxGIF, true},
	"video/mp4":  {"video/mp4", "video", maxVideo, true},
}

// attach uploads an intent's files and gives their ids at X. A refusal means that
// nothing was posted: an upload that no post names shows nowhere, and X drops it after a
// day, so that all of this may be done again.
func (x *X) attach(ctx context.Context, a *account, in bots.Intent) (ids []string, no *runner.Answer) {
	if w, ok := x.waiting(a, mediaLane); ok {
		no := unsent("x.rate_limited", w.Why)
		no.RetryAt = w.Until
		return nil, &no
	}
	most := mediaTime
	if in.Action != bots.Post || strings.ContainsAny(in.Text, "@＠") {
		most = mediaTimeContact
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	files, no := x.examine(ctx, a, in)
	if no != nil {
		return nil, no
	}
	for _, f := range files {
		u := uploader{x: x, a: a, in: in, file: f}
		if no := u.upload(ctx); no != nil {
			return nil, no
		}
		ids = append(ids, u.id)
	}
	return ids, nil
}

// examine reads every file before any of it leaves: each must still be what was judged
// (promise P6), and together they must be what one post can have.
func (x *X) examine(ctx context.Context, a *account, in bots.Intent) (files []attachment, no *runner.Answer) {
	refuse := func(code, form string, args ...any) *runner.Answer {
		no := unsent(code, clip(fmt.Sprintf(form, args...)))
		return &no
	}
	for i, m := range in.Media {
		head, size, sum, err := x.readMedia(ctx, a.bot, m.Path)
		if err != nil && ctx.Err() != nil {
			no := refuse("x.media_time", "media[%d]: %.100q could not be read in time; nothing was posted", i, m.Path)
			no.RetryAt = x.now().Add(soon)
			return nil, no
		}
		if err != nil {
			return nil, refuse("x.media_gone", "media[%d]: nothing was posted: %v", i, err)
		}
		if sum != m.SHA256 {
			return nil, changed(i, m.Path)
		}
		f := attachment{Media: m, size: size, owner: "tweet"}
		if in.Action == bots.DM {
			f.owner = "dm"
		}
		info, _ := picture.Look(head) // too few bytes for more than the kind
		var known bool
		if f.kind, known = mediaKinds[info.Type]; !known {
			return nil, refuse("x.media_type", "media[%d]: %.100q is no JPEG, PNG, WebP, GIF or MP4; X takes nothing else from heed", i, m.Path)
		}
		if size > f.kind.bound {
			return nil, refuse("x.media_too_large", "media[%d]: %.100q has %d bytes; X takes %d of a %s", i, m.Path, size, f.kind.bound, f.kind.name)
		}
		if f.kind.alone && len(in.Media) > 1 {
			return nil, refuse("x.media_mix", "media: %d files with a %s among them; a post has up to 4 pictures, or one GIF, or one video", len(in.Media), f.kind.name)
		}
		files = append(files, f)
	}
	return files, nil
}

func changed(i int, path string) *runner.Answer {
	no := unsent("x.media_changed", fmt.Sprintf(
		"media[%d]: the file is not what was judged: %.100q was changed since; nothing was posted; send it in a new intent", i, path))
	return &no
}

// clip bounds a detail of our own words and a file's name: the scrubber would take a
// long name for a credential.
func clip(s string) string {
	if r := []rune(s); len(r) > mostDetail {
		return string(r[:mostDetail-1]) + "…"
	}
	return s
}

// readMedia reads a whole file, a little at a time: its first bytes, its size and hash.
func (x *X) readMedia(ctx context.Context, bot, path string) (head []byte, size int64, sum string, err error) {
	f, err := x.media(bot, path)
	if err != nil {
		return nil, 0, "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	rest := io.TeeReader(io.LimitReader(patient{ctx, f}, maxVideo+1), h)
	head = make([]byte, kindBytes)
	n, err := io.ReadFull(rest, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, 0, "", fmt.Errorf("%q: %w", path, err)
	}
	more, err := io.Copy(io.Discard, rest)
	if err != nil {
		return nil, 0, "", fmt.Errorf("%q: %w", path, err)
	}
	return head[:n], int64(n) + more, hex.EncodeToString(h.Sum(nil)), nil
}

// kindBytes tell a file's kind, and are too few for a decoder to begin.
const kindBytes = 12

// patient is a reader that ends with its context.
type patient struct {
	ctx context.Context
	io.Reader
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.Reader.Read(b)
}

// unattachable says what of an intent's media X could not carry, whatever the files are.
func (x *X) unattachable(in bots.Intent) (runner.Answer, bool) {
	switch {
	case len(in.Media) == 0:
		return runner.Answer{}, false
	case x.media == nil:
		return unsent("x.media_unsupported", "no files can be read here, and a post never goes out without its media"), true
	case in.Action == bots.Quote || in.Poll != nil:
		return unsent("x.media_mix", "X takes media, a poll or a quoted post, and only one of them"), true
	case in.Action == bots.DM && len(in.Media) > 1:
		return unsent("x.media_mix", fmt.Sprintf("%d media; X takes one with a message", len(in.Media))), true
	}
	return runner.Answer{}, false
}

// pause waits for d, or for the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sameMedia says how surely the media of a post are those of an intent: as many, with
// the same descriptions as far as X shows them. Pictures themselves are not compared:
// X encodes them anew.
func sameMedia(in bots.Intent, keys []string, alts map[string]string) likeness {
	switch {
	case len(keys) == 0:
		return nearly // X does not show its media here
	case len(keys) != len(in.Media):
		return other
	}
	for i, key := range keys {
		alt, shown := alts[key]
		switch {
		case !shown && strings.TrimSpace(in.Text) == "":
			return nearly // nothing tells it from another picture
		case shown && plainText(alt, bots.Post) != plainText(in.Media[i].Alt, bots.Post):
			return nearly
		}
	}
	return same
}
