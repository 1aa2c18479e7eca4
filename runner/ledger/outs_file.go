package ledger

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"heed/runner"
)

// outsTail is within how many bytes of the journal's end its last line stands.
const outsTail = 64 << 10

var errNoTop = errors.New("its end cannot be read")

// top is the greatest number that the file knows, from its end alone. No journal, or one
// without a good line at its end, is fs.ErrNotExist or errNoTop.
func (o outs) top() (int64, error) {
	f, err := os.Open(o.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	tail, _, err := endOf(f)
	if err != nil {
		return 0, err
	}
	return topOf(tail)
}

func topOf(tail []byte) (int64, error) {
	lines := bytes.Split(tail, []byte("\n"))
	for _, raw := range slices.Backward(lines[:len(lines)-1]) { // what follows the last line end is torn
		if l, ok := decodeOut(raw); ok {
			return l.Top, nil
		}
	}
	return 0, errNoTop
}

// endOf gives the last bytes of a file and its size.
func endOf(f *os.File) (tail []byte, size int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	size = info.Size()
	tail = make([]byte, min(size, outsTail))
	_, err = f.ReadAt(tail, size-int64(len(tail)))
	return tail, size, err
}

// outsRead is what reading the whole journal showed.
type outsRead struct {
	lines    []outLine // good ones, by number
	top      int64
	begun    bool  // its first line is there
	damaged  int   // lines that are not as they were written
	spoilt   bool  // the last one is such
	spoiltTo int64 // no damaged line has a greater number than this
}

// read takes in the whole journal. A last line that was torn by a death in the middle of
// its writing was never acknowledged, and is passed over.
func (o outs) read() (r outsRead, err error) {
	f, err := os.Open(o.path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, outsTail)
	for {
		raw, err := in.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return r, err
		}
		if err != nil {
			if r.spoilt {
				r.spoiltTo = math.MaxInt64
			}
			slices.SortStableFunc(r.lines, func(a, b outLine) int { return cmp.Compare(a.N, b.N) })
			return r, nil
		}
		r.add(raw, long)
	}
}

func (r *outsRead) add(raw []byte, long bool) {
	l, ok := outLine{}, false
	if !long {
		l, ok = decodeOut(raw[:len(raw)-1])
	}
	switch {
	case !ok:
		r.damaged++
		r.spoilt = true
		return
	case l.Kind == outsBegin:
		r.begun = true
	default:
		r.lines = append(r.lines, l)
	}
	if r.spoilt {
		r.spoilt, r.spoiltTo = false, l.Top
	}
	r.top = max(r.top, l.Top, l.N)
}

// after gives the lines beyond a number.
func (r outsRead) after(n int64) []outLine {
	return keep(r.lines, func(l outLine) bool { return l.N > n })
}

// commits says of how many commits the lines beyond a number are.
func (r outsRead) commits(n int64) int {
	seen := map[int64]bool{}
	for _, l := range r.after(n) {
		seen[l.Batch] = true
	}
	return len(seen)
}

// append adds lines that have their numbers, and is done when they are on the disk. A
// torn line at the end is cut off first; lines that cannot be written whole leave nothing.
func (o outs) append(lines []outLine) (size int64, err error) {
	f, err := os.OpenFile(o.path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	tail, size, err := endOf(f)
	if err != nil {
		return 0, err
	}
	top, err := topOf(tail)
	if err != nil || len(lines) == 0 {
		return size, err
	}
	text, err := encodeOuts(lines, top)
	if err != nil {
		return 0, err
	}
	size -= int64(len(tail) - bytes.LastIndexByte(tail, '\n') - 1)
	if err := f.Truncate(size); err != nil {
		return 0, err
	}
	if _, err = f.WriteAt(text, size); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return 0, errors.Join(err, f.Truncate(size))
	}
	return size + int64(len(text)), nil
}

func encodeOuts(lines []outLine, top int64) (text []byte, err error) {
	for _, l := range lines {
		top = max(top, l.N)
		l.Top = top
		b, err := l.encode()
		if err != nil {
			return nil, err
		}
		text = append(text, b...)
	}
	return text, nil
}

// write replaces the whole journal.
func (o outs) write(lines []outLine, top int64) (size int64, err error) {
	text, err := encodeOuts(append([]outLine{{N: top, Kind: outsBegin}}, lines...), top)
	if err != nil {
		return 0, err
	}
	part := o.path + ".new"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(part, o.path)
	}
	if err != nil {
		_ = os.Remove(part)
		return 0, err
	}
	return int64(len(text)), runner.SyncFolder(filepath.Dir(o.path))
}
