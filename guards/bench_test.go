package guards

import (
	"testing"
	"time"

	"heed/bots"
)

func BenchmarkDefaultPipeline(b *testing.B) {
	for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow} {
		b.Run(string(a), func(b *testing.B) {
			in, f := readyCase(a)
			if a.Writes() {
				in.Text = "High water at Kiel 12:40, 3.1 m above datum. Wind from the west, force 5. Table and chart: https://tides.harbour-lab.com/kiel/2026-11-22 #kiel #tides"
			}
			for i := range 5 {
				f.Alike = append(f.Alike, Alike{Bot: "quakes", Action: bots.Post, At: noon.Add(-time.Hour), Score: 0.3 - float64(i)/20})
			}
			p := Default()
			if v := p.Judge(in, "h", f); v.Effect != Allow {
				b.Fatal(v.Code)
			}
			b.ReportAllocs()
			for b.Loop() {
				p.Judge(in, "h", f)
			}
		})
	}
}

func BenchmarkNeeds(b *testing.B) {
	in, _ := readyCase(bots.Post)
	p := Default()
	b.ReportAllocs()
	for b.Loop() {
		p.Needs(in)
	}
}
