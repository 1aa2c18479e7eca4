package likeness

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// binaryVersion is the first byte of a kept sketch. It changes when a text
// would fold otherwise: sketches of two versions do not compare.
const binaryVersion = 1

// ErrVersion is returned for a sketch that another version of the fold made:
// make it anew from the text.
var ErrVersion = errors.New("likeness: sketch of another version")

// MarshalBinary returns the sketch for keeping: a version byte, the hashes of
// the declared template and facts, and the folded words. It holds no link, no
// mention and no name of a fact, but who reads the words can guess the text.
func (s Sketch) MarshalBinary() ([]byte, error) {
	if s.form == "" {
		return nil, errors.New("likeness: zero sketch has nothing to keep")
	}
	b := make([]byte, 0, 17+len(s.form))
	b = append(b, binaryVersion)
	b = binary.LittleEndian.AppendUint64(b, s.template)
	b = binary.LittleEndian.AppendUint64(b, s.facts)
	return append(b, s.form...), nil
}

// UnmarshalBinary reads a kept sketch back. It fails with ErrVersion when the
// sketch is of another version, and on data that MarshalBinary cannot have made.
func (s *Sketch) UnmarshalBinary(data []byte) error {
	switch {
	case len(data) < 18 || len(data) > 17+maxForm+100:
		return fmt.Errorf("likeness: sketch of %d bytes", len(data))
	case data[0] != binaryVersion:
		return fmt.Errorf("%w: %d, want %d", ErrVersion, data[0], binaryVersion)
	case !utf8.Valid(data[17:]):
		return errors.New("likeness: sketch is not UTF-8")
	}
	form := string(data[17:])
	kept := fromForm(form, len(form)/6)
	if writeForm(kept.body.toks) != form {
		return errors.New("likeness: sketch is not in form")
	}
	kept.template = binary.LittleEndian.Uint64(data[1:])
	kept.facts = binary.LittleEndian.Uint64(data[9:])
	*s = kept
	return nil
}
