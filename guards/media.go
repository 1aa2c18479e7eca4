package guards

import (
	"fmt"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "media",
		Says:    "media and polls are such as X takes: four pictures, or one GIF, or one clip, none too large, and no poll beside them",
		Clauses: []string{"A13"},
		Actions: writing,
	}, func() Guard { return &media{} })
}

type media struct{}

const megabyte = 1 << 20

// fileKinds are the files that X takes, with the most bytes of each.
var fileKinds = map[string]struct {
	what string
	most int64
	sole bool // stands alone in a post
}{
	"image/png":  {"picture", 5 * megabyte, false},
	"image/jpeg": {"picture", 5 * megabyte, false},
	"image/webp": {"picture", 5 * megabyte, false},
	"image/gif":  {"GIF", 15 * megabyte, true},
	"video/mp4":  {"clip", 512 * megabyte, true},
}

const (
	maxPictures     = 4 // of a post
	maxMessageMedia = 1 // of a direct message
)

func (g *media) Check() []string { return nil }

func (g *media) Needs(in bots.Intent) Needs { return Needs{Pictures: len(in.Media) > 0} }

func (g *media) Judge(in bots.Intent, f Facts) Finding {
	if found := pollFits(&in); found.Effect != Allow || len(in.Media) == 0 {
		return found
	}
	most := maxPictures
	if in.Action == bots.DM {
		most = maxMessageMedia
	}
	if n := len(in.Media); n > most {
		return Denied("media.too_many", fmt.Sprintf("%d files, and X takes %d in a %s", n, most, in.Action), "leave some out").With("files", n).With("most", most)
	}
	if !f.picturesOf(&in) { // promise P9: what was not looked at may be anything
		return Held("media.unread", fmt.Sprintf("%d files, of which %d were looked at as they now are", len(in.Media), len(f.Pictures)),
			"send the intent again under a new key; a person may approve it").With("files", len(in.Media)).With("read", len(f.Pictures))
	}
	for i, p := range f.Pictures {
		kind, known := fileKinds[p.Type]
		switch {
		case !known:
			return Denied("media.type", fmt.Sprintf("file %d is nothing that X takes", i+1), "X takes png, jpeg, webp, gif, mp4").With("file", i+1)
		case p.Bytes <= 0:
			return Denied("media.empty", fmt.Sprintf("file %d has no bytes", i+1), "attach a whole file").With("file", i+1)
		case p.Bytes > kind.most:
			return Denied("media.too_large", fmt.Sprintf("file %d, a %s, has %d bytes, and X takes %d", i+1, kind.what, p.Bytes, kind.most),
				"make it smaller").With("file", i+1).With("bytes", p.Bytes).With("most", kind.most)
		case kind.sole && len(f.Pictures) > 1:
			return Denied("media.mixed", fmt.Sprintf("file %d is a %s, and stands beside %d others", i+1, kind.what, len(f.Pictures)-1),
				"a GIF or a clip is the only file of its post").With("file", i+1).With("files", len(f.Pictures))
		}
	}
	return Pass()
}

// pollFits says whether the poll, if any, stands where X takes one.
func pollFits(in *bots.Intent) Finding {
	switch {
	case in.Poll == nil:
		return Pass()
	case in.Action == bots.DM, in.Action == bots.Quote:
		return Denied("media.poll_misplaced", fmt.Sprintf("a %s has a poll, and X takes none there", in.Action), "put the poll in a post")
	case len(in.Media) > 0:
		return Denied("media.poll_and_media", fmt.Sprintf("a poll and %d files, and X takes one or the other", len(in.Media)),
			"leave the poll or the files out").With("files", len(in.Media))
	}
	return Pass()
}

// picturesOf says whether the facts tell of every file of the intent, as it was when
// the intent was taken in.
func (f *Facts) picturesOf(in *bots.Intent) bool {
	if len(f.Pictures) != len(in.Media) {
		return false
	}
	for i, m := range in.Media {
		if m.SHA256 != "" && m.SHA256 != f.Pictures[i].SHA256 {
			return false
		}
	}
	return true
}
