package bots

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestEveryMistakeOfALineIsTold(t *testing.T) {
	for line, want := range map[string][]string{
		`{"action":"post","text":"a"}`: nil,
		`{"action":"shout","text":7,"bot":"news","expiresAt":"x","target":{"post":1,"a":2}}`: {`action "shout" is none`, "text a number", `bot unknown key "bot"`, `expiresAt unknown key "expiresAt" (did you mean "expires_at"?)`, "target.post unknown key", "target.a unknown key"},
		`{"action":"reply","key":7,"target":{"post_id":12}}`:                                 {"key a number", "target.post_id a number", "text a reply needs text"},
		`{"action":"post","poll":{"options":["a"],"minutes":"long"},"text":"hi","v":2}`:      {"poll.minutes a string", "v 2; this heed speaks version 1"},
		`{"action":"post","media":["a.png",7]}`:                                              {"media.0 a string"},
		`{"action":"dm","text":"a","text":"b"}`:                                              {` this key stands twice at "text"`},
		`["a"]`:                                                                              {" "},
		`null`:                                                                               {"action missing"},
		``:                                                                                   {" not one well-formed"},
		`{"action":"post","text":"` + strings.Repeat("a", MaxLine) + `"}`: {" 1048"},
	} {
		_, found := DecodeTelling([]byte(line))
		var got []string
		for _, m := range found {
			got = append(got, fmt.Sprintf("%s %s", m.Field, m.Says))
		}
		for _, w := range want {
			if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, w) }) {
				t.Errorf("%.80s: %q is not among %q", line, w, got)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%.80s: %d mistakes, want %d: %q", line, len(got), len(want), got)
		}
	}
	var many strings.Builder
	for i := range 200 {
		fmt.Fprintf(&many, `"k%d":1,`, i)
	}
	if _, found := DecodeTelling([]byte(`{` + many.String() + `"action":"post"}`)); len(found) != mostMistakes {
		t.Errorf("%d mistakes are told of 200", len(found))
	}
}
