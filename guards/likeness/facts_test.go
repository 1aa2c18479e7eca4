package likeness

import "testing"

type facts map[string]string

func TestDeclaredFactsSettleWhatTextCannot(t *testing.T) {
	const parking = "Parking: the garage by the station has 383 free spaces. Follow the signs, drive carefully and have a good day in town"
	const parking60 = "Parking: the garage by the station has 60 free spaces. Follow the signs, drive carefully and have a good day in town"
	for _, c := range []struct {
		why            string
		a, b           string
		tmplA, tmplB   string
		factsA, factsB facts
		want           Likeness
		any            bool // only the rule must not be one of facts
	}{
		{why: "other facts are another message", a: parking, b: parking60, tmplA: "p", tmplB: "p",
			factsA: facts{"n": "383"}, factsB: facts{"n": "60"}, want: Likeness{0, RuleOtherFacts}},
		{why: "same facts are the same message", a: parking, b: "UPDATE! The garage by the station has 383 free spaces. Mind the signs and have a good day in town", tmplA: "p", tmplB: "p",
			factsA: facts{"n": "383"}, factsB: facts{"n": "383"}, want: Likeness{1, RuleSameFacts}},
		{why: "facts compare folded", a: parking, b: parking60 + " 383", tmplA: "p", tmplB: "p",
			factsA: facts{"n": "383"}, factsB: facts{"n": " ３８３! "}, want: Likeness{1, RuleSameFacts}},
		{why: "another template settles nothing", a: parking, b: parking60, tmplA: "p", tmplB: "q",
			factsA: facts{"n": "383"}, factsB: facts{"n": "60"}, any: true},
		{why: "facts that are not in the text settle nothing", a: parking, b: parking60, tmplA: "p", tmplB: "p",
			factsA: facts{"n": "1"}, factsB: facts{"n": "2"}, any: true},
		{why: "links are no facts", a: invest, b: invest + "2", tmplA: "p", tmplB: "p",
			factsA: facts{"page": "https://pay.example/a1"}, factsB: facts{"page": "https://pay.example/a12"}, want: Likeness{1, RuleExact}},
		{why: "hashtags are no facts", a: parking + " #one", b: parking + " #two", tmplA: "p", tmplB: "p",
			factsA: facts{"x": "#one"}, factsB: facts{"x": "#two"}, any: true},
		{why: "greetings are no facts", a: "Hello! " + parking, b: "Good morning! " + parking, tmplA: "p", tmplB: "p",
			factsA: facts{"x": "Hello"}, factsB: facts{"x": "Good morning"}, any: true},
		{why: "mentions are no facts", a: "@anna " + parking, b: "@bob " + parking, tmplA: "p", tmplB: "p",
			factsA: facts{"x": "@anna"}, factsB: facts{"x": "@bob"}, want: Likeness{1, RuleExact}},
		{why: "serial numbers are no facts", a: parking + " 17", b: parking + " 18", tmplA: "p", tmplB: "p",
			factsA: facts{"serial": "17"}, factsB: facts{"serial": "18"}, any: true},
		{why: "machine ids are no facts", a: parking + " a81f-77c0-12de", b: parking + " c04d-91ab-33ff", tmplA: "p", tmplB: "p",
			factsA: facts{"x": "a81f-77c0-12de"}, factsB: facts{"x": "c04d-91ab-33ff"}, any: true},
		{why: "the same words are the same message whatever is declared", a: parking, b: parking, tmplA: "p", tmplB: "p",
			factsA: facts{"n": "383"}, factsB: facts{"where": "station"}, want: Likeness{1, RuleExact}},
		{why: "the same template and facts in another text settle nothing", a: "Oslo: " + ferry, b: "Oslo: " + shelter, tmplA: "p", tmplB: "p",
			factsA: facts{"city": "Oslo"}, factsB: facts{"city": "Oslo"}, any: true},
		{why: "a minus belongs to the number", a: "Tin fell: 31250 a ton, -1.64 percent since yesterday morning", b: "Tin fell: 31250 a ton, -4.07 percent since yesterday morning", tmplA: "p", tmplB: "p",
			factsA: facts{"c": "1.64"}, factsB: facts{"c": "4.07"}, want: Likeness{0, RuleOtherFacts}},
		{why: "a fact may stand in a hashtag", a: "Doors open at nine in the old town hall, come and see us #NewYork", b: "Doors open at nine in the old town hall, come and see us #SanJose", tmplA: "p", tmplB: "p",
			factsA: facts{"city": "New York"}, factsB: facts{"city": "San José"}, want: Likeness{0, RuleOtherFacts}},
		{why: "a fact may stand inside Chinese text", a: "今天北京5度，请大家注意保暖出门多穿衣服", b: "今天上海9度，请大家注意保暖出门多穿衣服", tmplA: "p", tmplB: "p",
			factsA: facts{"city": "北京", "t": "5"}, factsB: facts{"city": "上海", "t": "9"}, want: Likeness{0, RuleOtherFacts}},
	} {
		a, b := NewDeclared(c.a, c.tmplA, c.factsA), NewDeclared(c.b, c.tmplB, c.factsB)
		got := Score(a, b)
		if c.any && (got.Rule == RuleOtherFacts || got.Rule == RuleSameFacts) || !c.any && got != c.want {
			t.Errorf("%s: %+v, want %+v", c.why, got, c.want)
		}
	}
}

func TestADeclarationThatDoesNotCountChangesNothing(t *testing.T) {
	for _, c := range []struct {
		why, template string
		facts         facts
	}{
		{"no template", "", facts{"to": "Kirkwall"}},
		{"no facts", "f", nil},
		{"not in the text", "f", facts{"to": "Stromness"}},
		{"only part of a number", "f", facts{"to": "1"}},
	} {
		s := NewDeclared(ferry+" 2017", c.template, c.facts)
		if s.template != 0 || s.facts != 0 {
			t.Errorf("%s: the declaration counts", c.why)
		}
		if s.Exact() != New(ferry+" 2017").Exact() {
			t.Errorf("%s: another key", c.why)
		}
	}
}
