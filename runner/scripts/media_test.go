package scripts

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestMediaStaysInTheBotsFolder: a script names files, and fills the folder they are in.
func TestMediaStaysInTheBotsFolder(t *testing.T) {
	dir := t.TempDir()
	k, err := New(Options{StateDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	own := k.StateDir("tides")
	for _, make := range []func() error{
		func() error { return os.MkdirAll(filepath.Join(own, "charts"), 0o700) },
		func() error { return os.WriteFile(filepath.Join(own, "charts", "tide.png"), []byte("picture"), 0o600) },
		func() error { return os.WriteFile(filepath.Join(dir, "heed.db"), []byte("secret"), 0o600) },
		func() error { return os.Symlink("../../heed.db", filepath.Join(own, "out.png")) },
		func() error { return os.Symlink("charts/tide.png", filepath.Join(own, "in.png")) },
		func() error { return syscall.Mkfifo(filepath.Join(own, "pipe.png"), 0o600) },
	} {
		if err := make(); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"charts/tide.png", "in.png"} {
		f, err := k.Media("tides", path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if b, err := io.ReadAll(f); string(b) != "picture" || err != nil {
			t.Errorf("%s holds %q: %v", path, b, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{"out.png", "../../heed.db", filepath.Join(dir, "heed.db"), "pipe.png", "charts", "none.png", ""} {
		f, err := k.Media("tides", path)
		if err == nil {
			_ = f.Close()
			t.Errorf("%q was opened", path)
		} else if !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), own) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if _, err := k.Media("nobody", "x.png"); err == nil {
		t.Error("a bot without a folder has media")
	}
}
