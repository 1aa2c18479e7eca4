package web

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// tokenBytes of chance make a token, written in base64url.
const tokenBytes = 32

// Token reads the token that a file holds, or makes the file with a new one, readable
// by its owner alone. A file that others can read, that belongs to somebody else or
// that holds no token is refused, and left as it is.
func Token(path string) ([]byte, error) {
	token, err := readToken(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeToken(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("web: token %s: it cannot be made: %w", path, err)
		}
		token, err = readToken(path) // also where another process was first
	}
	if err != nil {
		return nil, fmt.Errorf("web: token %s: %w", path, err)
	}
	return token, nil
}

func readToken(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no plain file")
	case !known || int(owner.Uid) != os.Geteuid():
		return nil, errors.New("it belongs to somebody else; remove it, and heed makes a new one")
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("others may read it (mode %04o); remove it, and heed makes a new one for you alone", info.Mode().Perm())
	}
	b, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return nil, err
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	// The decoder skips line ends, so the length is looked at too.
	if _, err := base64.RawURLEncoding.Strict().DecodeString(string(b)); err != nil || len(b) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return nil, errors.New("it holds no token; remove it, and heed makes a new one")
	}
	return b, nil
}

// makeToken writes a new token whole, and only where nothing stands yet: the name is
// given to a finished file, so nobody can find half a token under it.
func makeToken(path string) error {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // it never fails: the program ends instead
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".token-*") // O_EXCL, 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(base64.RawURLEncoding.EncodeToString(raw) + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), path) // fails where there is one
	}
	err = errors.Join(err, os.Remove(f.Name()))
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
