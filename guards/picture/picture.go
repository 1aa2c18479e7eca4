// Package picture compares pictures by their looks. It is pure: bytes in, hashes out.
package picture

// Info is what a file says of itself, by its bytes and never by its name.
type Info struct {
	Type          string // image/png, image/jpeg, image/gif, image/webp, video/mp4; "" for anything else
	Width, Height int
	Frames        int // of a GIF
}

// Look reads a file's kind and size and, where it can be decoded within bounds, the
// hashes of its looks: opaque bytes of a fixed length, nil otherwise.
func Look(file []byte) (info Info, views []byte) { return Info{}, nil }

// Near is a picture of an Index.
type Near struct {
	ID   int64
	Bits int // of 256 that differ, by the likest pair of views
}

// Index holds pictures by their views. It is not safe for concurrent use.
type Index struct{}

// Add files a picture; the same id again replaces it.
func (x *Index) Add(id int64, views []byte) {}

// Remove takes a picture out.
func (x *Index) Remove(id int64) {}

// Nearest gives the pictures within so many bits, likest first, at most so many.
func (x *Index) Nearest(views []byte, within, most int) []Near { return nil }
