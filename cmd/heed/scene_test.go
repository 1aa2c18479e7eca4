package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"
)

// scene draws a picture with some structure, as a JPEG of a quality.
func scene(t *testing.T, quality int) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 640, 420))
	for y := range 420 {
		for x := range 640 {
			wave := 40 * math.Sin(float64(x)/37+float64(y)/19)
			c := color.RGBA{uint8(90 + wave), uint8(120 + float64(y)/6), uint8(200 - float64(x)/8), 255}
			if (x-200)*(x-200)+(y-140)*(y-140) < 4900 || x > 380 && x < 520 && y > 200 && y < 330 {
				c = color.RGBA{240, 230, 90, 255}
			}
			m.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
