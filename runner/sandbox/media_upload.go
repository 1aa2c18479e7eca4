package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Endpoints of media.

func (w *World) mediaInitialize(c *call) answer {
	f, no := c.object("media_type", "total_bytes", "media_category", "shared", "additional_owners")
	m := &Media{OwnerID: c.user.ID}
	var shared bool
	if no == nil {
		no = first(f.required("media_type", "total_bytes", "media_category"),
			f.oneOf("media_type", &m.Type, mediaTypes...), f.oneOf("media_category", &m.Category, mediaUses...),
			read(f, "total_bytes", "integer expected", &m.Size), f.flag("shared", &shared), f.ids("additional_owners", 0, 100, &m.Also))
	}
	if no != nil {
		return no.answer()
	}
	use, known := categories[m.Category]
	switch {
	case !known:
		return refuse(501, "sandbox: "+m.Category+" is not simulated").answer()
	case !slices.Contains(use.types, m.Type):
		return f.bad("media_type", m.Type+" is not allowed for "+m.Category).answer()
	case m.Size < 1 || m.Size > use.most:
		return f.bad("total_bytes", fmt.Sprintf("File size exceeds %d bytes.", use.most)).answer()
	}
	w.sweepMedia(c.now)
	if len(w.st.Media) >= w.opt.MaxObjects || w.full() {
		return refuse(503, "Service Unavailable").answer()
	}
	m.ID, m.Expires = w.newID(c.now), c.now.UTC().Add(mediaLife)
	m.Key = use.key + "_" + m.ID
	w.st.Media[m.ID] = m
	return jsonAnswer(200, map[string]any{"data": m.told(c.now)})
}

// told is what X says of an upload.
func (m *Media) told(now time.Time) map[string]any {
	d := map[string]any{"id": m.ID, "media_key": m.Key, "expires_after_secs": int(m.Expires.Sub(now).Seconds())}
	if m.Done.IsZero() {
		return d
	}
	d["size"] = m.Size
	state, percent := m.state(now)
	if state == "succeeded" && !categories[m.Category].slow {
		return d
	}
	info := map[string]any{"state": state, "progress_percent": percent}
	switch state {
	case "pending", "in_progress":
		info["check_after_secs"] = int(mediaPace.Seconds())
	case "failed":
		info["error"] = map[string]any{"code": 1, "name": "InvalidMedia", "message": m.Broken}
	}
	d["processing_info"] = info
	return d
}

// mine finds an upload that the caller may go on with.
func (w *World) mine(c *call, parameter, id string) (*Media, *refusal) {
	m := w.st.Media[id]
	if m == nil || !m.owned(c.user.ID) || !c.now.Before(m.Expires) {
		return nil, invalid(parameter, id, "Could not find media with id: ["+id+"].")
	}
	return m, nil
}

func (w *World) mediaAppend(c *call) answer {
	m, no := w.mine(c, "id", c.path["id"])
	if no != nil {
		return no.answer()
	}
	index, part, no := readSegment(c.ctype, c.body)
	switch {
	case no != nil:
		return no.answer()
	case !m.Done.IsZero():
		return invalid("id", m.ID, "The media is finalized already.").answer()
	case index != m.Segments:
		return invalid("segment_index", strconv.Itoa(index), fmt.Sprintf("Segments do not follow each other: expected %d.", m.Segments)).answer()
	case m.Received+int64(len(part)) > m.Size:
		return invalid("media", "", fmt.Sprintf("Segments do not add up to provided total file size of %d.", m.Size)).answer()
	}
	if err := m.add(part); err != nil {
		return refuse(500, "Internal Server Error").answer()
	}
	return jsonAnswer(200, map[string]any{"data": map[string]any{"expires_at": m.Expires.Unix()}})
}

// readSegment reads the form of an append: the bytes and their number, each once.
func readSegment(ctype string, body []byte) (index int, part []byte, no *refusal) {
	kind, params, err := mime.ParseMediaType(ctype)
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return 0, nil, invalid("content-type", ctype, "Requests to append must have content-type of multipart/form-data.")
	}
	found := map[string][]byte{}
	for r := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, nil, invalid("media", "", "The form is not whole.")
		}
		b, err := io.ReadAll(p)
		if _, twice := found[p.FormName()]; err != nil || twice || p.FormName() != "media" && p.FormName() != "segment_index" {
			return 0, nil, invalid("media", "", "The form may hold media and segment_index, each once.")
		}
		found[p.FormName()] = b
	}
	index, err = strconv.Atoi(string(found["segment_index"]))
	if err != nil || index < 0 || index > 999 {
		return 0, nil, invalid("segment_index", shorten(found["segment_index"]), "segment_index must be a number from 0 to 999.")
	}
	if part = found["media"]; len(part) == 0 || len(part) > maxSegment {
		return 0, nil, invalid("media", "", fmt.Sprintf("media must have 1 to %d bytes.", maxSegment))
	}
	return index, part, nil
}

func (w *World) mediaFinalize(c *call) answer {
	m, no := w.mine(c, "id", c.path["id"])
	switch {
	case no != nil:
		return no.answer()
	case !m.Done.IsZero():
		return invalid("id", m.ID, "The media is finalized already.").answer()
	case m.Received != m.Size:
		return invalid("id", m.ID, fmt.Sprintf("Segments do not add up to provided total file size: %d of %d bytes.", m.Received, m.Size)).answer()
	}
	if err := m.finish(c.now); err != nil {
		return refuse(500, "Internal Server Error").answer()
	}
	if c.breaks {
		m.Broken = "The media could not be processed."
	}
	return jsonAnswer(200, map[string]any{"data": m.told(c.now)})
}

func (w *World) mediaStatus(c *call) answer {
	id, command := c.query.Get("media_id"), c.query.Get("command")
	if !isID(id) || command != "" && command != "STATUS" {
		return invalid("media_id", id, "The `media_id` query parameter value ["+id+"] is not valid, or `command` is not STATUS").answer()
	}
	m, no := w.mine(c, "media_id", id)
	if no == nil && m.Done.IsZero() {
		no = invalid("media_id", id, "The media is not finalized.")
	}
	if no != nil {
		return no.answer()
	}
	return jsonAnswer(200, map[string]any{"data": m.told(c.now)})
}

// unsimulated are the members of metadata that X has and the sandbox has not.
var unsimulated = []string{"allow_download_status", "audience_policy", "content_expiration", "domain_restrictions", "found_media_origin",
	"geo_restrictions", "management_info", "preview_image", "shared_info", "sticker_info", "upload_source"}

func (w *World) mediaMetadata(c *call) answer {
	f, no := c.object("id", "metadata")
	var id string
	if no == nil {
		no = first(f.required("id"), f.id("id", &id))
	}
	if no != nil {
		return no.answer()
	}
	m, no := w.mine(c, "id", id)
	if no == nil && m.Done.IsZero() {
		no = invalid("id", id, "The media is not finalized.")
	}
	told := map[string]any{}
	if no == nil && f.has("metadata") {
		no = m.describe(f, told)
	}
	if no != nil {
		return no.answer()
	}
	return jsonAnswer(200, map[string]any{"data": map[string]any{"id": m.ID, "associated_metadata": told}})
}

// describe takes over what is told of a file, all or nothing.
func (m *Media) describe(f *fields, told map[string]any) *refusal {
	meta, no := object(f.raw["metadata"], "$.metadata", append([]string{"alt_text", "sensitive_media_warning"}, unsimulated...)...)
	if no != nil {
		return no
	}
	for _, name := range unsimulated {
		if meta.has(name) {
			return refuse(501, "sandbox: "+name+" is not simulated")
		}
	}
	alt, sensitive := m.Alt, m.Sensitive
	if meta.has("alt_text") {
		t, no := object(meta.raw["alt_text"], "$.metadata.alt_text", "text")
		if no == nil {
			no = first(t.required("text"), t.text("text", &alt))
		}
		if no == nil && utf8.RuneCountInString(alt) > 1000 {
			no = t.bad("text", "must be at most 1000 characters long")
		}
		if no != nil {
			return no
		}
		told["alt_text"] = map[string]string{"text": alt}
	}
	if meta.has("sensitive_media_warning") {
		var adult, violent, other bool
		s, no := object(meta.raw["sensitive_media_warning"], "$.metadata.sensitive_media_warning", "adult_content", "graphic_violence", "other")
		if no == nil {
			no = first(s.flag("adult_content", &adult), s.flag("graphic_violence", &violent), s.flag("other", &other))
		}
		if no != nil {
			return no
		}
		sensitive = adult || violent || other
		told["sensitive_media_warning"] = map[string]bool{"adult_content": adult, "graphic_violence": violent, "other": other}
	}
	m.Alt, m.Sensitive = alt, sensitive
	return nil
}
