package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// cutDisk is a power cut between two uses of a mounted disk.
func cutDisk(t *testing.T, d *forgetful, dir string, torn int) {
	t.Helper()
	d.cut(torn, rand.New(rand.NewPCG(1, 1)))
	d.release()
	d.unmount(t, dir)
	d.mount(t, dir)
}

func onDisk(t *testing.T, strict bool) (*forgetful, string) {
	t.Helper()
	needFUSE(t)
	d, dir := newForgetful(strict), t.TempDir()
	d.mount(t, dir)
	t.Cleanup(func() { d.unplug(t, dir) })
	return d, dir
}

// put writes a file, and syncs what it is told to.
func put(t *testing.T, path, text string, file, folder bool) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil && file {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if folder {
		syncFolder(t, filepath.Dir(path))
	}
}

func syncFolder(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Open(dir)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// contentOf says what a file holds; "-" when there is none.
func contentOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "-"
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestTheForgetfulDiskForgetsWhatWasNotSynced: seen through the kernel, strict and as
// a journal does.
func TestTheForgetfulDiskForgetsWhatWasNotSynced(t *testing.T) {
	for _, strict := range []bool{true, false} {
		d, dir := onDisk(t, strict)
		at := func(name string) string { return filepath.Join(dir, name) }
		put(t, at("kept"), "synced", true, true)
		put(t, at("kept"), " and not", false, false)
		put(t, at("never"), "x", false, false)
		put(t, at("named"), "only its name", false, true)
		put(t, at("old"), "old", true, true)
		put(t, at("new"), "new", true, true)
		put(t, at("going"), "still here", true, true)
		put(t, at("nameless"), "the file is synced, its folder is not", true, false)
		if err := errors.Join(os.Mkdir(at("folder"), 0o700), os.Rename(at("new"), at("old")), os.Remove(at("going"))); err != nil {
			t.Fatal(err)
		}
		put(t, at("folder/file"), "in a folder", true, true)
		put(t, at("last"), "x", false, false)
		if now := contentOf(t, at("kept")) + contentOf(t, at("old")) + contentOf(t, at("going")); now != "synced and notnew-" {
			t.Fatalf("before the cut: %s", now)
		}
		cutDisk(t, d, dir, 0)
		want := map[string]string{"kept": "synced", "never": "", "named": "", "last": "-", "old": "old", "new": "new", "going": "still here",
			"nameless": "-", "folder/file": "-"}
		if !strict { // the file in the folder took with it all names that changed before its own
			want["nameless"], want["folder/file"] = "the file is synced, its folder is not", "in a folder"
			want["old"], want["new"], want["going"] = "new", "-", "-"
		}
		for name, text := range want {
			if got := contentOf(t, at(name)); got != text {
				t.Errorf("strict %t: %s holds %q after the cut, want %q", strict, name, got, text)
			}
		}
	}
}

func TestTheForgetfulDiskKeepsWhatIsWrittenThrough(t *testing.T) {
	d, dir := onDisk(t, false)
	for _, flag := range []int{syscall.O_SYNC, syscall.O_DSYNC} {
		f, err := os.OpenFile(filepath.Join(dir, "through"), os.O_CREATE|os.O_WRONLY|os.O_APPEND|flag, 0o600)
		if err == nil {
			_, err = f.WriteString("once ")
		}
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	cutDisk(t, d, dir, 0)
	if got := contentOf(t, filepath.Join(dir, "through")); got != "once once " {
		t.Errorf("the file holds %q", got)
	}
}

func TestTheForgetfulDiskUndoesLengths(t *testing.T) {
	d, dir := onDisk(t, true)
	path := filepath.Join(dir, "f")
	put(t, path, "a long text", true, true)
	if err := os.Truncate(path, 1); err != nil {
		t.Fatal(err)
	}
	put(t, path, "bc", false, false)
	if got := contentOf(t, path); got != "abc" {
		t.Fatalf("the file holds %q", got)
	}
	cutDisk(t, d, dir, 0)
	if got := contentOf(t, path); got != "a long text" {
		t.Errorf("after the cut it holds %q", got)
	}
}

// TestTheForgetfulDiskRefusesWhoComesAfterTheCut: what was under way at the cut is
// never answered with success.
func TestTheForgetfulDiskRefusesWhoComesAfterTheCut(t *testing.T) {
	d, dir := onDisk(t, true)
	f, err := os.Create(filepath.Join(dir, "f"))
	if err != nil {
		t.Fatal(err)
	}
	d.cut(0, nil)
	ended := make(chan error, 1)
	go func() {
		_, err := f.WriteString("too late")
		ended <- errors.Join(err, f.Sync())
	}()
	d.release()
	if err := <-ended; !errors.Is(err, syscall.EIO) {
		t.Errorf("err = %v", err)
	}
	_ = f.Close() // it is gone
	d.unmount(t, dir)
	d.mount(t, dir)
	if got := contentOf(t, filepath.Join(dir, "f")); got != "-" {
		t.Errorf("the file holds %q", got)
	}
}

// TestTheForgetfulDiskTears: of many unsynced pieces some survive and some do not, each
// whole; what was synced is always there; the same seed tears alike.
func TestTheForgetfulDiskTears(t *testing.T) {
	const pieces = 64
	tear := func(piece int, seed uint64) []byte {
		d := newForgetful(false)
		n := d.add(false, 0o600)
		d.name(naming{{dir: d.root, name: "f", to: n}})
		n.write(0, bytes.Repeat([]byte{'s'}, piece*pieces))
		d.sync(n)
		n.write(0, bytes.Repeat([]byte{'u'}, piece*pieces*2))
		n.write(100, []byte("v"))
		d.cut(piece, rand.New(rand.NewPCG(seed, 1)))
		b, _ := d.read("f")
		return b
	}
	lengths := map[int]bool{}
	for _, piece := range []int{512, 4096} {
		for seed := range uint64(20) {
			b := tear(piece, seed)
			if again := tear(piece, seed); !bytes.Equal(b, again) {
				t.Fatalf("seed %d tears in two ways", seed)
			}
			lengths[len(b)/piece] = true
			if len(b) < piece*pieces {
				t.Fatalf("%d of the %d bytes that were synced are left", len(b), piece*pieces)
			}
			seen := map[byte]int{}
			for at := piece; at < piece*pieces; at += piece {
				seen[b[at]]++
				if !bytes.Equal(b[at:at+piece], bytes.Repeat(b[at:at+1], piece)) {
					t.Fatalf("the piece at %d is half of one write and half of another", at)
				}
			}
			if seen['s'] == 0 || seen['u'] == 0 || len(seen) != 2 {
				t.Errorf("piece %d, seed %d: of the pieces are left %v", piece, seed, seen)
			}
		}
	}
	if !lengths[pieces] || !lengths[2*pieces] {
		t.Errorf("the lengths that were left: %v", lengths)
	}
}

// TestTheForgetfulDiskTearsNames: a journal keeps a first part of what was done, in
// its order; POSIX alone keeps any part of it, but a rename whole.
func TestTheForgetfulDiskTearsNames(t *testing.T) {
	left := func(strict bool, seed uint64) (names []string) {
		d := newForgetful(strict)
		for _, name := range []string{"a", "b", "c"} {
			d.name(naming{{dir: d.root, name: name, to: d.add(false, 0o600)}})
		}
		d.sync(d.root)
		n := d.root.entries["a"]
		d.name(naming{{dir: d.root, name: "a"}, {dir: d.root, name: "z", to: n}})
		d.name(naming{{dir: d.root, name: "b"}})
		d.cut(512, rand.New(rand.NewPCG(seed, 2)))
		for _, name := range []string{"a", "b", "c", "z"} {
			if d.root.entries[name] != nil {
				names = append(names, name)
			}
		}
		return names
	}
	for strict, may := range map[bool][]string{false: {"abc", "bcz", "cz"}, true: {"abc", "bcz", "cz", "ac"}} {
		seen := map[string]bool{}
		for seed := range uint64(60) {
			s := ""
			for _, name := range left(strict, seed) {
				s += name
			}
			seen[s] = true
			if !slices.Contains(may, s) {
				t.Errorf("strict %t, seed %d: %q are left", strict, seed, s)
			}
		}
		if len(seen) != len(may) {
			t.Errorf("strict %t: only %v were ever left", strict, seen)
		}
	}
}
