package guards

import (
	"testing"

	"heed/bots"
)

// A number of North America is written with its country's code too: eleven digits, and
// no area begins with 0 or 1.
func TestPrivateNumbersOfNorthAmerica(t *testing.T) {
	for text, shown := range map[string]bool{
		"call +1 415 555 2671": true, "+14155552671": true, "+1 (415) 555-2671": true,
		"+1 415 555 267": false, "+1 115 555 2671": false, "+1 415 555 26712": false,
	} {
		t.Run(text, func(t *testing.T) {
			_, g, _ := New("private_data")
			want := trial{"", bots.Post, says(text), Allow, ""}
			if shown {
				want.effect, want.code = Hold, "private_data.shown"
			}
			judgeOne(t, g, want)
		})
	}
}
