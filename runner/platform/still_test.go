package platform

import (
	"context"
	"errors"
	"strings"
	"testing"

	"heed/runner"
)

// TestP3AStopWhileFilesGoUp: who says stop while a file goes up is not contacted, and
// the question is asked after the last upload and before the post.
func TestP3AStopWhileFilesGoUp(t *testing.T) {
	in, _ := picturePost("look")
	f := newFake(t, always(reply(200, `{"data":{"id":"500"}}`)))
	c := claim(t, in)
	asked := 0
	c.Still = func(context.Context) error {
		asked = len(f.all())
		return errors.New("user 42 opted out by dm meanwhile")
	}
	a := newX(t, f.URL, files(&shelf{files: map[string][][]byte{"a.jpg": {jpegFile(1000)}}})).Do(t.Context(), c)
	if a.Outcome != runner.Refused || a.Code != "x.recalled" || !a.RetryAt.IsZero() || !strings.Contains(a.Detail, "opted out") {
		t.Errorf("answer %+v", a)
	}
	calls := paths(f.all())
	if asked == 0 || asked != len(calls) || strings.Contains(strings.Join(calls, " "), "/2/tweets") {
		t.Errorf("asked after %d of the calls %v", asked, calls)
	}
}
