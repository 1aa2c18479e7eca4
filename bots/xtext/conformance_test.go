package xtext

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"unicode/utf16"

	"gopkg.in/yaml.v3"
)

// suite is X's public conformance suite, kept beside the repository.
const suite = "../../../shared/reference/twitter-text"

type suiteCase struct {
	Description string
	Text        string
	Expected    yaml.Node
}

func readSuite(t *testing.T, file string) map[string][]suiteCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(suite, file))
	if err != nil {
		t.Skipf("conformance suite not at hand (%s); the repository's own cases cover the same rules", file)
	}
	var doc struct{ Tests map[string][]suiteCase }
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Tests
}

// check runs one section: answer gives what we find in the form of the suite.
func check[T any](t *testing.T, cases []suiteCase, answer func(text string) T) {
	t.Helper()
	if len(cases) == 0 {
		t.Fatal("section is empty: the suite changed its shape")
	}
	passed := 0
	for _, c := range cases {
		var want T
		if err := c.Expected.Decode(&want); err != nil {
			t.Fatalf("%s: %v", c.Description, err)
		}
		if got := answer(c.Text); !same(got, want) {
			t.Errorf("%s\n text %q\n got  %+v\n want %+v", c.Description, c.Text, got, want)
			continue
		}
		passed++
	}
	t.Logf("%d of %d", passed, len(cases))
}

// same takes nil and empty lists as equal.
func same(a, b any) bool {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	if va.Kind() == reflect.Slice && va.Len() == 0 && vb.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a, b)
}

type place struct {
	ScreenName string `yaml:"screen_name"`
	ListSlug   string `yaml:"list_slug"`
	Hashtag    string
	Cashtag    string
	URL        string
	Indices    [2]int
}

func texts[T any](found []T, text func(T) string) []string {
	var all []string
	for _, f := range found {
		all = append(all, text(f))
	}
	return all
}

func places[T any](found []T, at func(T) place) []place {
	var all []place
	for _, f := range found {
		all = append(all, at(f))
	}
	return all
}

func TestConformanceExtract(t *testing.T) {
	s := readSuite(t, "extract.yml")
	words := map[string]func(string) []string{
		"mentions":             func(x string) []string { return texts(Mentions(x), func(m Mention) string { return m.Name }) },
		"urls":                 func(x string) []string { return texts(URLs(x), func(u URL) string { return u.Text }) },
		"tco_urls_with_params": func(x string) []string { return texts(URLs(x), func(u URL) string { return u.Text }) },
		"hashtags":             func(x string) []string { return texts(Hashtags(x), func(h Hashtag) string { return h.Text }) },
		"hashtags_from_astral": func(x string) []string { return texts(Hashtags(x), func(h Hashtag) string { return h.Text }) },
		"cashtags":             func(x string) []string { return texts(Cashtags(x), func(c Cashtag) string { return c.Text }) },
	}
	mentions := func(x string) []place {
		return places(Mentions(x), func(m Mention) place {
			return place{ScreenName: m.Name, ListSlug: m.List, Indices: [2]int{m.Start, m.End}}
		})
	}
	urls := func(x string) []place {
		return places(URLs(x), func(u URL) place { return place{URL: u.Text, Indices: [2]int{u.Start, u.End}} })
	}
	spans := map[string]func(string) []place{
		"mentions_with_indices":          mentions,
		"mentions_or_lists_with_indices": mentions,
		"urls_with_indices":              urls,
		"urls_with_directional_markers":  urls,
		"hashtags_with_indices": func(x string) []place {
			return places(Hashtags(x), func(h Hashtag) place { return place{Hashtag: h.Text, Indices: [2]int{h.Start, h.End}} })
		},
		"cashtags_with_indices": func(x string) []place {
			return places(Cashtags(x), func(c Cashtag) place { return place{Cashtag: c.Text, Indices: [2]int{c.Start, c.End}} })
		},
	}
	for name, cases := range s {
		t.Run(name, func(t *testing.T) {
			switch {
			case name == "replies":
				check(t, cases, ReplyTo)
			case words[name] != nil:
				check(t, cases, words[name])
			case spans[name] != nil:
				check(t, cases, spans[name])
			default:
				t.Errorf("no runner for section %q", name)
			}
		})
	}
}

func TestConformanceTopLevelDomains(t *testing.T) {
	for name, cases := range readSuite(t, "tlds.yml") {
		t.Run(name, func(t *testing.T) {
			check(t, cases, func(x string) []string { return texts(URLs(x), func(u URL) string { return u.Text }) })
		})
	}
}

// counted is a weight in the suite's form: places in UTF-16 units, inclusive.
type counted struct {
	WeightedLength    int `yaml:"weightedLength"`
	Valid             bool
	Permillage        int
	DisplayRangeStart int `yaml:"displayRangeStart"`
	DisplayRangeEnd   int `yaml:"displayRangeEnd"`
	ValidRangeStart   int `yaml:"validRangeStart"`
	ValidRangeEnd     int `yaml:"validRangeEnd"`
}

func TestConformanceWeights(t *testing.T) {
	s := readSuite(t, "validate.yml")
	count := func(c config) func(string) counted {
		return func(x string) counted {
			w, runes := weigh(x, &c), []rune(x)
			return counted{
				WeightedLength: w.Length, Valid: w.Valid, Permillage: w.Length * 1000 / w.Max,
				DisplayRangeEnd: len(utf16.Encode(runes)) - 1,
				ValidRangeEnd:   len(utf16.Encode(runes[:w.Fits])) - 1,
			}
		}
	}
	t.Run("tweets", func(t *testing.T) {
		c := readConfig(t, "config-v1.json")
		check(t, s["tweets"], func(x string) bool { return weigh(x, &c).Valid })
	})
	t.Run("WeightedTweetsCounterTest", func(t *testing.T) {
		check(t, s["WeightedTweetsCounterTest"], count(readConfig(t, "config-v2.json")))
	})
	t.Run("WeightedTweetsWithDiscountedEmojiCounterTest", func(t *testing.T) {
		check(t, s["WeightedTweetsWithDiscountedEmojiCounterTest"], count(current))
	})
	t.Run("UnicodeDirectionalMarkerCounterTest", func(t *testing.T) {
		check(t, s["UnicodeDirectionalMarkerCounterTest"], count(current))
	})
}

func TestCurrentConfigIsTheSuitesVersion3(t *testing.T) {
	if got := readConfig(t, "config-v3.json"); !reflect.DeepEqual(got, current) {
		t.Errorf("config differs:\n suite %+v\n ours  %+v", got, current)
	}
}

func readConfig(t *testing.T, file string) config {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(suite, file))
	if err != nil {
		t.Skipf("conformance suite not at hand (%s)", file)
	}
	var j struct {
		MaxWeightedTweetLength, Scale, DefaultWeight, TransformedURLLength int
		EmojiParsingEnabled                                                bool
		Ranges                                                             []struct{ Start, End, Weight int }
	}
	if err := json.Unmarshal(data, &j); err != nil {
		t.Fatal(err)
	}
	c := config{max: j.MaxWeightedTweetLength, scale: j.Scale, defaultWeight: j.DefaultWeight,
		urlLength: j.TransformedURLLength, emoji: j.EmojiParsingEnabled}
	for _, r := range j.Ranges {
		c.ranges = append(c.ranges, weightRange{rune(r.Start), rune(r.End), r.Weight})
	}
	return c
}
