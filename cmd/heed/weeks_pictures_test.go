package main

import (
	"bytes"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"sync"
)

// pictures are the files in the bots' folders. Some are changed by their bot after they
// were taken in, and before they are sent.
type pictures struct {
	mu      sync.Mutex
	changed int
}

// shown opens a file as it is when an intent is taken in.
func (p *pictures) shown(path string) (io.ReadCloser, error) { return drawn(path, 0), nil }

// sent opens it as it is when the intent is done.
func (p *pictures) sent(_, path string) (io.ReadCloser, error) {
	h := fnv.New32a()
	h.Write([]byte(path))
	if h.Sum32()%6 == 0 {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.changed++
		return drawn(path, 1), nil
	}
	return drawn(path, 0), nil
}

// drawn is a picture of large coloured squares that resembles no other.
func drawn(path string, version uint64) io.ReadCloser {
	h := fnv.New64a()
	h.Write([]byte(path))
	d := rand.New(rand.NewPCG(h.Sum64(), version))
	m := image.NewRGBA(image.Rect(0, 0, 48, 48))
	for y := range 6 {
		for x := range 6 {
			c := color.RGBA{uint8(d.IntN(256)), uint8(d.IntN(256)), uint8(d.IntN(256)), 255}
			for i := range 64 {
				m.SetRGBA(x*8+i%8, y*8+i/8, c)
			}
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, m) // into memory
	return io.NopCloser(&b)
}
