package sandbox

import (
	"encoding/base32"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// item is what a page is made of: posts and messages.
type item interface{ id() string }

func (p *Post) id() string    { return p.ID }
func (m *Message) id() string { return m.ID }

var tokenForm = base32.HexEncoding.WithPadding(base32.NoPadding)

// pageToken is an opaque place in a list: where the page begins and which way it
// goes. It names its list, so that it fits no other.
func (w *World) pageToken(list, way, id string) string {
	text := way + id
	return strings.ToLower(tokenForm.EncodeToString([]byte(text + "." + w.tokenSum(list, text))))
}

func (w *World) tokenSum(list, text string) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%d %s %s", w.st.Seed, list, text)
	return fmt.Sprintf("%08x", h.Sum32())
}

func (w *World) readToken(list, token string) (way, id string, ok bool) {
	raw, err := tokenForm.DecodeString(strings.ToUpper(token))
	if err != nil {
		return "", "", false
	}
	text, sum, found := strings.Cut(string(raw), ".")
	if !found || len(text) < 2 || sum != w.tokenSum(list, text) {
		return "", "", false
	}
	return text[:1], text[1:], true
}

// page cuts one page out of a list that is newest first.
func page[T item](w *World, c *call, list string, all []T, least, most, standard int) ([]T, map[string]any, *refusal) {
	size, no := c.number("max_results", least, most, standard)
	if no != nil {
		return nil, nil, no
	}
	from, to := 0, min(size, len(all))
	token := c.query.Get("pagination_token")
	if token != "" {
		way, id, ok := w.readToken(list, token)
		if !ok {
			return nil, nil, invalid("pagination_token", token, "The `pagination_token` query parameter value ["+token+"] is not valid")
		}
		from = 0
		for from < len(all) && !less(all[from].id(), id) {
			from++
		}
		to = min(from+size, len(all))
		if way == "p" {
			// The page before: the size items that are newer than the place.
			to = 0
			for to < len(all) && less(id, all[to].id()) {
				to++
			}
			from = max(0, to-size)
		}
	}
	cut := all[from:to]
	meta := map[string]any{"result_count": len(cut)}
	if len(cut) > 0 {
		if to < len(all) {
			meta["next_token"] = w.pageToken(list, "n", cut[len(cut)-1].id())
		}
		if from > 0 {
			meta["previous_token"] = w.pageToken(list, "p", cut[0].id())
		}
	}
	return cut, meta, nil
}

// between reads since_id, until_id, start_time and end_time into a test of a post.
func (c *call) between() (func(*Post) bool, *refusal) {
	for _, name := range []string{"since_id", "until_id"} {
		if v := c.query.Get(name); v != "" && !isID(v) {
			return nil, invalid(name, v, "The `"+name+"` query parameter value ["+v+"] is not valid")
		}
	}
	var start, end time.Time
	for name, into := range map[string]*time.Time{"start_time": &start, "end_time": &end} {
		if v := c.query.Get(name); v != "" {
			t, err := time.Parse(time.RFC3339, v)
			if err != nil {
				return nil, invalid(name, v, "The `"+name+"` query parameter value ["+v+"] is not a valid RFC3339 date-time")
			}
			*into = t
		}
	}
	if !start.IsZero() && !end.IsZero() && !start.Before(end) {
		return nil, invalid("start_time", c.query.Get("start_time"), "Invalid 'start_time':'"+c.query.Get("start_time")+"'. 'start_time' must be before 'end_time'")
	}
	since, until := c.query.Get("since_id"), c.query.Get("until_id")
	return func(p *Post) bool {
		return (since == "" || less(since, p.ID)) && (until == "" || less(p.ID, until)) &&
			(start.IsZero() || !p.CreatedAt.Before(start)) && (end.IsZero() || p.CreatedAt.Before(end))
	}, nil
}
