package platform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	"heed/bots"
	"heed/runner"
)

const (
	// chunkSize is what goes in one call. X takes 5 MB; a slow line must get one
	// through within the time of a call.
	chunkSize = 2 << 20
	// A wait that X asks for is held between these.
	leastCheck, mostCheck = time.Second, 30 * time.Second
)

// uploader brings one file to X.
type uploader struct {
	x    *X
	a    *account
	in   bots.Intent
	file attachment
	id   string
}

// upload sends the file, waits until X has worked on it, and describes it. nil means
// that a post may now name it.
func (u *uploader) upload(ctx context.Context) *runner.Answer {
	body := initializeBody{MediaType: u.file.kind.mime, TotalBytes: u.file.size, MediaCategory: u.file.owner + "_" + u.file.kind.name}
	e, no := u.call(ctx, "POST", "/2/media/upload/initialize", &request{body: body})
	if no != nil {
		return no
	}
	id, ok := made("id")(e.body)
	if !ok {
		return u.unreadable()
	}
	u.id = string(id)
	if no := u.send(ctx); no != nil {
		return no
	}
	if e, no = u.call(ctx, "POST", "/2/media/upload/:id/finalize", &request{path: u.path()}); no != nil {
		return no
	}
	if no := u.processed(ctx, e); no != nil {
		return no
	}
	return u.describe(ctx)
}

func (u *uploader) path() map[string]string { return map[string]string{":id": u.id} }

// send streams the file in chunks, and holds that it is still the one that was judged:
// it may change between two readings.
func (u *uploader) send(ctx context.Context) (no *runner.Answer) {
	f, err := u.x.media(u.a.bot, u.file.Path)
	if err != nil {
		return u.changed()
	}
	defer func() { _ = f.Close() }() // it was only read
	sum := sha256.New()
	buf := make([]byte, min(chunkSize, u.file.size))
	for left, segment := u.file.size, 0; left > 0; segment++ {
		part := buf[:min(left, int64(len(buf)))]
		if _, err := io.ReadFull(f, part); err != nil {
			return u.changed()
		}
		sum.Write(part)
		left -= int64(len(part))
		c, err := newChunk(u.path(), part, segment)
		if err != nil {
			return u.later("x.media_not_sent", "its upload could not be made")
		}
		if _, no := u.call(ctx, "POST", "/2/media/upload/:id/append", c); no != nil {
			return no
		}
	}
	if n, _ := f.Read(make([]byte, 1)); n > 0 || hex.EncodeToString(sum.Sum(nil)) != u.file.SHA256 {
		return u.changed()
	}
	return nil
}

func (u *uploader) changed() *runner.Answer {
	return changed(slices.IndexFunc(u.in.Media, func(m bots.Media) bool { return m == u.file.Media }), u.file.Path)
}

// processed waits until X says that it is done with the file. A picture is done at once.
func (u *uploader) processed(ctx context.Context, e *exchange) *runner.Answer {
	for waited := time.Duration(0); ; {
		p, ok := processingOf(e.body)
		switch {
		case !ok:
			return u.unreadable()
		case p.State == "" || p.State == "succeeded":
			return nil
		case p.State == "failed":
			return u.failed(p)
		case p.State != "pending" && p.State != "in_progress":
			return u.unreadable()
		}
		wait := min(max(time.Duration(min(p.CheckAfter, 3600))*time.Second, leastCheck), mostCheck)
		if waited += wait; waited > processingTime {
			return u.later("x.media_processing", fmt.Sprintf("X has not finished with it in %s", processingTime))
		}
		if err := u.x.pause(ctx, wait); err != nil {
			return u.later("x.media_processing", "X had not finished with it when the time for it ended")
		}
		var no *runner.Answer
		query := map[string]string{"command": "STATUS", "media_id": u.id}
		if e, no = u.call(ctx, "GET", "/2/media/upload", &request{query: query}); no != nil {
			return no
		}
	}
}

// describe gives the file its description, which heed asks of all media, and the
// intent's mark for sensitive ones (rule D10).
func (u *uploader) describe(ctx context.Context) *runner.Answer {
	body := metadataBody{ID: u.id}
	body.Metadata.AltText = &altText{Text: u.file.Alt}
	if u.in.Sensitive {
		body.Metadata.Sensitive = &sensitiveBody{Other: true} // an intent does not say of which kind
	}
	e, no := u.call(ctx, "POST", "/2/media/metadata", &request{body: body})
	if no != nil {
		return no
	}
	if f := factOf("", e); !f.json || len(f.said) > 0 || f.kind != "" {
		return u.unreadable()
	}
	return nil
}

// call makes one call of an upload. Its refusals say that nothing was posted.
func (u *uploader) call(ctx context.Context, method, path string, p parameters) (*exchange, *runner.Answer) {
	e := u.x.call(ctx, u.a, method, path, p)
	switch {
	case e.status == 0:
		return nil, u.later("x.media_not_sent", "its upload got no answer")
	case e.status/100 == 2 && !e.cut:
		return e, nil
	case e.status/100 != 4:
		return nil, u.later("x.media_not_sent", fmt.Sprintf("X answered %d to its upload", e.status))
	}
	return nil, u.refused(e)
}

// refused reads a 4xx as that of any write. It knows no unknown: the post itself was
// not tried. The limits it tells of are those of uploads and not of posts.
func (u *uploader) refused(e *exchange) *runner.Answer {
	now, f := u.x.now(), factOf("", e)
	if u.in.Action == bots.DM {
		f.action = bots.DM // so that X's words, which may repeat ours, are not quoted
	}
	got := u.x.refusal(runner.Answer{Status: e.status}, f, e, now)
	no := unsent(got.Code, u.says(got.Detail))
	no.Status, no.RetryAt, no.Latch, no.App = e.status, got.RetryAt, got.Latch, got.App
	switch {
	case got.Code == codeUnreadable:
		no.RetryAt = now.Add(soon)
	case e.status == 429 && !got.RetryAt.IsZero():
		_ = u.x.stop(u.a.bot, mediaLane, runner.Wait{Until: got.RetryAt, Why: "media: " + got.Detail})
	}
	return &no
}

// failed is X's refusal of the file itself.
func (u *uploader) failed(p processingBody) *runner.Answer {
	why := "X could not work with the file"
	if words := p.why(); words != "" && u.in.Action != bots.DM {
		why += ": " + words
	}
	no := unsent("x.media_failed", u.says(why))
	return &no
}

func (u *uploader) unreadable() *runner.Answer {
	return u.later("x.media_not_sent", "X's answer to its upload cannot be read")
}

// later is a refusal of what may be tried again.
func (u *uploader) later(code, why string) *runner.Answer {
	no := unsent(code, u.says(why))
	no.RetryAt = u.x.now().Add(soon)
	return &no
}

func (u *uploader) says(why string) string {
	return clip(fmt.Sprintf("%.100q was not uploaded, and nothing was posted: %s", u.file.Path, u.x.scrub.clean(why)))
}
