package sandbox

import (
	"cmp"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Media is one uploaded file. Its bytes are not kept, only what is told of them.
type Media struct {
	ID        string    `json:"id"`
	Key       string    `json:"media_key"`
	OwnerID   string    `json:"owner_id"`
	Also      []string  `json:"additional_owners,omitempty"`
	Type      string    `json:"media_type"`
	Category  string    `json:"media_category"`
	Size      int64     `json:"size"` // as declared
	Expires   time.Time `json:"expires"`
	Alt       string    `json:"alt,omitempty"`
	Sensitive bool      `json:"sensitive,omitempty"`
	SHA256    string    `json:"sha256,omitempty"` // once it is finalized
	Used      bool      `json:"used,omitempty"`   // a post or message has it

	Received int64     `json:"received"`
	Segments int       `json:"segments"`
	Sum      []byte    `json:"sum,omitempty"`  // the hash so far
	Head     []byte    `json:"head,omitempty"` // its first bytes, until it is finalized
	Done     time.Time `json:"done,omitzero"`  // when it was finalized
	Broken   string    `json:"broken,omitempty"`
}

const (
	mediaLife  = 24 * time.Hour
	maxSegment = 5 << 20 // bytes of one append
	headBytes  = 16
	// A GIF or video is pending for this long, and then in progress as long again.
	mediaPace = time.Second
	msgMedia  = "Your media IDs are invalid."
)

// category is what X knows of one use of media.
type category struct {
	types []string
	key   string // what its media keys begin with
	most  int64
	slow  bool // X works on it after the upload
	kind  string
	dm    bool
}

var (
	stills = []string{"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/pjpeg", "image/tiff"}
	films  = []string{"video/mp4", "video/webm", "video/mp2t", "video/quicktime"}

	categories = map[string]category{
		"tweet_image": {stills, "3", 5 << 20, false, "photo", false},
		"tweet_gif":   {[]string{"image/gif"}, "16", 15 << 20, true, "animated_gif", false},
		"tweet_video": {films, "7", 512 << 20, true, "video", false},
		"dm_image":    {stills, "3", 5 << 20, false, "photo", true},
		"dm_gif":      {[]string{"image/gif"}, "16", 15 << 20, true, "animated_gif", true},
		"dm_video":    {films, "7", 512 << 20, true, "video", true},
	}
	// mediaTypes and mediaUses are X's, of which some are not simulated.
	mediaTypes = slices.Concat(stills, films, []string{"text/srt", "text/vtt", "model/gltf-binary", "model/vnd.usdz+zip"})
	mediaUses  = []string{"amplify_video", "tweet_gif", "tweet_image", "tweet_video", "dm_gif", "dm_image", "dm_video", "subtitles"}
)

func (m *Media) owned(user string) bool { return m.OwnerID == user || slices.Contains(m.Also, user) }

// add takes the next bytes of the file.
func (m *Media) add(part []byte) error {
	h := sha256.New()
	if m.Sum != nil {
		if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(m.Sum); err != nil {
			return err
		}
	}
	h.Write(part)
	sum, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return err
	}
	m.Sum = sum
	m.Received += int64(len(part))
	m.Segments++
	m.Head = append(m.Head, part[:min(len(part), headBytes-len(m.Head))]...)
	return nil
}

// finish ends the upload. A file that is not what it was declared to be cannot be
// worked on.
func (m *Media) finish(now time.Time) error {
	h := sha256.New()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(m.Sum); err != nil {
		return err
	}
	m.SHA256 = hex.EncodeToString(h.Sum(nil))
	if !fitsType(m.Head, m.Type) {
		m.Broken = "The media is not of the type that was declared."
	}
	m.Done, m.Sum, m.Head = now.UTC(), nil, nil
	return nil
}

// fitsType says whether a file may be of a type, by its first bytes. Types that have no
// sign at their beginning are believed.
func fitsType(head []byte, mime string) bool {
	switch mime {
	case "image/jpeg", "image/pjpeg":
		return http.DetectContentType(head) == "image/jpeg"
	case "image/png", "image/gif", "image/webp", "image/bmp":
		return http.DetectContentType(head) == mime
	case "video/mp4":
		return len(head) > 8 && string(head[4:8]) == "ftyp"
	}
	return true
}

// state is how far X is with a file at now, and how much of it is done in percent.
func (m *Media) state(now time.Time) (state string, percent int) {
	over := now.Sub(m.Done)
	switch slow := categories[m.Category].slow; {
	case slow && over < mediaPace:
		return "pending", 0
	case slow && over < 2*mediaPace:
		return "in_progress", 50
	case m.Broken != "":
		return "failed", 0
	}
	return "succeeded", 100
}

// ready says whether a post or message may have the file at now.
func (m *Media) ready(now time.Time) bool {
	if m.Done.IsZero() || !now.Before(m.Expires) {
		return false
	}
	state, _ := m.state(now)
	return state == "succeeded"
}

// pick finds the media that a post or message names, and holds what X asks of them.
func (w *World) pickMedia(u *User, ids []string, dm bool, now time.Time) ([]*Media, *refusal) {
	var all []*Media
	for i, id := range ids {
		m := w.st.Media[id]
		if m == nil || !m.owned(u.ID) || !m.ready(now) || categories[m.Category].dm != dm || slices.Contains(ids[:i], id) {
			return nil, invalid("media.media_ids", id, msgMedia)
		}
		all = append(all, m)
	}
	if len(all) > 1 && (dm || slices.ContainsFunc(all, func(m *Media) bool { return categories[m.Category].kind != "photo" })) {
		return nil, invalid("media.media_ids", strings.Join(ids, ","), "Media must be up to 4 photos, or 1 animated GIF, or 1 video.")
	}
	return all, nil
}

// use marks media as those of a post or message, and gives their ids and hashes.
func use(list []*Media) (ids, sums []string) {
	for _, m := range list {
		m.Used = true
		ids, sums = append(ids, m.ID), append(sums, m.SHA256)
	}
	return ids, sums
}

// withLink hangs the link to the own media after a text, as X does, and gives its
// entity the looks that X gives it.
func (w *World) withLink(text string, e *entities, url, key string) (string, *entities) {
	link, le := w.render(url)
	if e == nil {
		e = &entities{}
	}
	if text != "" {
		text += " "
	}
	at := len([]rune(text))
	u := le.URLs[0]
	u.Start, u.End = at, at+len(link)
	u.DisplayURL, u.MediaKey = "pic.x.com/"+link[strings.LastIndexByte(link, '/')+1:], key
	e.URLs = append(e.URLs, u)
	return text + link, e
}

// sweepMedia drops the uploads that nobody used in time.
func (w *World) sweepMedia(now time.Time) {
	for id, m := range w.st.Media {
		if !m.Used && !now.Before(m.Expires) {
			delete(w.st.Media, id)
		}
	}
}

// MediaOf lists the media of a post or message, in its order.
func (w *World) MediaOf(id string) []Media {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	if p := w.st.Posts[id]; p != nil {
		ids = p.Media
	}
	for _, m := range w.st.Messages {
		if m.ID == id {
			ids = m.Media
		}
	}
	return w.listMedia(ids)
}

// Uploads lists all media of an account, oldest first, those that no post has among them.
func (w *World) Uploads(userID string) []Media {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	for id, m := range w.st.Media {
		if m.OwnerID == userID {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return w.listMedia(ids)
}

func (w *World) listMedia(ids []string) []Media {
	list := []Media{}
	for _, id := range ids {
		if m := w.st.Media[id]; m != nil {
			list = append(list, *m)
		}
	}
	return list
}
