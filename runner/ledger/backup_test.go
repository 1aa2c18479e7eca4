package ledger

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"heed/bots"
	"heed/runner"
)

// A backup made while four callers write is whole, private, and says what it holds.
func TestBackupBesideWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "heed.db")
	l := openAt(t, path, Options{})
	stop(t, l, "41", "*", t0)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				in := post("x")
				in.Key, in.ID, in.ExpiresAt = fmt.Sprint(w, i), fmt.Sprintf("%d-%d", w, i), t0.Add(time.Hour)
				stored, _ := in.Encode()
				if _, err := l.Enter(ctx, []runner.Entry{{Bot: "tides", At: t0, Intent: in, Stored: stored}}); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	target := filepath.Join(t.TempDir(), "copy.db")
	last := -1
	for range 5 {
		b, err := MakeBackup(t.Context(), path, target, t0, BackupOptions{Force: true})
		must(t, err)
		if b.OptOuts != 1 || b.Intents < last || b.Pending != b.Intents || !b.At.Equal(t0) || b.Schema != len(migrations()) || b.Path != target {
			t.Errorf("backup %+v after one of %d intents", b, last)
		}
		last = b.Intents
		info, err := os.Stat(target)
		must(t, err)
		if info.Mode().Perm() != 0o600 || info.Size() != b.Bytes {
			t.Errorf("mode %o, %d bytes", info.Mode().Perm(), info.Size())
		}
		if again, err := VerifyBackup(target); err != nil || again != b {
			t.Errorf("verify says %+v, %v", again, err)
		}
	}
	cancel()
	wg.Wait()
	onlyFile(t, target)
}

// onlyFile wants nothing else beside a file.
func onlyFile(t *testing.T, file string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Dir(file))
	must(t, err)
	if len(all) != 1 || all[0].Name() != filepath.Base(file) {
		t.Errorf("beside %s stands %v", file, all)
	}
}

func TestBackupRefuses(t *testing.T) {
	path := filled(t)
	dir := t.TempDir()
	there := filepath.Join(dir, "there.db")
	must(t, os.WriteFile(there, []byte("mine"), 0o600))
	link := filepath.Join(filepath.Dir(path), "link.db")
	must(t, os.Link(path, link))
	for _, c := range []struct {
		says, path, target string
		force              bool
		want               string
	}{
		{"a file that is there", path, there, false, "there already"},
		{"the ledger itself, by force too", path, path, true, "part of the ledger"},
		{"the ledger by another name", path, link, true, "part of the ledger"},
		{"its journal", path, path + outsSuffix, true, "part of the ledger"},
		{"a folder", path, dir, true, "no plain file"},
		{"a ledger that is not there", filepath.Join(dir, "no.db"), filepath.Join(dir, "x.db"), false, "no such file"},
		{"a folder that is not there", path, filepath.Join(dir, "no", "x.db"), false, "no such file"},
	} {
		if _, err := MakeBackup(t.Context(), c.path, c.target, t0, BackupOptions{Force: c.force}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.says, err)
		}
	}
	if b, err := os.ReadFile(there); err != nil || string(b) != "mine" {
		t.Errorf("the file that was there: %q, %v", b, err)
	}
	onlyFile(t, there)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := MakeBackup(ended, path, filepath.Join(dir, "x.db"), t0, BackupOptions{}); err == nil {
		t.Error("a backup that was called off was made")
	}
	onlyFile(t, there)
	if err := roomFor(dir, 1<<60); err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("a disk that is too small: %v", err)
	}
}

// A damaged ledger is not copied over a good backup.
func TestADamagedLedgerIsNotBackedUp(t *testing.T) {
	path := filled(t)
	target := filepath.Join(t.TempDir(), "good.db")
	_, err := MakeBackup(t.Context(), path, target, t0, BackupOptions{})
	must(t, err)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	_, err = f.WriteAt(make([]byte, 40960), 8192)
	must(t, err)
	must(t, f.Close())
	if _, err := MakeBackup(t.Context(), path, target, t0, BackupOptions{Force: true}); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("error %v", err)
	}
	if _, err := VerifyBackup(target); err != nil {
		t.Error(err)
	}
	onlyFile(t, target)
}

func TestPruneKeepsTheNewestAndWhatIsNotOurs(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "heed.db")
	for _, name := range []string{"heed.db", "other-20260101T000000Z.db", "heed-20260101T000000Z.db.bak", "heed-mine.db"} {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	for day := range 5 {
		must(t, os.WriteFile(filepath.Join(dir, BackupName(path, t0.AddDate(0, 0, day))), nil, 0o600))
	}
	gone, err := PruneBackups(path, dir, 2)
	if err != nil || len(gone) != 3 || !strings.HasSuffix(gone[0], "heed-20260301T120000Z.db") {
		t.Errorf("deleted %v, %v", gone, err)
	}
	all, _ := os.ReadDir(dir)
	if len(all) != 6 {
		t.Errorf("left: %v", all)
	}
	if got := newestBackup(path); !strings.Contains(got, "heed-20260305T120000Z.db") {
		t.Errorf("the newest is %s", got)
	}
}

func TestVerifyRefuses(t *testing.T) {
	newer, damaged, dir := filled(t), filled(t), t.TempDir()
	sqlite(t, newer, `PRAGMA user_version = 99`)
	must(t, os.Truncate(damaged, 16384))
	foreign, empty, words := filepath.Join(dir, "f.db"), filepath.Join(dir, "e.db"), filepath.Join(dir, "w.db")
	sqlite(t, foreign, `CREATE TABLE songs (title TEXT)`)
	must(t, os.WriteFile(empty, nil, 0o600))
	must(t, os.WriteFile(words, []byte(strings.Repeat("hello ", 2000)), 0o600))
	for file, want := range map[string]string{newer: "schema 99", damaged: "no sound backup", foreign: "no ledger of heed",
		empty: "is empty", words: "no sound backup", dir: "no plain file", dir + "/no": "no such file"} {
		if _, err := VerifyBackup(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		path := filepath.Join(t.TempDir(), "heed.db")
		if _, err := Restore(path, file, "ann", t0, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("restore, %s: %v", want, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: a ledger stands there now", want)
		}
	}
}

// dmTo is a message that answers what somebody said.
func dmTo(who bots.UserID, cause string) bots.Intent {
	return bots.Intent{Action: bots.DM, Text: "hi", Target: bots.Target{UserID: who}, Cause: cause}
}
