package scripts_test

import (
	"strings"
	"testing"

	"heed/bots"
)

// TestP7AScriptThatPrintsWhatItReadsPutsNoMessageIntoTheLog tells a script messages,
// all of which it prints and complains about, as read and as text.
func TestP7AScriptThatPrintsWhatItReadsPutsNoMessageIntoTheLog(t *testing.T) {
	r := keep(t, service, python(`
import sys, json
for line in sys.stdin:
    print("read", line, end="")
    text = json.loads(line)["dm"]["text"]
    print("E! got", repr(text), file=sys.stderr)
    print(text[3:])
    print(text.upper()[:0] + "harmless")
print('{"end":1}')`))
	r.want(t, "script.started")
	long := strings.Repeat("a very private matter, number 7; ", 300)
	secrets := []string{"my number is 555 0199", "first line of it\nsecond line \"quoted\" of it", long, "no", "Grüße aus dem Krankenhaus"}
	for _, text := range secrets {
		r.events <- event(t, bots.Event{V: 1, Type: bots.Message, DM: &bots.DMEvent{UserID: "1", Text: text}})
	}
	for range secrets {
		for s := r.want(t, "script.stdout"); s.Text != "harmless"; s = r.want(t, "script.stdout") {
		}
	}
	r.end(t)
	all := r.all()
	for _, part := range []string{"555 0199", "line of it", "second line", "private matter", `"no"`, "'no'", "Krankenhaus"} {
		if strings.Contains(all, part) {
			t.Errorf("the log has %q:\n%.3000s", part, all)
		}
	}
	if !strings.Contains(all, "withheld") {
		t.Error("nothing was withheld")
	}
}
