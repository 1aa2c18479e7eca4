package guards

import (
	"fmt"
	"testing"
	"time"

	"heed/bots"
)

// benchTexts are texts as bots write them. The benchmarks judge several of a kind in
// turn, so that nothing is won by remembering the last one.
var benchTexts = map[string][]string{
	"short": {
		"High water at Kiel 12:40, 3.1 m above datum. Calm sea.",
		"M 4.7 earthquake, 12 km south of Izmir, at 08:14 UTC, 9 km deep.",
		"The library opens at 10 today and closes at 19:30.",
		"Line 4 runs every 12 minutes until noon because of works at the bridge.",
	},
	"280": {
		"High water at Kiel 12:40, 3.1 m above datum, low water at 18:55, 0.4 m. Wind from the west, force 5, gusts of 7 in the afternoon, rain after three. Small boats had better stay in. Table and chart for the whole week: https://tides.harbour-lab.com/kiel/2026-11-22?view=week #kiel #tides",
		"A magnitude 5.3 earthquake was measured 41 km east of Hachinohe in Japan at 08:14 UTC, 37 km deep. It was felt from Aomori to Sendai; no tsunami is expected and no damage was told so far. Map, waveforms and what people felt: https://quakes.harbour-lab.com/us2000crkq #earthquake",
		"New at the city library this week: 38 novels, 12 atlases and the letters of the harbour masters from 1881 to 1914, read and indexed by volunteers. Reading on Thursday at 19:30 in the small hall, no tickets needed. The list with all shelf marks: https://library.harbour-lab.com/new #books",
		"Line 4 runs every 12 minutes until noon because of works at the bridge, lines 7 and 9 go round by the station. Buses replace trams between Market and Mill from 9:00 to 16:45. Allow ten minutes more. Times for every stop, updated each minute: https://lines.harbour-lab.com/4 #tram #works",
	},
	"non-Latin": {
		"八戸市の東41キロの沖合で午前8時14分ごろマグニチュード5.3の地震がありました。震源の深さは37キロで、津波の心配はありません。各地の震度と地図: https://quakes.harbour-lab.com/us2000crkq #地震",
		"Сегодня в гавани полная вода в 12:40, высота 3,1 метра, малая вода в 18:55. Ветер западный, до семи баллов, после трёх часов дождь. Таблица на неделю: https://tides.harbour-lab.com/kiel #прилив",
		"오늘 항구의 만조는 12시 40분, 높이는 3.1미터입니다. 오후에는 서풍이 강하고 비가 옵니다. 이번 주 전체 표: https://tides.harbour-lab.com/kiel #만조",
		"आज बंदरगाह पर ज्वार 12:40 बजे आएगा, ऊँचाई 3.1 मीटर। दोपहर के बाद तेज़ हवा और बारिश होगी। पूरे सप्ताह की तालिका: https://tides.harbour-lab.com/kiel #ज्वार",
	},
}

// benchKinds are the kinds of benchTexts in the order of telling.
var benchKinds = []string{"short", "280", "non-Latin"}

type benchCase struct {
	in bots.Intent
	f  Facts
}

// benchCases are ready cases of an action that every guard allows, one a text.
func benchCases(b *testing.B, a bots.Action, kind string) []benchCase {
	b.Helper()
	texts := benchTexts[kind]
	if !a.Writes() {
		texts = []string{"", "", "", ""}
	}
	cases := make([]benchCase, len(texts))
	for i, text := range texts {
		in, f := readyCase(a)
		in.Key, in.Text = fmt.Sprint("key-", i), text
		for j := range 5 {
			f.Alike = append(f.Alike, Alike{Bot: "quakes", Action: bots.Post, At: noon.Add(-time.Hour), Score: 0.3 - float64(j)/20})
		}
		if v := Default().Judge(in, "h", f); v.Effect != Allow {
			b.Fatalf("%s %q: %s %s", a, text, v.Code, v.Message)
		}
		cases[i] = benchCase{in, f}
	}
	return cases
}

func BenchmarkDefaultPipeline(b *testing.B) {
	for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow} {
		for _, kind := range benchKinds {
			if !a.Writes() {
				kind = "no text"
			}
			b.Run(string(a)+"/"+kind, func(b *testing.B) {
				cases, p, i := benchCases(b, a, kind), Default(), 0
				b.ReportAllocs()
				for b.Loop() {
					c := &cases[i&3]
					p.Judge(c.in, "h", c.f)
					i++
				}
			})
			if !a.Writes() {
				break
			}
		}
	}
}

// BenchmarkGuard measures each guard alone, as it stands in the pipeline: what several
// guards share of a text is read again for each judgement.
func BenchmarkGuard(b *testing.B) {
	for _, st := range Default().Stations {
		for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow} {
			if !st.judges(a) {
				continue
			}
			b.Run(st.Rule.Name+"/"+string(a), func(b *testing.B) {
				cases, i := benchCases(b, a, "280"), 0
				p := Pipeline{Stations: []Station{st}}
				b.ReportAllocs()
				for b.Loop() {
					c := &cases[i&3]
					p.Judge(c.in, "h", c.f)
					i++
				}
			})
		}
	}
}

func BenchmarkNeeds(b *testing.B) {
	for _, a := range []bots.Action{bots.Post, bots.Reply, bots.DM, bots.Follow} {
		b.Run(string(a), func(b *testing.B) {
			cases, p, i := benchCases(b, a, "280"), Default(), 0
			b.ReportAllocs()
			for b.Loop() {
				p.Needs(cases[i&3].in)
				i++
			}
		})
	}
}
