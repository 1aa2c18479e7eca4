package guards

import (
	"strings"
	"testing"

	"heed/bots"
)

const link = "Table: https://tides.harbour-lab.com/kiel"

func TestPrice(t *testing.T) {
	text := func(s string) edit { return func(in *bots.Intent, _ *Facts) { in.Text = s } }
	on := func(tier bots.Tier) edit { return func(_ *bots.Intent, f *Facts) { f.Bot.House.Tier = tier } }
	for _, c := range []struct {
		says   string
		action bots.Action
		change edit
		want   string
	}{
		{"a post", bots.Post, nil, "$0.015"},
		{"a post with a link", bots.Post, text(link), "$0.20"},
		{"a bare domain is a link too", bots.Post, text("see harbour-lab.com"), "$0.20"},
		{"two links cost what one costs", bots.Post, text(link + " " + link), "$0.20"},
		{"a number with a dot is no link", bots.Post, text("High water 3.1 m."), "$0.015"},
		{"a missing space is no link where no domain has such an end", bots.Post, text("High water.Then low water"), "$0.015"},
		{"a post of pictures alone", bots.Post, text(""), "$0.015"},
		{"each described picture adds its description", bots.Post, func(in *bots.Intent, _ *Facts) {
			in.Media = []bots.Media{{Path: "a.png", Alt: "a chart"}, {Path: "b.png", Alt: "a map"}}
		}, "$0.025"},
		{"a quote is a post", bots.Quote, on(bots.SelfServe), "$0.015"},
		{"a quote with a link", bots.Quote, func(in *bots.Intent, f *Facts) { in.Text = link; on(bots.SelfServe)(in, f) }, "$0.20"},
		{"a reply that was asked for", bots.Reply, nil, "$0.01"},
		{"whatever it links to", bots.Reply, text(link), "$0.01"},
		{"a reply that nobody asked for", bots.Reply, func(_ *bots.Intent, f *Facts) { f.Cause.Summons = false }, "$0.015"},
		{"a reply to nothing that heed saw, with a link", bots.Reply, func(in *bots.Intent, f *Facts) { in.Text = link; f.Cause = nil }, "$0.20"},
		{"a message summons no reply to a post", bots.Reply, func(_ *bots.Intent, f *Facts) { f.Cause.Kind = ByDM }, "$0.015"},
		{"nor does another post", bots.Reply, func(_ *bots.Intent, f *Facts) { f.Cause.Post = "77" }, "$0.015"},
		{"a message", bots.DM, nil, "$0.015"},
		{"a message with a link", bots.DM, text(link), "$0.015"},
		{"a deletion", bots.Delete, nil, "$0.01"},
		{"a repost", bots.Repost, nil, "$0.015"},
		{"its undoing", bots.Unrepost, nil, "$0.015"},
		{"hiding a reply", bots.HideReply, nil, "$0.015"},
		{"a follow, were it offered", bots.Follow, on(bots.SelfServe), "$0.015"},
		{"a follow by contract", bots.Follow, nil, "$0.00"},
		{"a post with a link by contract", bots.Post, func(in *bots.Intent, f *Facts) { in.Text = link; on(bots.Enterprise)(in, f) }, "$0.00"},
		{"on a tier that does not exist", bots.Post, on("free"), "$0.015"},
		{"an action that does not exist has the dearest price", "dance", nil, "$0.20"},
	} {
		t.Run(c.says, func(t *testing.T) {
			in, f := readyCase(c.action)
			if c.change != nil {
				c.change(&in, &f)
			}
			if got := Price(in, f); got.String() != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestEveryActionHasAPrice(t *testing.T) {
	for _, a := range bots.Actions() {
		in, f := readyCase(a)
		f.Bot.House.Tier = bots.SelfServe
		if p := Price(in, f); p <= 0 {
			t.Errorf("%s costs %s", a, p)
		}
		if a != bots.Post && a != bots.Quote && Price(in, f) == tariff.withURL {
			t.Errorf("%s has the price of what does not exist", a)
		}
	}
}

func TestReadPrice(t *testing.T) {
	for kind, want := range map[Read]string{ReadPost: "$0.005", ReadUser: "$0.01", ReadDM: "$0.01", ReadOwned: "$0.001", "": "$0.01", "post_with_url": "$0.01"} {
		if got := ReadPrice(kind).String(); got != want {
			t.Errorf("reading %q costs %s, want %s", kind, got, want)
		}
	}
}

func TestPricesHaveSourceAndDate(t *testing.T) {
	table, asOf := Prices()
	if asOf.IsZero() || asOf.After(AsOf.AddDate(0, 0, 1)) {
		t.Errorf("as of %s", asOf)
	}
	for _, r := range table {
		if !strings.HasPrefix(r.Source, "docs.x.com, ") || r.Price <= 0 || r.Says == "" {
			t.Errorf("%+v: without a page of X that says so", r)
		}
	}
	if table[0].Price = 0; prices[0].Price == 0 {
		t.Error("a caller can change what is judged by")
	}
	head := "as_of = 2026-01-01\nsource = \"s\"\n"
	row := "[[price]]\nname = \"a\"\nsays = \"b\"\nper = \"act\"\nusd = 0.1\n"
	if rows, _ := readPrices(head + row); len(rows) != 1 || rows[0].Price != 100_000 {
		t.Errorf("%+v", rows)
	}
	for says, file := range map[string]string{
		"nothing":           "",
		"no date":           "source = \"s\"\n" + row,
		"no source":         "as_of = 2026-01-01\n" + row,
		"no rows":           head,
		"one row twice":     head + row + row,
		"an unknown key":    head + row + "eur = 1.0\n",
		"a price of 0":      head + strings.Replace(row, "0.1", "0.0", 1),
		"no number":         head + strings.Replace(row, "0.1", "nan", 1),
		"a negative price":  head + strings.Replace(row, "0.1", "-0.1", 1),
		"cents for dollars": head + strings.Replace(row, "0.1", "150", 1),
		"an unknown per":    head + strings.Replace(row, "act", "day", 1),
		"no TOML":           "[[",
	} {
		mustPanic(t, says, func() { readPrices(file) })
	}
	mustPanic(t, "a row that is missing", func() { priceOf("nonsense") })
}

func mustPanic(t *testing.T, says string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: taken", says)
		}
	}()
	f()
}

func BenchmarkPrice(b *testing.B) {
	for says, text := range map[string]string{
		"no_dot":    strings.Repeat("High water at 12:40, low at 18:50; ", 8),
		"sentences": strings.Repeat("High water is 3.1 m. Low is 0.2 m. ", 8),
		"link":      strings.Repeat("High water at 12:40, low at 18:50; ", 7) + link,
	} {
		b.Run(says, func(b *testing.B) {
			in, f := readyCase(bots.Post)
			in.Text = text
			b.ReportAllocs()
			for b.Loop() {
				Price(in, f)
			}
		})
	}
}
