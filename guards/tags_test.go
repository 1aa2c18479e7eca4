package guards

import (
	"slices"
	"testing"
)

// A bare sign is no hashtag: a list with signs before its lines is no heap of tags.
func TestTagsInTakesNoBareSign(t *testing.T) {
	for text, want := range map[string][]string{
		"# one # two # three # four": nil, "#": nil, "a #, b #! c": nil, "#tides # #kiel": {"tides", "kiel"}, "##tides": {"tides"}, "＃潮汐 #": {"潮汐"},
	} {
		if got := tagsIn(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
