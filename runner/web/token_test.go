package web

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestTokenIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "http.token")
	first, err := Token(path)
	if err != nil || len(first) != 43 || bytes.ContainsAny(first, "+/=\n ") {
		t.Fatalf("%q, %v", first, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again, err := Token(path)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("read again: %q, %v", again, err)
	}
	other, err := Token(filepath.Join(t.TempDir(), "http.token"))
	if err != nil || bytes.Equal(first, other) {
		t.Errorf("another file: %q, %v", other, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}

// Processes that start at once agree on one token.
func TestTokenIsMadeByOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "http.token")
	var all sync.WaitGroup
	got := make([]string, 20)
	for i := range got {
		all.Go(func() {
			b, err := Token(path)
			if err != nil {
				t.Error(err)
			}
			got[i] = string(b)
		})
	}
	all.Wait()
	for _, s := range got {
		if s != got[0] {
			t.Fatalf("two tokens: %q and %q", s, got[0])
		}
	}
}

func TestTokenFilesThatAreRefused(t *testing.T) {
	good := strings.Repeat("A", 43)
	for name, row := range map[string]struct {
		make func(t *testing.T, path string)
		says string
	}{
		"readable by the group":       {func(t *testing.T, p string) { write(t, p, good, 0o640) }, "0640"},
		"readable by everybody":       {func(t *testing.T, p string) { write(t, p, good, 0o604) }, "others may read it"},
		"writable by others":          {func(t *testing.T, p string) { write(t, p, good, 0o602) }, "0602"},
		"empty":                       {func(t *testing.T, p string) { write(t, p, "", 0o600) }, "holds no token"},
		"short":                       {func(t *testing.T, p string) { write(t, p, good[1:], 0o600) }, "holds no token"},
		"of other signs":              {func(t *testing.T, p string) { write(t, p, good[1:]+"+", 0o600) }, "holds no token"},
		"with more behind the token":  {func(t *testing.T, p string) { write(t, p, good+"\n\n", 0o600) }, "holds no token"},
		"a folder":                    {func(t *testing.T, p string) { mkdir(t, p) }, "no plain file"},
		"a link to a token":           {func(t *testing.T, p string) { write(t, p+"2", good, 0o600); link(t, p+"2", p) }, "symbolic links"},
		"a link to nothing":           {func(t *testing.T, p string) { link(t, p+"3", p) }, "symbolic links"},
		"in a folder that is missing": {nil, "cannot be made"},
	} {
		path := filepath.Join(t.TempDir(), "http.token")
		if row.make == nil {
			path = filepath.Join(path, "x")
		} else {
			row.make(t, path)
		}
		got, err := Token(path)
		if err == nil || got != nil || !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s: the token is told: %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "http.token")
	write(t, path, good+"\n", 0o400)
	if got, err := Token(path); err != nil || string(got) != good {
		t.Errorf("a file that its owner may only read: %q, %v", got, err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}
