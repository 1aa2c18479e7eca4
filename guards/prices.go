package guards

import (
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/BurntSushi/toml"

	"heed/bots"
)

// PriceRow is one of X's published prices.
type PriceRow struct {
	Name   string `json:"name"`
	Says   string `json:"says"` // what it is the price of
	Per    string `json:"per"`  // act: a call that writes; read: a thing that is read
	Price  Money  `json:"price"`
	Source string `json:"source"` // where X says so
}

// Read is a kind of thing that X charges for when it is read.
type Read string

// The kinds of reading that heed does.
const (
	ReadPost  Read = "post_read" // mentions too, unless the bot's own account owns the app
	ReadUser  Read = "user_read"
	ReadDM    Read = "dm_read"
	ReadOwned Read = "owned_read" // posts and mentions of the account that owns the app
)

//go:embed prices.toml
var pricesFile string

var prices, pricesAsOf = readPrices(pricesFile)

// tariff holds the rows that Price asks for, so that no judgement searches the table.
var tariff = struct{ post, withURL, summoned, dm, interaction, deletion, altText Money }{
	priceOf("post"), priceOf("post_with_url"), priceOf("summoned_reply"), priceOf("dm"),
	priceOf("interaction"), priceOf("delete"), priceOf("alt_text"),
}

// Prices are X's published prices of the self-serve tier, and the day they were read.
func Prices() ([]PriceRow, time.Time) { return slices.Clone(prices), pricesAsOf }

// readPrices panics on a table that cannot be right: it is part of the program.
func readPrices(file string) ([]PriceRow, time.Time) {
	var t struct {
		AsOf   time.Time `toml:"as_of"`
		Source string    `toml:"source"`
		Price  []struct {
			Name string  `toml:"name"`
			Says string  `toml:"says"`
			Per  string  `toml:"per"`
			USD  float64 `toml:"usd"`
		} `toml:"price"`
	}
	meta, err := toml.Decode(file, &t)
	if err == nil && len(meta.Undecoded()) > 0 {
		err = fmt.Errorf("unknown key %s", meta.Undecoded()[0])
	}
	rows := make([]PriceRow, 0, len(t.Price))
	for _, r := range t.Price {
		twice := slices.ContainsFunc(rows, func(p PriceRow) bool { return p.Name == r.Name })
		if twice || r.Name == "" || r.Says == "" || r.Per != "act" && r.Per != "read" || !(r.USD > 0 && r.USD <= 100) {
			err = fmt.Errorf("price %q is not whole, or stands twice", r.Name)
			break
		}
		rows = append(rows, PriceRow{r.Name, r.Says, r.Per, Dollars(r.USD), t.Source})
	}
	if err == nil && (len(rows) == 0 || t.AsOf.IsZero() || t.Source == "") {
		err = fmt.Errorf("no prices, no date, or no source")
	}
	if err != nil {
		panic(fmt.Sprintf("guards: prices.toml: %v", err))
	}
	return rows, t.AsOf
}

// priceOf panics on a row that the table lacks, which only a mistake of ours can make.
func priceOf(name string) Money {
	i := slices.IndexFunc(prices, func(r PriceRow) bool { return r.Name == name })
	if i < 0 {
		panic("guards: prices.toml: no price " + name)
	}
	return prices[i].Price
}

// Price is what X asks for doing the intent. It is 0 on the enterprise tier alone,
// where the price is a contract's that heed does not know. An action that does not
// exist has the dearest price.
func Price(in bots.Intent, f Facts) Money { return priceOfAct(&in, &f) }

func priceOfAct(in *bots.Intent, f *Facts) Money {
	if f.Bot.House.Tier == bots.Enterprise {
		return 0
	}
	described := Money(0)
	for i := range in.Media {
		if in.Media[i].Alt != "" {
			described += tariff.altText
		}
	}
	return described + bareAct(in, f)
}

func bareAct(in *bots.Intent, f *Facts) Money {
	switch in.Action {
	case bots.Post, bots.Quote, bots.Reply:
		switch {
		case in.Action == bots.Reply && summoned(in, f):
			return tariff.summoned
		case len(f.links(in.Text)) > 0:
			return tariff.withURL
		}
		return tariff.post
	case bots.DM:
		return tariff.dm
	case bots.Delete:
		return tariff.deletion
	case bots.Repost, bots.Unrepost, bots.Like, bots.Unlike, bots.Follow, bots.Unfollow, bots.HideReply:
		return tariff.interaction
	}
	return tariff.withURL
}

// summoned says whether X takes a reply for one that the post's author asked for: what
// was said in a message, or in another post, is no summons to this one.
func summoned(in *bots.Intent, f *Facts) bool {
	return f.Cause != nil && f.Cause.Summons && f.Cause.Kind != ByDM && f.Cause.Post == in.Target.PostID
}

// ReadPrice is what X asks on the self-serve tier for reading one thing. A kind that
// does not exist has the price of an account, the dearest.
func ReadPrice(kind Read) Money {
	for _, r := range prices {
		if r.Per == "read" && r.Name == string(kind) {
			return r.Price
		}
	}
	return priceOf(string(ReadUser))
}
