package runner

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"heed/bots"
	"heed/guards"
	"heed/guards/picture"
)

const (
	maxMedia = 512 << 20 // bytes of one file; X takes no greater one
	maxLook  = 16 << 20  // of a file that is looked at as a picture
)

// takeIn reads an intent's files, once: their hashes enter the ledger with the intent,
// and what is sent later must have them still.
func (r *Runner) takeIn(bot string, in *bots.Intent) ([]Media, error) {
	var all []Media
	for i := range in.Media {
		m, err := r.readMedia(bot, in.Media[i].Path)
		if err != nil {
			return nil, fmt.Errorf("intent: media[%d]: %w", i, err)
		}
		in.Media[i].SHA256 = m.SHA256
		all = append(all, m)
	}
	return all, nil
}

func (r *Runner) readMedia(bot, path string) (m Media, err error) {
	f, err := r.Scripts.Media(bot, path)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	rest := io.TeeReader(io.LimitReader(f, maxMedia+1), sum)
	head, err := io.ReadAll(io.LimitReader(rest, maxLook))
	if err != nil {
		return m, fmt.Errorf("%q: %w", path, err)
	}
	more, err := io.Copy(io.Discard, rest)
	if err != nil {
		return m, fmt.Errorf("%q: %w", path, err)
	}
	size := int64(len(head)) + more
	switch {
	case size == 0:
		return m, fmt.Errorf("%q is empty", path)
	case size > maxMedia:
		return m, fmt.Errorf("%q is larger than %d MiB", path, maxMedia>>20)
	}
	info, views := picture.Look(head)
	if more > 0 { // the rest was not looked at
		views = nil
	}
	m.Picture = guards.Picture{SHA256: hex.EncodeToString(sum.Sum(nil)), Type: info.Type, Bytes: size,
		Width: info.Width, Height: info.Height, Frames: info.Frames, Hashed: views != nil}
	m.Views = views
	return m, nil
}
