package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"heed/guards"
	"heed/runner"
)

var (
	linesOf = sql(`SELECT ` + lineColumns + ` FROM records r LEFT JOIN intents i ON i.seq = r.seq WHERE r.seq = ? ORDER BY r.n`)
	lineAt  = sql(`SELECT ` + lineColumns + ` FROM records r LEFT JOIN intents i ON i.seq = r.seq WHERE r.n = ?`)
	mute1   = sql(`UPDATE records SET message = NULL, remedy = NULL, salt = ?, sealed = ?, erased = ? WHERE n = ?`)
	muteAll = sql(`UPDATE records SET message = NULL, remedy = NULL, user = NULL, post = NULL, salt = ?, sealed = ?, erased = ? WHERE n = ?`)
)

// mostErased is how many entries one record of an erasure names.
const mostErased = 1000

// What an erasure takes: the words of entries, or all that may be erased of them.
const (
	erasedWords = "words"
	erasedAll   = "all"
)

// commitments are the two of a line, computed from what is there or kept from what was
// erased; fault says why there are none.
func (x *line) commitments() (ids, words []byte, fault string) {
	switch {
	case len(x.salt) == 2*saltBytes && x.sealed == nil:
		return x.ids(), x.words(), ""
	case len(x.salt) == saltBytes && len(x.sealed) == 32:
		return x.ids(), x.sealed, ""
	case x.salt == nil && len(x.sealed) == 64:
		return x.sealed[:32], x.sealed[32:], ""
	}
	return nil, nil, fmt.Sprintf("its salt has %d bytes and its seals have %d", len(x.salt), len(x.sealed))
}

// left says what of a line is still to erase.
func (x *line) left(all bool) bool {
	said := x.message != nil || x.remedy != nil
	if !all {
		return said && len(x.salt) == 2*saltBytes
	}
	return (said || x.user != nil || x.post != nil) && x.salt != nil
}

// erase takes the words, or all that may be erased, out of decisions, and puts on record
// of which: an entry that lost its words in another way is a fault.
func (t *tx) erase(lines []*line, all bool, r runner.Record) (n int, err error) {
	lines = keep(lines, func(x *line) bool { return x.link != 0 && x.left(all) })
	r.Kind = runner.RecAudit
	stmt, what := mute1, erasedWords
	if all {
		stmt, what = muteAll, erasedAll
	}
	for chunk := range slices.Chunk(lines, mostErased) {
		told := lineOf(r)
		told.proof = []byte(what + " " + places(chunk))
		if err := t.put(told); err != nil {
			return n, err
		}
		for _, x := range chunk {
			ids, words, fault := x.commitments()
			if fault != "" {
				return n, fmt.Errorf("ledger: entry %d of the record cannot be erased, %s: see heed audit verify", x.link, fault)
			}
			salt, sealed := x.salt[:saltBytes], words
			if all {
				salt, sealed = nil, slices.Concat(ids, words)
			}
			if _, err := t.exec(stmt, salt, sealed, told.link, x.n); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// places lists the lines' places in the chain: "3-5 9".
func places(lines []*line) string {
	all := make([]int64, len(lines))
	for i, x := range lines {
		all[i] = x.link
	}
	slices.Sort(all)
	var out []string
	for i := 0; i < len(all); {
		j := i
		for j+1 < len(all) && all[j+1] == all[j]+1 {
			j++
		}
		one := strconv.FormatInt(all[i], 10)
		if j > i {
			one += "-" + strconv.FormatInt(all[j], 10)
		}
		out, i = append(out, one), j+1
	}
	return strings.Join(out, " ")
}

// placesOf reads what places wrote.
func placesOf(list string) (out []int64, err error) {
	for _, part := range strings.Fields(list) {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		a, err := strconv.ParseInt(from, 10, 64)
		if err != nil {
			return nil, err
		}
		b, err := strconv.ParseInt(to, 10, 64)
		if err != nil || b < a || b-a >= mostErased {
			return nil, fmt.Errorf("%q is no range: %w", part, err)
		}
		for ; a <= b; a++ {
			out = append(out, a)
		}
	}
	return out, nil
}

// wipedWords stands where a sentence of a verdict was.
const wipedWords = "what was said is no longer kept"

// thin leaves of a kept verdict what thinned leaves.
func (t *tx) thin(seq int64, raw []byte) error {
	var v guards.Verdict
	if err := json.Unmarshal(raw, &v); err != nil {
		return fmt.Errorf("ledger: verdict of intent number %d: %w", seq, err)
	}
	raw, err := json.Marshal(thinned(v))
	if err != nil {
		return fmt.Errorf("ledger: verdict: %w", err)
	}
	_, err = t.exec(thinCase, string(raw), seq)
	return err
}

// thinned takes out of a verdict its sentences, which may quote the text, and of its
// evidence all but numbers. Codes and rules stay.
func thinned(v guards.Verdict) guards.Verdict {
	v = mute(v)
	if v.Message != "" {
		v.Message = wipedWords
	}
	for i := range v.Findings {
		v.Findings[i].Because, v.Findings[i].Remedy = "", ""
	}
	return v
}

// forgetText wipes what an intent said and what its verdict said of that. It gives the
// records of its verdicts, whose words its caller erases.
func (t *tx) forgetText(seq int64) (verdicts []*line, err error) {
	if _, err := t.exec(wipe, seq); err != nil {
		return nil, err
	}
	if _, err := t.exec(dropPicture, seq); err != nil {
		return nil, err
	}
	t.texts = append(t.texts, seq)
	t.l.texts.drop(seq)
	t.l.texts.looks.drop(seq)
	return t.forgetVerdict(seq)
}

// forgetVerdict wipes what the verdict of an intent said.
func (t *tx) forgetVerdict(seq int64) (verdicts []*line, err error) {
	var raw []byte
	found, err := t.first(verdictOf, func(r *row) { raw = r.blob() }, seq)
	if err != nil {
		return nil, err
	}
	if found {
		if err := t.thin(seq, raw); err != nil {
			return nil, err
		}
	}
	err = t.each(linesOf, func(r *row) {
		if x := scanLine(r); x.kind == string(runner.RecVerdict) {
			verdicts = append(verdicts, x)
		}
	}, seq)
	return verdicts, err
}
