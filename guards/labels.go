package guards

import (
	_ "embed"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"heed/bots"
	"heed/bots/xtext"
)

func init() {
	register(Rule{
		Name:    "labels",
		Says:    "what is paid for says so, media made by a model are marked, and so are those that the operator calls sensitive",
		Clauses: []string{"D10", "D11"},
		Actions: writing,
		Firm:    true,
	}, func() Guard { return &labels{} })
	Declare(Clause{ID: "D10", Says: "sensitive media are marked as such",
		Source: SourceAutomation + "; " + SourceSpam, Served: []Service{ByGuard},
		Tests:    []string{"guards TestLabelsOfSensitiveMedia"},
		Operator: "set sensitive_media for a bot whose pictures may be sensitive: heed does not judge what they show"})
	Declare(Clause{ID: "D11", Says: "paid posts and affiliate links are disclosed, and media made by a model are marked",
		Source: SourceChanges + " (3 June 2026); " + SourceGuidelines, Served: []Service{ByGuard},
		Tests:    []string{"guards TestLabelsOfPaidPosts", "guards TestLabelsOfModelMedia"},
		Operator: "let your bot set paid_partnership wherever you are paid in a way that no link shows"})
}

//go:embed labels.toml
var labelsFile string

// affiliates are the links by which somebody earns, and words that say so.
var affiliates = func() (t struct {
	hosts      []string
	parameters []affiliateParameter
	paid       phrases // says that somebody pays for the text
	disclosed  phrases // says that its links earn money
	tags       tables
	paidTags   map[string]bool
	openTags   map[string]bool
}) {
	v := vocabulary[struct {
		Hosts     []string             `toml:"hosts"`
		Parameter []affiliateParameter `toml:"parameter"`
		Paid      []string             `toml:"paid"`
		PaidTags  []string             `toml:"paid_tags"`
		Disclosed []string             `toml:"disclosed"`
		OpenTags  []string             `toml:"disclosed_tags"`
	}]("labels.toml", labelsFile)
	t.hosts, t.parameters = v.Hosts, v.Parameter
	t.paid, t.disclosed = phrasesOf(v.Paid), phrasesOf(v.Disclosed)
	t.tags, t.paidTags, t.openTags = newTable(), map[string]bool{}, map[string]bool{}
	add := func(tags map[string]bool, list []string) {
		for _, tag := range list {
			key := reduce(tag)
			t.tags.begin(key.words[0])
			tags[key.text] = true
		}
	}
	add(t.paidTags, v.PaidTags)
	add(t.openTags, v.OpenTags)
	return t
}()

// affiliateParameter is a part of a query that names who earns. Shop is a label of the
// host: "amazon" stands for every country's.
type affiliateParameter struct {
	Shop  string   `toml:"shop"`
	Names []string `toml:"names"`
}

type labels struct {
	// Affiliates are hosts whose links earn the operator money, beside the built-in
	// ones. Default: none. Rule D11.
	Affiliates []string `toml:"affiliates"`
	// SensitiveMedia is the operator's word that this bot's media are sensitive: all of
	// them must be marked. Default false. Rule D10.
	SensitiveMedia bool `toml:"sensitive_media"`
}

func (g *labels) Check() []string {
	var f faults
	for _, h := range g.Affiliates {
		if wrong := hostForm(h); wrong != "" {
			f.add("affiliates", "%s", wrong)
		}
	}
	return f
}

func (g *labels) Loosens(house Guard) []string {
	h, ok := house.(*labels)
	if !ok {
		return notOurs(house)
	}
	var l looser
	l.whole("affiliates", g.Affiliates, h.Affiliates)
	if h.SensitiveMedia && !g.SensitiveMedia {
		l.add("sensitive_media", "false; the house's media are sensitive")
	}
	return l
}

func (g *labels) Needs(bots.Intent) Needs { return Needs{} }

func (g *labels) Judge(in bots.Intent, f Facts) Finding {
	n := len(in.Media)
	if g.SensitiveMedia && n > 0 && !in.Sensitive {
		return Denied("labels.sensitive", fmt.Sprintf("%d media of a bot whose media are sensitive, and they are not marked", n),
			`send "sensitive": true with them`).Citing("D10").With("media", n)
	}
	if f.Bot.AIGenerated && n > 0 && !in.MadeWithAI {
		return Denied("labels.made_with_ai", fmt.Sprintf("%d media of a bot for which a model works, and they are not marked as made with AI", n),
			`send "made_with_ai": true with them`).Citing("D11").With("media", n)
	}
	if in.PaidPartnership {
		return Pass()
	}
	paid, open := disclosures(in.Text, f.read(in.Text))
	if earns := g.earningLink(f.links(in.Text)); earns != "" && paid == "" && !open {
		found := Denied("labels.affiliate", "the text has a link that earns somebody money, and does not say so",
			`send "paid_partnership": true, or say openly in the text that the link earns you money`).Citing("D11")
		return quoting(found, in, "host", earns)
	}
	if paid != "" && in.Action != bots.DM { // a message has no such mark at X
		return quoting(Held("labels.paid", "the text calls itself paid, and is not marked as a paid partnership",
			`send "paid_partnership": true; or a person looks: heed approve KEY`).Citing("D11"), in, "words", paid)
	}
	return Pass()
}

// disclosures says by what words a text calls itself paid, "" if by none, and whether
// it says that its links earn money.
func disclosures(text string, t *reading) (paid string, open bool) {
	paid, open = affiliates.paid.in(t), affiliates.disclosed.in(t) != ""
	if !mayTell(t) || !slices.ContainsFunc(tagsIn(text), tellingTag) {
		return paid, open
	}
	for _, tag := range xtext.Hashtags(text) {
		k := reduce(tag.Text).text
		if affiliates.paidTags[k] {
			paid = "#" + tag.Text
		}
		open = open || affiliates.openTags[k]
	}
	return paid, open
}

// mayTell says, at a glance, whether a text may have a telling tag. A tag is one of its
// words, unless an apostrophe or an invisible character joins it to what follows.
func mayTell(t *reading) bool {
	return (strings.IndexByte(t.text, '#') >= 0 || !t.plain && strings.Contains(t.text, "＃")) &&
		(t.begins&affiliates.tags != 0 || t.bound || strings.IndexByte(t.text, '\'') >= 0)
}

func tellingTag(tag string) bool {
	k := reduce(tag).text
	return affiliates.paidTags[k] || affiliates.openTags[k]
}

// earningLink finds the host of a link that earns somebody money, "" if there is none.
func (g *labels) earningLink(links []xtext.URL) string {
	for _, u := range links {
		host := readable(u.Host)
		if under(host, affiliates.hosts) || under(host, g.Affiliates) {
			return host
		}
		at := strings.IndexByte(u.Text, '?')
		if at < 0 {
			continue
		}
		query, _, _ := strings.Cut(u.Text[at+1:], "#")
		for _, p := range affiliates.parameters {
			if hasLabel(host, p.Shop) && hasParameter(query, p.Names) {
				return host
			}
		}
	}
	return ""
}

// hasLabel says whether one of the parts between a host's dots is label.
func hasLabel(host, label string) bool {
	for part := range strings.SplitSeq(host, ".") {
		if part == label {
			return true
		}
	}
	return false
}

// hasParameter says whether a query gives one of the names a value.
func hasParameter(query string, names []string) bool {
	for part := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if value != "" && slices.Contains(names, strings.ToLower(name)) {
			return true
		}
	}
	return false
}
