package scripts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// Media opens a regular file in the bot's own folder. The folder is the bot's to fill,
// so neither a link out of it nor a pipe that never ends may be followed.
func (k *Keeper) Media(bot, path string) (io.ReadCloser, error) {
	root, err := os.OpenRoot(k.StateDir(bot))
	if err != nil {
		return nil, fmt.Errorf("the bot's folder: %w", err)
	}
	defer root.Close()
	// Without O_NONBLOCK the opening of a pipe would wait for its writer.
	f, err := root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("%q is not to be had in the bot's folder: %w", path, errors.Unwrap(err))
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%q is no regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
