package guards

import (
	"fmt"
	"time"

	"heed/bots"
)

func init() {
	register(Rule{
		Name:    "budget",
		Says:    "no bot alone, and not all bots together, cost more at X in a day or a month than the settings allow",
		Clauses: []string{"A14"},
	}, func() Guard {
		return &budget{USDPerDay: 5, USDPerMonth: 50, AllUSDPerDay: 20, AllUSDPerMonth: 200}
	})
}

// budget counts what acts cost by X's published prices. Zero allows nothing that costs anything.
type budget struct {
	USDPerDay      float64 `toml:"usd_per_day"`       // of one bot in the last 24 hours; default 5, from 0 to 10000
	USDPerMonth    float64 `toml:"usd_per_month"`     // of one bot in the last 720 hours; default 50, from 0 to 10000
	AllUSDPerDay   float64 `toml:"all_usd_per_day"`   // of all bots in the last 24 hours; default 20, from 0 to 10000
	AllUSDPerMonth float64 `toml:"all_usd_per_month"` // of all bots in the last 720 hours; default 200, from 0 to 10000
}

const dearestBudget = 10_000

const (
	aDay   = 24 * time.Hour
	aMonth = 30 * aDay
)

// purses are the windows of the four settings, in the order of amounts. Their limit is
// no matter: what was spent binds, not how many acts there were.
var purses = []Window{
	{Name: "budget.day", Actions: bots.Actions(), Span: aDay, Limit: 1, Money: true},
	{Name: "budget.month", Actions: bots.Actions(), Span: aMonth, Limit: 1, Money: true},
	{Name: "budget.all_day", Actions: bots.Actions(), Span: aDay, All: true, Limit: 1, Money: true},
	{Name: "budget.all_month", Actions: bots.Actions(), Span: aMonth, All: true, Limit: 1, Money: true},
}

var purseKeys = [...]string{"usd_per_day", "usd_per_month", "all_usd_per_day", "all_usd_per_month"}

func (g *budget) amounts() [4]float64 {
	return [...]float64{g.USDPerDay, g.USDPerMonth, g.AllUSDPerDay, g.AllUSDPerMonth}
}

func (g *budget) Check() []string {
	var f faults
	for i, usd := range g.amounts() {
		if !(usd >= 0 && usd <= dearestBudget) { // so written, no number is refused too
			f.add(purseKeys[i], "%v; must be from 0 to %d US dollars", usd, dearestBudget)
		}
	}
	return f
}

func (g *budget) Loosens(house Guard) []string {
	h, ok := house.(*budget)
	if !ok {
		return notOurs(house)
	}
	var l looser
	allowed := h.amounts()
	for i, usd := range g.amounts() {
		if !(usd <= allowed[i]) {
			l.add(purseKeys[i], "%s; the house allows %s", Dollars(usd), Dollars(allowed[i]))
		}
	}
	return l
}

func (g *budget) Needs(bots.Intent) Needs { return Needs{Windows: purses} }

// Gauges are the four purses with what each holds.
func (g *budget) Gauges(Profile) (all []Gauge) {
	for i, usd := range g.amounts() {
		all = append(all, Gauge{Window: purses[i], Most: Dollars(usd)})
	}
	return all
}

func (g *budget) Judge(in bots.Intent, f Facts) Finding {
	price, worst := priceOfAct(&in, &f), Pass()
	if price == 0 {
		worst.Because = "on the enterprise tier the price is a contract's, and heed counts none"
	}
	for i, usd := range g.amounts() {
		p := purse{purses[i], purseKeys[i], Dollars(usd)}
		if found := p.judge(&in, &f, price); found.graver(worst) {
			worst = found
		}
	}
	return worst
}

// purse is one amount of money and the window in which it is spent.
type purse struct {
	Window
	key   string // of its setting
	limit Money
}

func (p *purse) judge(in *bots.Intent, f *Facts, price Money) Finding {
	use, counted := f.Used[p.Name]
	tell := func(found Finding) Finding {
		return found.With("price", price).With("limit", p.limit).With("span", spell(p.Span))
	}
	switch {
	case price > p.limit:
		because := fmt.Sprintf("%s, and the settings allow %s %s in %s", costs(in, f, price), p.whose(), p.limit, spell(p.Span))
		return tell(Denied("budget.too_dear", because, "raise "+p.key+", if the house allows it"+cheaper(in, f, price)))
	case !counted: // promise P9: what was not counted may be spent
		return tell(Held("budget.unread", fmt.Sprintf("what %s spent in the last %s was not counted", p.whose(), spell(p.Span)),
			"report this as a fault of heed; a person may approve the intent"))
	case price == 0 || use.Spent <= p.limit-price:
		return Pass()
	}
	until := leaves(use.Oldest, p.Span, f.Now)
	because := fmt.Sprintf("%s spent %s of %s in the last %s, and %s", p.whose(), use.Spent, p.limit, spell(p.Span), costs(in, f, price))
	remedy := fmt.Sprintf("nothing: heed tries again when the oldest spending is %s old, at %s; or raise %s", spell(p.Span), moment(until), p.key)
	return tell(Deferred(p.Name+"_spent", because, remedy+cheaper(in, f, price), until)).With("spent", use.Spent)
}

func (p *purse) whose() string {
	if p.All {
		return "all bots"
	}
	return "the bot"
}

// costs says what the act would cost, and why when it is a link that makes it dear.
func costs(in *bots.Intent, f *Facts, price Money) string {
	s := fmt.Sprintf("this %s would cost %s", in.Action, price)
	if linkless(in, f) < price {
		s += " (it has a link)"
	}
	return s
}

func cheaper(in *bots.Intent, f *Facts, price Money) string {
	if p := linkless(in, f); p < price {
		return "; without its link it would cost " + p.String()
	}
	return ""
}

// linkless is the price of the same act without its text, and so without a link.
func linkless(in *bots.Intent, f *Facts) Money {
	mute := *in
	mute.Text = ""
	return priceOfAct(&mute, f)
}
