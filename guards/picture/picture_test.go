package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// asGIF makes an animation; every frame after the first is a single point.
func asGIF(t testing.TB, m image.Image, frames int) []byte {
	t.Helper()
	var b bytes.Buffer
	g := gif.GIF{}
	pal := color.Palette{}
	for i := range 256 {
		pal = append(pal, color.Gray{byte(i)})
	}
	first := image.NewPaletted(m.Bounds(), pal)
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			first.Set(x, y, color.GrayModel.Convert(m.At(x, y)))
		}
	}
	g.Image, g.Delay = append(g.Image, first), append(g.Delay, 1)
	for range frames - 1 {
		g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White}))
		g.Delay = append(g.Delay, 1)
	}
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// asWebP writes the smallest lossless WebP there is: two greens, one bit a point.
func asWebP(m *image.RGBA) []byte {
	b := m.Bounds()
	var data []byte
	n := 0
	put := func(v uint32, bits int) {
		for i := range bits {
			if n%8 == 0 {
				data = append(data, 0)
			}
			data[n/8] |= byte(v>>i&1) << (n % 8)
			n++
		}
	}
	put(0x2f, 8)
	put(uint32(b.Dx()-1), 14)
	put(uint32(b.Dy()-1), 14)
	put(0, 4) // no alpha, version 0
	put(0, 3) // no transform, no colour cache, one set of codes
	// Green: a simple code of two symbols of eight bits, 0 and 255.
	put(1, 1)
	put(1, 1)
	put(1, 1)
	put(0, 8)
	put(255, 8)
	for _, symbol := range []uint32{0, 0, 255, 0} { // red, blue, alpha, distance: one symbol each
		put(1, 1)
		put(0, 1)
		put(1, 1)
		put(symbol, 8)
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			put(uint32(m.RGBAAt(x, y).G>>7), 1)
		}
	}
	if len(data)%2 == 1 {
		data = append(data, 0)
	}
	out := []byte("RIFF")
	out = binary.LittleEndian.AppendUint32(out, uint32(12+len(data)))
	out = append(out, "WEBPVP8L"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
	return append(out, data...)
}

func TestAFileSaysWhatItIsByItsBytes(t *testing.T) {
	m := scene(3)
	mp4 := "\x00\x00\x00\x18ftyp"
	for _, c := range []struct {
		says   string
		file   []byte
		want   Info
		hashed bool
	}{
		{"a PNG", asPNG(m), Info{"image/png", 480, 360, 0}, true},
		{"a JPEG", asJPEG(m, 80), Info{"image/jpeg", 480, 360, 0}, true},
		{"a GIF of one frame", asGIF(t, m, 1), Info{"image/gif", 480, 360, 1}, true},
		{"a GIF of seven frames", asGIF(t, m, 7), Info{"image/gif", 480, 360, 7}, true},
		{"a WebP", asWebP(m), Info{"image/webp", 480, 360, 0}, true},
		{"a video", []byte(mp4 + "isom\x00\x00\x02\x00"), Info{Type: "video/mp4"}, false},
		{"a newer video", []byte(mp4 + "mp42"), Info{Type: "video/mp4"}, false},
		{"a picture in the boxes of a video is none", []byte(mp4 + "avif\x00\x00\x00\x00"), Info{}, false},
		{"nor is one of a phone", []byte(mp4 + "heic"), Info{}, false},
		{"a cut box is nothing", []byte(mp4 + "is"), Info{}, false},
		{"a text is nothing", []byte("Free soup at the harbour"), Info{}, false},
		{"no bytes are nothing", nil, Info{}, false},
		{"a damaged PNG keeps its kind and size", asPNG(m)[:4000], Info{"image/png", 480, 360, 0}, false},
		{"a PNG of a name alone", []byte("\x89PNG\r\n\x1a\n"), Info{Type: "image/png"}, false},
		{"a GIF of a head alone", []byte("GIF89a\x01\x00\x01\x00"), Info{Type: "image/gif"}, false},
	} {
		info, views := Look(c.file)
		if info != c.want || (views != nil) != c.hashed {
			t.Errorf("%s: %+v, hashed %v, want %+v, %v", c.says, info, views != nil, c.want, c.hashed)
		}
		if views != nil && len(views) != viewsLen {
			t.Errorf("%s: views of %d bytes", c.says, len(views))
		}
	}
}

func TestOneSceneInEveryFormatIsOnePicture(t *testing.T) {
	m := scene(4)
	want := viewsOf(t, asPNG(m))
	for says, file := range map[string][]byte{"JPEG": asJPEG(m, 70), "GIF": asGIF(t, m, 2)} {
		if n := apart(viewsOf(t, file), want); n > 10 {
			t.Errorf("as %s it is %d bits away", says, n)
		}
	}
	two := copied(m) // what the WebP holds
	each(two, func(x, y int) color.RGBA { return color.RGBA{0, m.RGBAAt(x, y).G >> 7 * 255, 0, 255} })
	if n := apart(viewsOf(t, asWebP(m)), viewsOf(t, asPNG(two))); n > 4 {
		t.Errorf("as WebP it is %d bits away", n)
	}
}

// A file may claim any size: nothing is decoded before its head was read.
func TestAClaimOfGreatSizeIsNotDecoded(t *testing.T) {
	huge := func(w, h uint32) []byte {
		file := slices.Clone(asPNG(image.NewGray(image.Rect(0, 0, 1, 1))))
		binary.BigEndian.PutUint32(file[16:], w)
		binary.BigEndian.PutUint32(file[20:], h)
		binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
		return file
	}
	for _, size := range [][2]uint32{{16_385, 1}, {1, 16_385}, {8000, 5001}, {1 << 30, 1 << 30}} {
		file := huge(size[0], size[1])
		if n := testing.AllocsPerRun(1, func() { Look(file) }); n > 100 {
			t.Errorf("%v: %v allocations", size, n)
		}
		info, views := Look(file)
		if views != nil || size[0] < 1<<20 && (info.Width != int(size[0]) || info.Height != int(size[1])) {
			t.Errorf("%v: %+v, hashed %v", size, info, views != nil)
		}
	}
	if !decodable(8000, 5000) {
		t.Error("40 megapixels are allowed")
	}
}

// The hash of an even surface is noise: such pictures are compared by bytes alone.
func TestAPictureWithoutStructureHasNoViews(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(f func(x, y int) color.RGBA) *image.RGBA {
		m := image.NewRGBA(image.Rect(0, 0, 300, 200))
		each(m, f)
		return m
	}
	for says, m := range map[string]*image.RGBA{
		"one colour":  draw(func(x, y int) color.RGBA { return color.RGBA{200, 30, 60, 255} }),
		"grain":       draw(func(x, y int) color.RGBA { v := byte(120 + rng.IntN(5)); return color.RGBA{v, v, v, 255} }),
		"nothing":     draw(func(x, y int) color.RGBA { return color.RGBA{} }),
		"a slow fade": draw(func(x, y int) color.RGBA { v := byte(x / 4); return color.RGBA{v, v, v, 255} }),
	} {
		for _, file := range [][]byte{asPNG(m), asJPEG(m, 60)} {
			if info, views := Look(file); views != nil || info.Width != 300 {
				t.Errorf("%s: %+v has views", says, info)
			}
		}
	}
	if _, views := Look(asPNG(image.NewGray(image.Rect(0, 0, 1, 1)))); views != nil {
		t.Error("a point has views")
	}
}

// Two pages may share an empty middle and differ in what stands below: the views
// that hold nothing must not make them the same.
func TestEmptyViewsResembleNothing(t *testing.T) {
	page := func(n int) []byte {
		m := image.NewRGBA(image.Rect(0, 0, 400, 400))
		fill(m, m.Bounds(), color.White)
		figure(m, 30, 360, 16, 9, n)
		return viewsOf(t, asPNG(m))
	}
	a, b := page(111111111), page(987654320)
	if all, _ := readViews(a); all[3] != (hash{}) {
		t.Fatal("the view without the bottom should be empty")
	}
	if n := apart(a, b); n <= 45 {
		t.Errorf("%d bits apart", n)
	}
	if n := apart(a, a); n != 0 {
		t.Errorf("%d bits from itself", n)
	}
}

// The model: a plain map, and every pair of views compared bit by bit.
func TestTheIndexFindsWhatComparingAllFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x Index
		held := map[int64][]byte{}
		drawn := rapid.Custom(func(t *rapid.T) []byte {
			views := bytes.Repeat([]byte{0x5a}, viewsLen)
			views[0] = viewsVersion
			for range rapid.IntRange(0, 40).Draw(t, "changes") {
				views[rapid.IntRange(1, viewsLen-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
			}
			return views
		})
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			id := rapid.Int64Range(0, 8).Draw(t, "id")
			if rapid.Bool().Draw(t, "remove") {
				x.Remove(id)
				delete(held, id)
			} else {
				held[id] = drawn.Draw(t, "views")
				x.Add(id, held[id])
			}
		}
		query, within, most := drawn.Draw(t, "query"), rapid.IntRange(-1, 90).Draw(t, "within"), rapid.IntRange(0, 5).Draw(t, "most")
		var want []Near
		for id, views := range held {
			if n := bitwise(query, views); n <= within {
				want = append(want, Near{id, n})
			}
		}
		slices.SortFunc(want, nearer)
		want = want[:min(most, len(want))]
		if got := x.Nearest(query, within, most); !slices.Equal(got, want) || x.Len() != len(held) {
			t.Fatalf("%v of %d, want %v of %d", got, x.Len(), want, len(held))
		}
	})
}

func bitwise(query, stored []byte) int {
	least := 256
	for i := range 2 * viewCount {
		for j := range viewCount {
			n := 0
			for k := range 8 * hashBytes {
				a, b := query[1+i*hashBytes+k/8]>>(k%8)&1, stored[1+j*hashBytes+k/8]>>(k%8)&1
				n += int(a ^ b)
			}
			least = min(least, n)
		}
	}
	return least
}

func TestViewsOfAnotherVersionAreNotCompared(t *testing.T) {
	var x Index
	views := viewsOf(t, asPNG(scene(5)))
	x.Add(1, views)
	other := slices.Clone(views)
	other[0]++
	for _, v := range [][]byte{nil, other, views[:40], append(slices.Clone(views), 0)} {
		if got := x.Nearest(v, 45, 3); got != nil {
			t.Errorf("%d bytes of version %v: %v", len(v), v[:min(1, len(v))], got)
		}
		x.Add(2, v)
	}
	if x.Len() != 1 {
		t.Errorf("%d pictures are filed", x.Len())
	}
	x.Add(1, other) // replaces, and cannot be compared: the old views must not stay
	if x.Len() != 0 {
		t.Error("replaced views are still compared")
	}
}

// Kept views must mean the same after an update: a change here asks for a new version byte.
func TestViewsStayAsTheyAre(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 256, 256))
	for i := range m.Pix {
		m.Pix[i] = byte((i%256)*(i/256)/256 ^ (i >> 11 & 31 * 7))
	}
	all, _ := readViews(viewsOf(t, asPNG(m)))
	want := hash{0x4d92b26ccdd3a972, 0xbb2b54fae1242a59, 0x2d29ca4bb6186d95, 0xba9526aa5d5a9295}
	got := all[0]
	// Processors round differently: a bit or two may lie on the other side of the median.
	if n := closest([]hash{got}, &[viewCount]hash{want}, 255); n > 4 {
		t.Errorf("%#x is %d bits from %#x", got, n, want)
	}
}

func FuzzLook(f *testing.F) {
	m := scaled(card(6), 40, 30)
	for _, file := range [][]byte{asPNG(m), asJPEG(m, 50), asGIF(f, m, 3), asWebP(m), []byte("\x00\x00\x00\x18ftypisom"), []byte("GIF89a"), nil} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<16 {
			return
		}
		info, views := Look(file)
		if info.Frames > len(file) || info.Width < 0 || info.Height < 0 {
			t.Errorf("%+v of %d bytes", info, len(file))
		}
		if views != nil && (len(views) != viewsLen || info.Type == "" || apart(views, views) != 0) {
			t.Errorf("%+v: %d bytes of views", info, len(views))
		}
	})
}
