package likeness

import "testing"

// want is what a pair of posts deserves.
type want int

const (
	surely   want = iota // Deny or above
	likely               // Hold or above
	distinct             // below Hold
)

func (w want) holds(score float64) bool {
	switch w {
	case surely:
		return score >= Deny
	case likely:
		return score >= Hold
	}
	return score < Hold
}

const (
	ferry   = "The night ferry to Kirkwall leaves two hours late because of strong winds over the firth"
	shelter = "Our shelter found homes for three old dogs today, thank you to everyone who shared their pictures"
	invest  = "I make good money from my kitchen table with this simple system, ask me how and start today https://pay.example/a1"
)

var pairs = []struct {
	kind, a, b string
	want       want
}{
	// The same message, disguised.
	{"exact", ferry, ferry, surely},
	{"upper case", ferry, "THE NIGHT FERRY TO KIRKWALL LEAVES TWO HOURS LATE BECAUSE OF STRONG WINDS OVER THE FIRTH", surely},
	{"mixed case", "Library closes early", "LiBrArY cLoSeS eArLy", surely},
	{"emoji in front", ferry, "⛴️🌬️ " + ferry, surely},
	{"emoji between", "Free soup at the harbour today", "Free 🍲 soup at the 🎉 harbour today 👉", surely},
	{"punctuation", ferry, "The night ferry, to Kirkwall, leaves two hours late!!! Because of strong winds... over the firth", surely},
	{"apostrophes", "I'm sure it's over, don't wait", "Im sure its over dont wait", surely},
	{"quotes", shelter, "“" + shelter + "”", surely},
	{"line breaks", ferry, "The night ferry\n\nto Kirkwall\tleaves two hours   late because of strong winds over the firth\n", surely},
	{"link added", ferry, ferry + " https://news.example/f/12", surely},
	{"link swapped", invest, "I make good money from my kitchen table with this simple system, ask me how and start today https://pay.example/zz9", surely},
	{"tracking parameters", "Read this https://news.example/story?utm_source=x", "Read this https://news.example/story?utm_source=y&ref=7", surely},
	{"only a link, other tracking", "https://news.example/story?utm_source=x", "http://www.news.example/story#top", surely},
	{"link without scheme", ferry, ferry + " news.example/f12", surely},
	{"mention in front", ferry, "@anna_k @harbour " + ferry, surely},
	{"mention swapped", "@anna_k your parcel waits at the counter until noon", "@bob77 your parcel waits at the counter until noon", surely},
	{"retweet mark", ferry, "RT @harbour: " + ferry, surely},
	{"zero width", ferry, "Th\u200be ni\u2060ght fe\u00adrry to Kir\u200dkwall le\ufeffaves two hours late because of str\u200cong winds over the firth", surely},
	{"bidi controls", ferry, "\u202d" + ferry + "\u202c", surely},
	{"tag characters", "Free soup today", "Free\U000e0041\U000e0042 soup today\U000e007f", surely},
	{"Cyrillic look-alikes", ferry, "Тhе nіght fеrrу tо Kirkwаll lеаvеs two hours late because of strong winds over the firth", surely},
	{"Greek look-alikes", "Now open: the new baths", "Νοw οpen: the nεw baths", surely},
	{"full width", "Free soup at the harbour", "Ｆｒｅｅ　ｓｏｕｐ　ａｔ　ｔｈｅ　ｈａｒｂｏｕｒ", surely},
	{"mathematical letters", "Free soup at the harbour", "𝙁𝙧𝙚𝙚 𝙨𝙤𝙪𝙥 at the 𝒉𝒂𝒓𝒃𝒐𝒖𝒓", surely},
	{"accents added", "Free soup at the harbour", "Frée sòup àt thë hârbour", surely},
	{"struck through", "Free soup at the harbour", "F\u0336r\u0336e\u0336e\u0336 soup at the harbour", surely},
	{"leet", "The best casino bonus ever, claim your reward", "The b3st cas1no b0nus ever, claim your r3ward", surely},
	{"letters spelled out", "Claim your free reward now", "Claim your f r e e reward now", surely},
	{"hashtag for a word", "The harbour is open again", "The #harbour is open again", surely},
	{"trailing hashtags added", ferry, ferry + " #news #travel #follow", surely},
	{"trailing hashtags swapped", ferry + " #ferry #wind", ferry + " #travel", surely},
	{"entities", "Bread & butter pudding tonight", "Bread &amp; butter pudding tonight", surely},
	{"counter appended", invest, invest + " 4821", surely},
	{"counter in brackets", shelter, shelter + " (17)", surely},
	{"timestamp appended", ferry, ferry + " 14:32:05", likely},
	{"random token appended", shelter, shelter + " xq7rk2", surely},
	{"prefix", ferry, "BREAKING: " + ferry, surely},
	{"suffix", shelter, shelter + ". Please share", surely},
	{"prefix and suffix", shelter, "Wow! " + shelter + " via @dogs, more soon", surely},
	{"one word swapped", shelter, "Our shelter found homes for three old hounds today, thank you to everyone who shared their pictures", likely},
	{"two words swapped", ferry, "The night boat to Kirkwall leaves two hours late because of heavy winds over the firth", likely},
	{"misspelt", shelter, "Our sheltr found hoems for three old dogs todya, thank you to evryone who shared their pictures", likely},
	{"a word dropped", ferry, "The ferry to Kirkwall leaves two hours late because of strong winds over the firth", surely},
	{"a word doubled", ferry, "The night ferry to to Kirkwall leaves two hours late late because of strong winds over the firth", surely},
	{"clauses swapped", ferry, "Because of strong winds over the firth the night ferry to Kirkwall leaves two hours late", surely},
	{"a number in prose", "You will not believe what my 7 cats did to the new sofa while I was asleep upstairs", "You will not believe what my 9 cats did to the new sofa while I was asleep upstairs", likely},
	{"cut off", shelter, "Our shelter found homes for three old dogs today, thank you to everyone who shar…", likely},
	{"words run together", "Good luck to all the runners today in the big city marathon", "Goodluck to all the runners today in the bigcity marathon", likely},
	{"thousands written otherwise", "The bridge cost 1,200,000 crowns and took nine years to build", "The bridge cost 1200000 crowns and took nine years to build", surely},
	{"German", "Der Nachtzug nach Wien fährt heute wegen eines Sturms zwei Stunden später ab", "DER NACHTZUG NACH WIEN FAEHRT HEUTE wegen eines Sturms zwei Stunden später ab!", likely},
	{"Russian, case", "Ночной паром задерживается на два часа из-за сильного ветра", "НОЧНОЙ ПАРОМ ЗАДЕРЖИВАЕТСЯ НА ДВА ЧАСА ИЗ-ЗА СИЛЬНОГО ВЕТРА", surely},
	{"Chinese, one sign", "今天晚上的渡轮因为大风晚两个小时开船请大家耐心等待", "今天晚上的渡轮因为大风晚两个小时出船请大家耐心等待", likely},
	{"Chinese, hashtag", "今天晚上的渡轮因为大风晚两个小时开船", "今天晚上的渡轮因为大风晚两个小时开船 #新闻", surely},
	{"Japanese, punctuation", "今夜のフェリーは強風のため二時間遅れます。", "今夜のフェリーは、強風のため二時間遅れます！！", surely},
	{"Japanese, half width", "コーヒーとケーキのセットを始めました", "ｺｰﾋｰとｹｰｷのセットを始めました", surely},
	{"Korean", "강풍 때문에 밤 배가 두 시간 늦게 출발합니다", "강풍 때문에 밤 배가 두 시간 늦게 출발합니다!! 🚢", surely},
	{"Thai, letter doubled", "เรือข้ามฟากคืนนี้ล่าช้าสองชั่วโมงเพราะลมแรงมาก", "เรือข้ามฟากคืนนี้ล่าช้าสองชั่วโมงเพราะลมแรงมากก", likely},
	{"Arabic, vowel signs", "تأخرت العبارة الليلية ساعتين بسبب الرياح القوية", "تَأَخَّرَت العبارة الليلية ساعتين بسبب الرياح القوية", surely},
	{"Hebrew, points", "המעבורת מאחרת בשעתיים בגלל רוח חזקה", "הַמַּעֲבֹּרֶת מאחרת בשעתיים בגלל רוח חזקה", likely},
	{"short, emoji", "Nearly there", "Nearly there 🎉🎉", surely},
	{"short, mention", "@anna can't wait", "@bob cant wait!", surely},
	{"only emoji", "🔥🔥🔥", "🔥 🔥 🔥", surely},

	// Another message, however alike.
	{"unrelated", ferry, shelter, distinct},
	{"same topic", ferry, "Strong winds over the firth again, the harbour master expects calmer seas by Friday", distinct},
	{"same hashtags", "First goal of the season! #united #cup #matchday", "What a save in the last minute #united #cup #matchday", distinct},
	{"same place", "Morning coffee @ Kirkwall Harbour, Orkney", "Sunset and old friends @ Kirkwall Harbour, Orkney", distinct},
	{"short replies", "Thanks Anna!", "Thanks Bob!", distinct},
	{"greetings to others", "Happy birthday Maria", "Happy birthday Tom", distinct},
	{"other score", "FT: Rovers 3-0 Athletic", "FT: Rovers 1-2 Wanderers", distinct},
	{"other weather", "Lund: 14°C, light rain, wind 5 m/s", "Bergen: 9°C, heavy rain, wind 12 m/s", distinct},
	{"other quake", "M 4.1 - 12 km W of Hella, Iceland", "M 2.7 - 80 km NE of Ndoi, Fiji", distinct},
	{"other price", "#Tin $31250 | 24h +1.64% | Vol $2.5B", "#Tin $29980 | 24h -4.07% | Vol $3.1B", distinct},
	{"other release", "New release of teapot: version 2.4.4 is out with 38 fixes and 10 features", "New release of samovar: version 7.0.1 is out with 3 fixes and 22 features", distinct},
	{"other song", "Now playing: Green River by The Otters", "Now playing: Paper Moon by Lily Hale", distinct},
	{"other job", "We're hiring! Baker in Lyon. Apply here: https://jobs.example/1", "We're hiring! Welder in Turin. Apply here: https://jobs.example/2", distinct},
	{"other toll", "Death toll in mine collapse rises to 12, officials say", "Mine collapse: 31 dead, search goes on - officials", distinct},
	{"other link only", "https://news.example/story/1", "https://news.example/story/2", distinct},
	{"other emoji only", "🔥🔥", "💧", distinct},
	{"other number only", "42", "43", distinct},
	{"question and answer", "Where does the night ferry leave from?", "The night ferry leaves from pier four", distinct},
	{"Chinese, other", "今天的天气很好我们去公园散步", "昨天晚上的电影太长了我睡着了", distinct},
	{"Thai, other", "วันนี้อากาศดีมากไปเดินเล่นที่สวนกัน", "เมื่อคืนหนังยาวมากจนหลับไปเลย", distinct},
	{"Arabic, other", "الطقس جميل اليوم في الحديقة", "وصل القطار متأخرا مساء أمس", distinct},
	{"other language", "Good morning from the harbour", "Guten Morgen vom Hafen", distinct},
}

func TestPairsGetWhatTheyDeserve(t *testing.T) {
	if len(pairs) < 60 {
		t.Fatalf("only %d pairs", len(pairs))
	}
	for _, p := range pairs {
		a, b := New(p.a), New(p.b)
		if got := Score(a, b); !p.want.holds(got.Score) {
			t.Errorf("%s: %.2f (%s)\n  %q\n  %q", p.kind, got.Score, got.Rule, p.a, p.b)
		}
		if got := Score(b, a); !p.want.holds(got.Score) {
			t.Errorf("%s, the other way round: %.2f (%s)", p.kind, got.Score, got.Rule)
		}
	}
}

func TestTheIndexAnswersAsPairsDo(t *testing.T) {
	for _, p := range pairs {
		x := NewIndex(0)
		for i, other := range pairs {
			if other.a != p.a && other.a != p.b && other.b != p.a && other.b != p.b {
				mustAdd(t, x, uint64(1000+i), New(other.b))
			}
		}
		mustAdd(t, x, 1, New(p.a))
		best := Match{}
		for _, m := range x.Likest(New(p.b), 5, nil) {
			if m.ID == 1 {
				best = m
			}
		}
		if !p.want.holds(best.Score) {
			t.Errorf("%s: the index says %.2f (%s)", p.kind, best.Score, best.Rule)
		}
	}
}

func mustAdd(t testing.TB, x *Index, id uint64, s Sketch) {
	t.Helper()
	if err := x.Add(id, s); err != nil {
		t.Fatalf("add %d: %v", id, err)
	}
}
