package bots

import (
	"strings"
	"testing"
	"time"
)

func TestDecodeIntentTakesWhatTheContractHas(t *testing.T) {
	for name, line := range map[string]string{
		"a plain post":                `{"action":"post","text":"High tide 14:32"}`,
		"every optional key":          `{"v":1,"type":"intent","id":"a-1","key":"k","action":"post","text":"t","reason":"r","not_before":"2026-11-22T10:00:00Z","expires_at":"2026-11-22T11:00:00Z","hold":true,"template":"tide","facts":{"h":"4.1"},"poll":{"options":["a","b"],"minutes":5},"reply_settings":"following","made_with_ai":true,"paid_partnership":false,"sensitive":false,"labels":{"a":"b"}}`,
		"an answer to a post":         `{"action":"reply","text":"t","target":{"post_id":"1857"},"cause":"post:1857"}`,
		"a message":                   `{"action":"dm","text":"t","target":{"user_id":"42"}}`,
		"a picture without a text":    `{"action":"post","media":[{"path":"a.png","alt":"a tide table"}]}`,
		"a repost":                    `{"action":"repost","target":{"post_id":"99999999999999999999"}}`,
		"a follow":                    `{"action":"follow","target":{"user_id":"1"}}`,
		"blanks around":               "  {\"action\":\"post\",\"text\":\"t\"}\t",
		"an astral character":         `{"action":"post","text":"🌊"}`,
		"a text of the greatest size": `{"action":"post","text":"` + strings.Repeat("é", MaxText) + `"}`,
	} {
		if _, err := DecodeIntent([]byte(line)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecodeIntentRefusesAndSaysWhy(t *testing.T) {
	for name, c := range map[string]struct{ line, says string }{
		"nothing":                        {``, "well-formed"},
		"a word":                         {`hello`, "well-formed"},
		"a list":                         {`[]`, "list cannot stand here"},
		"null":                           {`null`, "action: missing"},
		"a cut line":                     {`{"action":"post","text":"a`, "well-formed"},
		"two values":                     {`{"action":"post","text":"a"}{"action":"post","text":"b"}`, "well-formed"},
		"a key twice":                    {`{"action":"post","text":"a","text":"b"}`, `twice at "text"`},
		"a key twice, further down":      {`{"action":"post","text":"a","facts":{"x":"1","x":"2"}}`, `"facts.x"`},
		"another case of a key":          {`{"action":"post","text":"a","TEXT":"b"}`, `unknown key "TEXT" (did you mean "text"?)`},
		"another spelling of a key":      {`{"action":"post","text":"a","expiresAt":"b"}`, `did you mean "expires_at"?`},
		"an unknown key":                 {`{"action":"post","text":"a","bot":"other"}`, `unknown key "bot"`},
		"an unknown key inside":          {`{"action":"reply","text":"a","target":{"post":"1"}}`, `unknown key "post"`},
		"bytes that are no UTF-8":        {"{\"action\":\"post\",\"text\":\"\xff\"}", "well-formed"},
		"an id as a number":              {`{"action":"dm","text":"a","target":{"user_id":42}}`, `"target.user_id": a number cannot`},
		"a time that is none":            {`{"action":"post","text":"a","expires_at":"soon"}`, `"expires_at"`},
		"no action":                      {`{"text":"a"}`, "action: missing"},
		"an unknown action":              {`{"action":"shout","text":"a"}`, `"shout" is none`},
		"a post without a text":          {`{"action":"post"}`, "needs text or media"},
		"a follow with a text":           {`{"action":"follow","text":"hi","target":{"user_id":"1"}}`, "carries no text"},
		"a post with a target":           {`{"action":"post","text":"a","target":{"post_id":"1"}}`, "a post has none"},
		"a reply without a target":       {`{"action":"reply","text":"a"}`, "needs a post_id"},
		"a reply to a person":            {`{"action":"reply","text":"a","target":{"user_id":"1"}}`, "needs a post_id"},
		"a dm to a post":                 {`{"action":"dm","text":"a","target":{"post_id":"1"}}`, "needs a user_id"},
		"both targets":                   {`{"action":"dm","text":"a","target":{"user_id":"1","post_id":"1"}}`, "nothing else"},
		"an id with letters":             {`{"action":"dm","text":"a","target":{"user_id":"@ann"}}`, "1 to 20 digits"},
		"five pictures":                  {`{"action":"post","media":[{"path":"a","alt":"a"},{"path":"a","alt":"a"},{"path":"a","alt":"a"},{"path":"a","alt":"a"},{"path":"a","alt":"a"}]}`, "media: 5"},
		"a picture without words":        {`{"action":"post","media":[{"path":"a","alt":""}]}`, "alt: needs"},
		"a poll on a reply":              {`{"action":"reply","text":"a","target":{"post_id":"1"},"poll":{"options":["a","b"],"minutes":5}}`, "only a post"},
		"a poll of one":                  {`{"action":"post","text":"a","poll":{"options":["a"],"minutes":5}}`, "2 to 4"},
		"an end before the start":        {`{"action":"post","text":"a","not_before":"2026-11-22T10:00:00Z","expires_at":"2026-11-22T09:00:00Z"}`, "later than not_before"},
		"a text that is too long":        {`{"action":"post","text":"` + strings.Repeat("a", MaxText+1) + `"}`, "more than 25000"},
		"another version":                {`{"v":2,"action":"post","text":"a"}`, "speaks version 1"},
		"an id with a slash":             {`{"id":"a/b","action":"post","text":"a"}`, "id: 1 to 64"},
		"two mistakes, both told":        {`{"action":"post","reply_settings":"nobody"}`, "needs text or media"},
		"two mistakes, the other one":    {`{"action":"post","reply_settings":"nobody"}`, `"nobody" is none`},
		"a line beyond a mebibyte":       {`{"action":"post","text":"` + strings.Repeat("a", MaxLine) + `"}`, "a line may have 1048576"},
		"too many facts":                 {`{"action":"post","text":"a","facts":{` + manyFacts(33) + `}}`, "facts: 33"},
		"a depth that would eat a stack": {`{"action":"post","facts":` + strings.Repeat(`{"a":`, 20000) + strings.Repeat(`}`, 20000) + `}`, "intent:"},
	} {
		_, err := DecodeIntent([]byte(c.line))
		if err == nil {
			t.Errorf("%s: taken", name)
		} else if !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q does not say %q", name, err, c.says)
		}
	}
}

// TestNoPlaceCanBeNamed: an intent has no place, so nothing ever tells where somebody is
// (rule P5). The contract's names, and those that X's own interface has for a place.
func TestNoPlaceCanBeNamed(t *testing.T) {
	for _, key := range []string{"geo", "place", "place_id", "coordinates", "lat", "long", "location", "display_coordinates"} {
		for _, value := range []string{`"here"`, `{"place_id":"1"}`, `[54.3,10.1]`, `1.5`, `true`} {
			line := `{"action":"post","text":"a","` + key + `":` + value + `}`
			if _, err := DecodeIntent([]byte(line)); err == nil || !strings.Contains(err.Error(), "unknown key") {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}

func manyFacts(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"f` + string(rune('a'+i/26)) + string(rune('a'+i%26)) + `":"x"`)
	}
	return b.String()
}

// TestP6WhatIsStoredIsWhatWasRead: the bytes that are judged decode to the same intent,
// and encode to the same bytes, for ever.
func TestP6WhatIsStoredIsWhatWasRead(t *testing.T) {
	in, err := DecodeIntent([]byte(`{"facts":{"b":"2","a":"1"},"text":"5 < 6 & \u00e9\u2028","action":"post","key":"k"}`))
	if err != nil {
		t.Fatal(err)
	}
	first, err := in.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := DecodeIntent(first)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := again.Encode()
	if string(first) != string(second) || again.Text != in.Text {
		t.Errorf("stored %s, read back and stored %s", first, second)
	}
}

func TestSnowflakes(t *testing.T) {
	at := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	id := SnowflakeAt(at)
	if got := SnowflakeTime(id); !got.Equal(at) {
		t.Errorf("the id of %s is of %s", at, got)
	}
	if !SnowflakeTime("abc").IsZero() || !SnowflakeTime("").IsZero() {
		t.Error("what is no id has no time")
	}
	for id, ok := range map[string]bool{"1": true, "": false, "-1": false, "١": false, strings.Repeat("1", 21): false} {
		if IsSnowflake(id) != ok {
			t.Errorf("IsSnowflake(%q) is %v", id, !ok)
		}
	}
}
