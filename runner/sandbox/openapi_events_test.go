package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// undeclared are members that X's document requires and declares nowhere, so that no
// answer X documents could be valid. Only these are not asked for; a document that
// declares one fails the test, and the line goes.
var undeclared = []struct{ schema, member string }{
	{"MediaUploadResponse", "meta"},       // its properties are data and errors
	{"MediaUploadAppendResponse", "meta"}, // the same
	{"ProcessingInfo", "type"},            // its state tells what a type could
}

// asForm takes, of the alternatives that X's document gives an append, those a form can
// be: bytes, and a number in digits. The others are JSON's, and the validator reads no
// form that has alternatives.
func (k *contract) asForm() {
	k.Helper()
	form := k.doc.Paths.Value("/2/media/upload/{id}/append").Post.RequestBody.Value.Content["multipart/form-data"]
	schema := *form.Schema.Value.AnyOf[0].Value
	schema.Properties = maps.Clone(schema.Properties)
	schema.Properties["segment_index"] = schema.Properties["segment_index"].Value.OneOf[1]
	if !schema.Properties["media"].Value.Type.Is("string") || schema.Properties["media"].Value.Format != "binary" || !schema.Properties["segment_index"].Value.Type.Is("string") {
		k.Fatal("X's document has other alternatives for an append")
	}
	form.Schema = openapi3.NewSchemaRef("", &schema)
}

func (k *contract) exempt() {
	k.Helper()
	for _, u := range undeclared {
		ref := k.doc.Components.Schemas[u.schema]
		if ref == nil || !slices.Contains(ref.Value.Required, u.member) || ref.Value.Properties[u.member] != nil {
			k.Fatalf("%s.%s: X's document does not contradict itself here any more", u.schema, u.member)
		}
		ref.Value.Required = slices.DeleteFunc(ref.Value.Required, func(name string) bool { return name == u.member })
	}
	// The exemption is of a member alone: what is declared is still held.
	bad := map[string]any{"data": map[string]any{"id": "one"}}
	if k.doc.Components.Schemas["MediaUploadResponse"].Value.VisitJSON(bad, openapi3.MultiErrors()) == nil {
		k.Error("an answer with a malformed id passes")
	}
}

// segmentCase is an append as the form that X wants.
func (k *contract) segmentCase(id, index string, part []byte) apiCase {
	k.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	ok(k.T, w.WriteField("segment_index", index))
	if part != nil {
		f := must[io.Writer](k.T)(w.CreateFormFile("media", "media"))
		must[int](k.T)(f.Write(part))
	}
	ok(k.T, w.Close())
	return apiCase{method: "POST", path: "/2/media/upload/" + id + "/append", body: b.String(), ctype: w.FormDataContentType()}
}

// upload sends a file the whole way and gives its id.
func (k *contract) upload(kind, category string, file []byte) string {
	k.Helper()
	id := k.run(apiCase{method: "POST", path: "/2/media/upload/initialize",
		body: fmt.Sprintf(`{"media_type":%q,"media_category":%q,"total_bytes":%d,"shared":false,"additional_owners":[%q]}`, kind, category, len(file), k.ann.ID)}).str("data", "id")
	k.run(k.segmentCase(id, "0", file[:50]))
	k.run(k.segmentCase(id, "1", file[50:]))
	k.run(apiCase{method: "POST", path: "/2/media/upload/" + id + "/finalize"})
	return id
}

// media walks a picture, a video and a file that is broken through the uploads.
func (k *contract) media() {
	k.Helper()
	const begin, describe = "/2/media/upload/initialize", "/2/media/metadata"
	photo, film := k.upload("image/jpeg", "tweet_image", jpeg("")), k.upload("video/mp4", "tweet_video", mp4(""))
	lie := k.upload("image/gif", "tweet_gif", jpeg(""))
	for _, want := range []string{"pending", "in_progress", "succeeded"} {
		g := k.run(apiCase{method: "GET", path: "/2/media/upload?command=STATUS&media_id=" + film})
		if g.str("data", "processing_info", "state") != want {
			k.Errorf("want %s: %s", want, g.raw)
		}
		k.clock.add(mediaPace)
	}
	if g := k.run(apiCase{method: "GET", path: "/2/media/upload?media_id=" + lie}); g.str("data", "processing_info", "state") != "failed" {
		k.Errorf("a GIF that is none: %s", g.raw)
	}
	k.run(apiCase{method: "GET", path: "/2/media/upload?media_id=" + photo})
	k.run(apiCase{method: "POST", path: describe, body: `{"id":"` + photo + `"}`})
	k.run(apiCase{method: "POST", path: describe, body: `{"id":"` + photo + `","metadata":{"alt_text":{"text":"Boats"},"sensitive_media_warning":{"other":true}}}`})

	open := k.run(apiCase{method: "POST", path: begin, body: `{"media_type":"image/png","media_category":"dm_image","total_bytes":5}`}).str("data", "id")
	for _, c := range []apiCase{
		{method: "POST", path: begin, body: `{"media_type":"image/png","media_category":"tweet_image","total_bytes":5,` + strayWord + `}`},
		{method: "POST", path: begin, body: `{"media_type":"image/svg","media_category":"tweet_image","total_bytes":5}`},
		{method: "POST", path: begin, body: `{"media_type":"image/png","media_category":"TweetImage","total_bytes":5}`},
		{method: "POST", path: begin, body: `{"media_type":"image/png","media_category":"tweet_image","total_bytes":-1}`},
		{method: "POST", path: begin, body: `{"media_type":"image/png","media_category":"tweet_image","total_bytes":"5"}`},
		{method: "POST", path: begin, body: `{"media_type":"image/png","media_category":"tweet_image","total_bytes":5,"additional_owners":["one"]}`},
		k.segmentCase("one", "0", []byte("x")),
		k.segmentCase(open, "x", []byte("x")),
		k.segmentCase(open, "1000", []byte("x")),
		k.segmentCase(open, "0", nil),
		{method: "POST", path: "/2/media/upload/one/finalize"},
		{method: "GET", path: "/2/media/upload?command=STATUS&media_id=one"},
		{method: "GET", path: "/2/media/upload?command=STATUS"},
		{method: "GET", path: "/2/media/upload?command=INIT&media_id=" + photo},
		{method: "POST", path: describe, body: `{"metadata":{"alt_text":{"text":"Boats"}}}`},
		{method: "POST", path: describe, body: `{"id":"one"}`},
		{method: "POST", path: describe, body: `{"id":"` + photo + `","metadata":{"alt_text":{}}}`},
		{method: "POST", path: describe, body: `{"id":"` + photo + `","metadata":{"alt_text":{"text":"` + strings.Repeat("a", 1001) + `"}}}`},
		{method: "POST", path: describe, body: `{"id":"` + photo + `","metadata":{"sensitive_media_warning":{"other":"yes"}}}`},
	} {
		c.unlawful, c.refused = true, true
		k.run(c)
	}
	// The document leaves it to X to want these.
	k.run(apiCase{method: "POST", path: begin, body: `{}`, unlawful: true})
	k.run(k.segmentCase(open, "1", []byte("x")).wrong())
	k.run(apiCase{method: "POST", path: "/2/media/upload/" + open + "/finalize", unlawful: true})
}

// events registers a webhook, subscribes by it and by the stream, and takes all back.
func (k *contract) events() {
	k.Helper()
	const hooks, subs = "/2/webhooks", "/2/activity/subscriptions"
	srv := httptest.NewServer(&hooked{secret: k.app.ConsumerSecret, more: make(chan struct{}, 100)})
	k.Cleanup(srv.Close)
	k.run(apiCase{method: "GET", path: hooks})
	k.run(apiCase{method: "GET", path: subs})
	hook := k.run(apiCase{method: "POST", path: hooks, body: `{"url":"` + srv.URL + `"}`}).str("id")
	mine := `"filter":{"user_id":"` + k.botID + `"}`
	var made []string
	for _, body := range []string{
		`{"event_type":"dm.received",` + mine + `}`,
		`{"event_type":"post.mention.create",` + mine + `,"tag":"` + strings.Repeat("é", 200) + `"}`,
		`{"event_type":"profile.update.bio",` + mine + `,"tag":"a","webhook_id":"` + hook + `"}`,
	} {
		made = append(made, k.run(apiCase{method: "POST", path: subs, body: body}).str("data", "subscription", "subscription_id"))
	}
	next := k.run(apiCase{method: "GET", path: subs + "?max_results=1"}).str("meta", "next_token")
	for _, c := range []apiCase{
		{method: "GET", path: hooks},
		{method: "GET", path: hooks + "?webhook_config.fields=created_at,id,url,valid"},
		{method: "GET", path: subs},
		{method: "GET", path: subs + "?max_results=1000&pagination_token=" + next},
		{method: "PUT", path: hooks + "/" + hook},
		{method: "DELETE", path: subs + "/" + made[0]},
		{method: "DELETE", path: hooks + "/" + hook},
	} {
		k.run(c)
	}
	for _, c := range []apiCase{
		{method: "POST", path: subs, body: `{"event_type":"post.read",` + mine + `}`},
		{method: "POST", path: subs, body: `{"event_type":"dm.sent"}`},
		{method: "POST", path: subs, body: `{"event_type":"dm.sent",` + mine + `,` + strayWord + `}`},
		{method: "POST", path: subs, body: `{"event_type":"dm.sent",` + mine + `,"tag":""}`},
		{method: "POST", path: subs, body: `{"event_type":"dm.sent",` + mine + `,"tag":"` + strings.Repeat("é", 201) + `"}`},
		{method: "POST", path: subs, body: `{"event_type":"dm.sent",` + mine + `,"webhook_id":"one"}`},
		{method: "POST", path: subs, body: `{"event_type":"dm.sent","filter":{"user_id":"one"}}`},
		{method: "POST", path: subs, body: `{"event_type":"dm.sent","filter":{"user_id":"5",` + strayWord + `}}`},
		{method: "POST", path: subs, body: `{"event_type":"dm.sent","filter":{"user_id":"` + k.botID + `","direction":"sideways"}}`},
		{method: "GET", path: subs + "?max_results=0"},
		{method: "GET", path: subs + "?max_results=1001"},
		{method: "GET", path: subs + "?pagination_token=short"},
		{method: "DELETE", path: subs + "/one"},
		{method: "POST", path: hooks, body: `{}`},
		{method: "POST", path: hooks, body: `{"url":""}`},
		{method: "POST", path: hooks, body: `{"url":5}`},
		{method: "POST", path: hooks, body: `{"url":"https://bots.example/` + strings.Repeat("a", 200) + `"}`},
		{method: "GET", path: hooks + "?webhook_config.fields=secret"},
		{method: "PUT", path: hooks + "/one"},
		{method: "DELETE", path: hooks + "/one"},
	} {
		c.unlawful, c.refused = true, true
		k.run(c)
	}
	// What X has and the sandbox has not is not said to be malformed.
	for _, c := range []apiCase{
		{method: "POST", path: subs, body: `{"event_type":"like.create",` + mine + `}`},
		{method: "POST", path: subs, body: `{"event_type":"dm.sent","filter":{"user_id":"` + k.botID + `","direction":"inbound"}}`},
		{method: "POST", path: subs, body: `{"event_type":"dm.sent","filter":{"user_id":"` + k.botID + `","keyword":"tea"}}`},
	} {
		rt, _ := match(c.method, c.path)
		k.expect(k.send(c, rt), 501, "not simulated")
	}
	// The document leaves it to X to want these.
	k.run(apiCase{method: "POST", path: hooks, body: `{"url":"http://bots.example/"}`, unlawful: true})
	k.run(apiCase{method: "POST", path: subs, body: `{"event_type":"dm.sent","filter":{}}`, unlawful: true})
}

func (c apiCase) wrong() apiCase { c.unlawful = true; return c }
