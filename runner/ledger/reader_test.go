package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/bots"
	"heed/runner"
)

func TestAReaderSeesAllAndChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if _, err := OpenReader(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a missing file: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a reader made the file: %v", err)
	}
	l := openAt(t, path, Options{})
	r, err := OpenReader(path)
	must(t, err)
	in := bots.Intent{ID: "id-of-tide-14", Key: "tide-14", Action: bots.Post, Text: "High tide."}
	stored, err := in.Encode()
	must(t, err)
	_, err = l.Enter(t.Context(), []runner.Entry{{Bot: "tides", At: t0, Intent: in, Stored: stored, Key: in.Key}})
	must(t, err)
	c, err := r.Case(t.Context(), runner.Ref{Bot: "tides", Key: "tide-14"})
	must(t, err)
	page, err := r.Log(t.Context(), runner.LogQuery{Bot: "tides"})
	must(t, err)
	if c.State != runner.Waiting || c.Intent.Text != in.Text || len(page.Records) != 1 {
		t.Errorf("read %+v and %+v", c, page)
	}
	err = r.l.read(t.Context(), func(c *conn) error { return c.script(`DELETE FROM records`) })
	if err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("a reader's connection deleted: %v", err)
	}
	must(t, r.Close())
	if _, err := r.Case(t.Context(), runner.Ref{Bot: "tides", Key: "tide-14"}); !errors.Is(err, ErrClosed) {
		t.Errorf("read after its end: %v", err)
	}
	must(t, l.Close())

	c0, err := dial(path, false, readerCacheKiB)
	must(t, err)
	must(t, c0.script(`PRAGMA user_version = 1`))
	must(t, c0.close())
	if _, err := OpenReader(path); err == nil || !strings.Contains(err.Error(), "schema 1") {
		t.Errorf("another schema: %v", err)
	}
}
