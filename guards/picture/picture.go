// Package picture compares pictures by their looks. It is pure: bytes in, hashes out.
//
// A picture is hashed as PDQ does it: brightness, scaled to 64 by 64, its low
// frequencies told apart by their median, 256 bits. One hash does not survive a
// crop, a border or a caption, so a picture has five, of as many views of it, and
// five more of their mirror images, which only a query needs.
package picture

import (
	"bytes"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// Info is what a file says of itself, by its bytes and never by its name.
type Info struct {
	Type          string // image/png, image/jpeg, image/gif, image/webp, video/mp4; "" for anything else
	Width, Height int
	Frames        int // of a GIF
}

// A picture beyond these is not decoded: a small file can ask for any amount of memory.
const (
	maxPixels = 40_000_000
	maxSide   = 16_384
)

// codec reads one kind of picture.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = map[string]codec{
	"image/png":  {png.DecodeConfig, png.Decode},
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/gif":  {gif.DecodeConfig, gif.Decode}, // the first frame
	"image/webp": {webp.DecodeConfig, webp.Decode},
}

// Look reads a file's kind and size and, where it can be decoded within bounds, the
// hashes of its looks: opaque bytes of a fixed length, nil otherwise. A video, a
// damaged file and a picture without structure have none, and compare by their bytes
// alone: the hash of an even surface is noise, so that all of them would be alike or
// none, by chance. How large a file may be is the caller's to say.
func Look(file []byte) (info Info, views []byte) {
	info.Type = kind(file)
	c, ok := codecs[info.Type]
	if !ok {
		return info, nil
	}
	// Decoders of other people read hostile bytes here: a fault of theirs must not
	// end the program, only leave the picture unhashed.
	defer func() {
		if recover() != nil {
			views = nil
		}
	}()
	if info.Type == "image/gif" {
		info.Frames = frames(file)
	}
	size, err := c.config(bytes.NewReader(file))
	if err != nil || size.Width <= 0 || size.Height <= 0 {
		return info, nil
	}
	info.Width, info.Height = size.Width, size.Height
	if !decodable(size.Width, size.Height) {
		return info, nil
	}
	img, err := c.decode(bytes.NewReader(file))
	if err != nil {
		return info, nil
	}
	if b := img.Bounds(); b.Empty() || !decodable(b.Dx(), b.Dy()) {
		return info, nil
	}
	return info, look(img)
}

func decodable(w, h int) bool { return w <= maxSide && h <= maxSide && w*h <= maxPixels }
