package likeness

import "math"

// feature is something a text can be found by: a telling word, or two
// neighbours in either order, or three where all these are full.
type feature struct {
	key uint32
	// rank orders features the same way in every text: a hash, bent by the
	// weight, so that texts that share features agree on which come first.
	rank float32
}

const (
	maxFeatures   = 64   // looked at when a text is added
	queryFeatures = 32   // looked up when a text is checked, if so many are not full as
	queryOpen     = 16   // this; else all are
	tellingWord   = 0.35 // weight from which a word alone is a feature
	lastResort    = 1000 // added to the rank of three neighbours
)

// appendKeys appends the keys of the features of the units, the first by rank first.
func appendKeys(dst []uint32, units []unit) []uint32 {
	var room [maxFeatures]feature
	for _, f := range appendFeatures(room[:0], units) {
		dst = append(dst, f.key)
	}
	return dst
}

// appendFeatures appends the first features of the units by rank.
func appendFeatures(dst []feature, units []unit) []feature {
	for i, u := range units {
		switch {
		case u.kind == unitNumber:
		case u.weight >= tellingWord, u.kind == unitPair:
			dst = rankIn(dst, u.hash, u.weight, 0)
		}
		if i > 0 {
			v := units[i-1]
			pair := mix(uint64(min(u.hash, v.hash))<<32 | uint64(max(u.hash, v.hash)))
			dst = rankIn(dst, uint32(pair), (u.weight+v.weight)/2, 0)
		}
		if i > 1 {
			v, w := units[i-1], units[i-2]
			three := mix(mix(uint64(u.hash)) + mix(uint64(v.hash)) + mix(uint64(w.hash)))
			dst = rankIn(dst, uint32(three), (u.weight+v.weight+w.weight)/3, lastResort)
		}
	}
	if len(dst) == 0 && len(units) > 0 {
		dst = rankIn(dst, units[0].hash, units[0].weight, 0)
	}
	return dst
}

// rankIn inserts a feature into the ranked list, which keeps the first ones.
func rankIn(list []feature, key uint32, weight, after float32) []feature {
	u := (float64(mix(uint64(key)^0x5bd1e995)>>11) + 1) / (1 << 53)
	f := feature{key, after + float32(-math.Log(u)/float64(max(weight, 0.01)))}
	if len(list) == maxFeatures {
		if f.rank >= list[maxFeatures-1].rank {
			return list
		}
	}
	for _, g := range list {
		if g.key == key {
			return list
		}
	}
	if len(list) < maxFeatures {
		list = append(list, f)
	}
	i := len(list) - 1
	for ; i > 0 && list[i-1].rank > f.rank; i-- {
		list[i] = list[i-1]
	}
	list[i] = f
	return list
}

// wholeKey is the same for texts of the same units in any order.
func wholeKey(units []unit) uint32 {
	sum := uint64(0)
	for _, u := range units {
		sum += mix(uint64(u.hash))
	}
	return uint32(mix(sum^0x77686f6c65) >> 32)
}

// bodyKey is the same for texts that differ in the hashtags at the end; there
// is none for a text without such hashtags or with hardly anything before.
func bodyKey(e *expanded) (uint32, bool) {
	if e.bodyWeight() < tagsBody {
		return 0, false
	}
	return wholeKey(e.units[:e.body]) ^ 0x626f6479, true
}

func idKey(id uint64) uint32 { return uint32(mix(id^0x6964) >> 32) }
