package guards

import (
	"strings"
	"testing"

	"heed/bots"
)

func TestAsked(t *testing.T) {
	try(t, "asked", []trial{
		{"a bot that asks for nothing is not held", bots.Post, nil, Allow, ""},
		{"a bot that asks for a person's eye waits for it", bots.Post, func(in *bots.Intent, _ *Facts) { in.Hold = true }, Hold, "asked.person"},
	})
	got := (&asked{}).Judge(bots.Intent{Hold: true, Reason: "first of its kind"}, Facts{})
	if !strings.Contains(got.Because, "first of its kind") {
		t.Errorf("the reason is not told: %s", got.Because)
	}
}
