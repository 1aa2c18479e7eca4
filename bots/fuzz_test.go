package bots

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema is the contract's own, an oracle beside the decoder; nil where it is not at hand.
func schema(f *testing.F) *jsonschema.Schema {
	f.Helper()
	const file = "../../shared/contract/intent.schema.json"
	text, err := os.ReadFile(file)
	if err != nil {
		f.Log("without the contract's schema: ", err)
		return nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		f.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("intent.json", doc); err != nil {
		f.Fatal(err)
	}
	s, err := c.Compile("intent.json")
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// FuzzDecodeIntent: what is taken is within the contract by another reader's word too,
// is the same intent after it was stored, and is stored alike for ever (promise P6).
func FuzzDecodeIntent(f *testing.F) {
	for _, line := range []string{
		`{"action":"post","text":"a"}`, `{"action":"reply","text":"a","target":{"post_id":"1"},"facts":{"a":"b"}}`, `{"action":"dm","TEXT":"a"`,
		`{"v":1,"type":"intent","id":"a-1","key":"k","action":"post","text":"t","reason":"r","not_before":"2026-11-22T10:00:00Z","expires_at":"2026-11-22T11:00:00.5+01:00","hold":true,"template":"tide","poll":{"options":["a","b"],"minutes":5},"reply_settings":"following","labels":{"a":"b"}}`,
		`{"action":"post","media":[{"path":"a.png","alt":"a tide table"}],"made_with_ai":true}`, `{"action":"follow","target":{"user_id":"42"},"cause":"dm:1"}`,
		"{\"action\":\"post\",\"text\":\"\u202e\\ud83d\\ude00\"}", `{"action":"post","text":"a","text":"b"}`, `{"action":"dm","text":"\u0000","target":{"user_id":"1","post_id":null}}`,
	} {
		f.Add([]byte(line))
	}
	contract := schema(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		in, err := DecodeIntent(line)
		if _, found := DecodeTelling(line); (err == nil) != (len(found) == 0) {
			t.Fatalf("%q: %v, and told are %q", line, err, found)
		}
		if err != nil {
			if len(err.Error()) > 8<<10 || !strings.HasPrefix(err.Error(), "intent: ") {
				t.Fatalf("%q is refused in %d bytes: %.200q", line, len(err.Error()), err.Error())
			}
			return
		}
		stored, err := in.Encode()
		if err != nil {
			t.Fatalf("%q was taken and cannot be stored: %v", line, err)
		}
		again, err := DecodeIntent(stored)
		if err != nil {
			t.Fatalf("%q was stored as %q, which is refused: %v", line, stored, err)
		}
		if twice, _ := again.Encode(); string(twice) != string(stored) || Hash(twice) != Hash(stored) {
			t.Fatalf("%q, then %q", stored, twice)
		}
		if !again.NotBefore.Equal(in.NotBefore) || !again.ExpiresAt.Equal(in.ExpiresAt) || again.Late(in.ExpiresAt) != in.Late(in.ExpiresAt) {
			t.Fatalf("%q: other times: %+v", line, again)
		}
		once := in
		once.NotBefore, once.ExpiresAt = again.NotBefore, again.ExpiresAt // zones are written, not kept
		if !reflect.DeepEqual(emptied(once), emptied(again)) {
			t.Fatalf("%q was read as %+v, and after storing as %+v", line, in, again)
		}
		for _, m := range in.Media {
			if m.SHA256 != "" { // heed's own member, which the contract does not offer
				return
			}
		}
		if contract == nil {
			return
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(stored))
		if err == nil {
			err = contract.Validate(doc)
		}
		if err != nil {
			t.Fatalf("%q is taken, and the contract does not have it: %v", line, err)
		}
	})
}

// emptied makes no difference between what is empty and what is absent.
func emptied(in Intent) Intent {
	if len(in.Facts) == 0 {
		in.Facts = nil
	}
	if len(in.Labels) == 0 {
		in.Labels = nil
	}
	if len(in.Media) == 0 {
		in.Media = nil
	}
	return in
}

// FuzzEvent: an event line that can be read at all is the same event when it is written
// and read again, on one line.
func FuzzEvent(f *testing.F) {
	for _, line := range []string{
		`{"v":1,"type":"dm","id":"dm:1","at":"2026-11-22T10:00:00Z","bot":"desk","dm":{"user_id":"42","text":"hi\nthere","help":true}}`,
		`{"v":1,"type":"verdict","id":"v","at":"2026-11-22T10:00:00Z","bot":"desk","verdict":{"intent_id":"i","key":"k","decision":"deny","code":"opt_out","guards":[{"guard":"opt_out","result":"deny","evidence":{"n":1e3,"list":[null]}}]}}`,
		`{"v":1,"type":"outcome","id":"o","at":"2026-11-22T10:00:00.123456789+14:00","bot":"b","outcome":{"status":"unknown","error":{"code":"x","retryable":false}}}`, `{"type":7}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var e, again Event
		if json.Unmarshal(line, &e) != nil {
			return
		}
		first, err := json.Marshal(e)
		if err != nil || bytes.ContainsAny(first, "\r\n") {
			t.Fatalf("%q is written as %q, %v", line, first, err)
		}
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%q cannot be read again: %v", first, err)
		}
		if second, _ := json.Marshal(again); !bytes.Equal(first, second) {
			t.Fatalf("%q, then %q", first, second)
		}
	})
}
