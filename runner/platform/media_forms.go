package platform

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"strconv"

	"heed/bots"
)

// chunk is one call that carries bytes of a file. Its body is a form, which OAuth 1.0a
// does not sign.
type chunk struct {
	request
	form []byte
	kind string // with the form's boundary
}

func newChunk(path map[string]string, part []byte, segment int) (*chunk, error) {
	var b bytes.Buffer
	b.Grow(len(part) + 1024)
	w := multipart.NewWriter(&b)
	err := w.WriteField("segment_index", strconv.Itoa(segment))
	file, err2 := w.CreateFormFile("media", "media")
	if err = errors.Join(err, err2); err != nil {
		return nil, err
	}
	_, err = file.Write(part)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return &chunk{request: request{path: path}, form: b.Bytes(), kind: w.FormDataContentType()}, nil
}

// Body is the form.
func (c *chunk) Body() (io.Reader, error) { return bytes.NewReader(c.form), nil }

// processingBody is how far X is with a file.
type processingBody struct {
	State      string
	CheckAfter int // seconds
	words      json.RawMessage
}

// why is X's reason for a failure, in any of the places where it has stood.
func (p processingBody) why() string {
	var e struct {
		Message json.RawMessage `json:"message"`
		Detail  json.RawMessage `json:"detail"`
		Name    json.RawMessage `json:"name"`
	}
	if json.Unmarshal(p.words, &e) != nil {
		return str(p.words)
	}
	for _, s := range []string{str(e.Message), str(e.Detail), str(e.Name)} {
		if s != "" {
			return s
		}
	}
	return ""
}

// processingOf reads an answer of an upload; without processing_info there is nothing
// to wait for. ok is false when it is no answer about a file.
func processingOf(body []byte) (p processingBody, ok bool) {
	d := data(body)
	if !bots.IsSnowflake(word(d["id"])) {
		return p, false
	}
	if len(d["processing_info"]) == 0 || string(d["processing_info"]) == "null" {
		return p, true
	}
	var info struct {
		State      json.RawMessage `json:"state"`
		CheckAfter json.RawMessage `json:"check_after_secs"`
		Error      json.RawMessage `json:"error"`
	}
	if json.Unmarshal(d["processing_info"], &info) != nil || str(info.State) == "" {
		return p, false
	}
	p.State, p.words = str(info.State), info.Error
	p.CheckAfter, _ = strconv.Atoi(word(info.CheckAfter)) // without it: the least
	return p, true
}
