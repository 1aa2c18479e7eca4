package xtext

// MaxLength is the greatest weighted length of a post.
const MaxLength = 280

// URLLength is the weighted length of any link, however long it is written.
const URLLength = 23

// config is one version of X's counting rules. Weights are in units of 1/scale.
type config struct {
	max           int
	scale         int
	defaultWeight int
	urlLength     int
	emoji         bool // count an emoji sequence once, at the default weight
	ranges        []weightRange
}

type weightRange struct {
	first, last rune
	weight      int
}

// current is version 3 of the public configuration, the one in force.
var current = config{
	max: MaxLength, scale: 100, defaultWeight: 200, urlLength: URLLength, emoji: true,
	ranges: []weightRange{
		{0, 4351, 100},
		{8192, 8205, 100},
		{8208, 8223, 100},
		{8242, 8247, 100},
	},
}

func (c *config) weight(r rune) int {
	for _, w := range c.ranges {
		if r >= w.first && r <= w.last {
			return w.weight
		}
	}
	return c.defaultWeight
}
