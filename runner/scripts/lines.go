package scripts

import "bytes"

// line is one line of a script's output, without its end.
type line struct {
	text []byte // the kept part
	size int    // the whole length
}

// splitter cuts a stream into lines of which it keeps a bounded part. A line that is
// too long costs that line only.
type splitter struct {
	keep    int // bytes of a line that begins with {
	keepLog int // bytes of every other line
	text    []byte
	size    int
}

// add takes a piece of the stream and hands over each line that it completes.
func (s *splitter) add(piece []byte, each func(line)) {
	for len(piece) > 0 {
		i := bytes.IndexByte(piece, '\n')
		if i < 0 {
			s.grow(piece)
			return
		}
		s.grow(piece[:i])
		s.end(each)
		piece = piece[i+1:]
	}
}

// end hands over what stands there without a newline behind it.
func (s *splitter) end(each func(line)) {
	l := line{text: bytes.TrimSuffix(s.text, []byte{'\r'}), size: s.size}
	s.text, s.size = nil, 0
	if l.size > 0 {
		each(l)
	}
}

func (s *splitter) grow(piece []byte) {
	s.size += len(piece)
	first := byte(0)
	if len(s.text) > 0 {
		first = s.text[0]
	} else if len(piece) > 0 {
		first = piece[0]
	}
	keep := s.keepLog
	if first == '{' {
		keep = s.keep
	}
	if room := keep - len(s.text); room > 0 {
		s.text = append(s.text, piece[:min(room, len(piece))]...)
	}
}
