package ledger

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"heed/runner"
)

// The record of decisions is a chain: each entry has a place (1, 2, 3 …) and a SHA-256
// over the hash before it and over what it says, so that an entry which was changed,
// removed, moved or added shows. What may have to be erased some day is not in that hash
// itself but as a commitment: a hash over a random salt and those words. Erasing them
// with the salt leaves a chain that still holds.
//
// The hash of an entry is over, each field with its type and length: a label, the hash
// before, link, n, seq, at, kind, bot, the fingerprint of the intent's id, the hash of the
// intent's bytes, state, code, rules, about, proof, and two commitments: of user and post,
// and of message and remedy.

const (
	chainLabel = "heed.chain.1"
	idsLabel   = "heed.chain.ids.1"
	wordsLabel = "heed.chain.words.1"
	saltBytes  = 16 // of each of the two commitments
	// chainSchema is the schema since when decisions are chained.
	chainSchema = 3
)

var errHeadless = errors.New("ledger: the end of its record of decisions is missing: something other than heed changed the file; see heed audit verify, and restore a backup")

// chained says whether records of a kind are decisions, which are chained and never swept.
func chained(k runner.RecordKind) bool {
	switch k {
	case runner.RecVerdict, runner.RecOutcome, runner.RecPerson, runner.RecHalt, runner.RecAudit:
		return true
	}
	return false
}

// end is the end of the chain as the writer knows it, and the newest record's number. A
// write of another process makes it unknown; what is rolled back puts it back.
type end struct {
	known bool
	moved bool // since head was written
	link  int64
	hash  []byte
	n     int64
}

// line is a row of records.
type line struct {
	n, link            int64
	seq, at            driver.Value
	kind               string
	bot                driver.Value
	id, bytes          driver.Value // of the intent: its id, the hash of its bytes
	state, code, rules driver.Value
	about              driver.Value
	proof              driver.Value
	user, post         driver.Value
	message, remedy    driver.Value
	salt, sealed       []byte
	erased             int64
	hash               []byte
}

// lineColumns is what scanLine reads.
const lineColumns = `r.n, r.link, r.seq, r.at, r.kind, r.bot, i.id, i.hash, r.state, r.code, r.rules, r.about, r.proof,
	r.user, r.post, r.message, r.remedy, r.salt, r.sealed, r.erased, r.hash`

func scanLine(r *row) *line {
	x := &line{n: r.num(), link: r.num(), seq: r.next(), at: r.next(), kind: r.str(), bot: r.next(), id: r.next(), bytes: r.next(),
		state: r.next(), code: r.next(), rules: r.next(), about: r.next(), proof: r.next(),
		user: r.next(), post: r.next(), message: r.next(), remedy: r.next()}
	x.salt, x.sealed, x.erased, x.hash = r.blob(), r.blob(), r.num(), r.blob()
	return x
}

var (
	getHead    = sql(`SELECT link, hash FROM head WHERE one = 1`)
	putHead    = sql(`UPDATE head SET link = ?, hash = ? WHERE one = 1`)
	lastNumber = sql(`SELECT seq FROM sqlite_sequence WHERE name = 'records'`)
	addRecord  = sql(`INSERT INTO records (n, seq, at, kind, bot, state, code, message, remedy, user, post, rules, link, about, proof, salt, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	intentOf = sql(`SELECT id, hash FROM intents WHERE seq = ?`)
)

// log adds a record; seq is 0 for one that belongs to no intent.
func (t *tx) log(seq int64, r runner.Record) error {
	x := lineOf(r)
	if seq != 0 {
		x.seq = seq
		if chained(r.Kind) {
			if _, err := t.first(intentOf, func(r *row) { x.id, x.bytes = r.next(), r.next() }, seq); err != nil {
				return err
			}
		}
	}
	return t.put(x)
}

// logOf adds a record of an intent that is at hand, with the proof of its verdict.
func (t *tx) logOf(it *intent, r runner.Record, proof []byte) error {
	x := lineOf(r)
	x.seq, x.id, x.bytes = it.seq, it.id, it.hash
	if proof != nil {
		x.proof = proof
	}
	t.tickOf(it, r)
	return t.put(x)
}

func lineOf(r runner.Record) *line {
	return &line{at: r.At.UnixMilli(), kind: string(r.Kind), bot: value(null(r.Bot)), state: value(null(r.State)), code: value(null(r.Code)),
		rules: value(null(strings.Join(r.Rules, " "))), user: value(null(r.User)), post: value(null(r.PostID)),
		message: value(null(cut(r.Message, maxMessage))), remedy: value(null(cut(r.Remedy, maxMessage)))}
}

// put writes a line, a decision as the next of the chain.
func (t *tx) put(x *line) error {
	if err := t.knowEnd(); err != nil {
		return err
	}
	x.n = t.l.end.n + 1
	var link any
	if chained(runner.RecordKind(x.kind)) {
		if err := t.bind(x); err != nil {
			return err
		}
		link = x.link
	}
	_, err := t.exec(addRecord, x.n, x.seq, x.at, x.kind, x.bot, x.state, x.code, x.message, x.remedy, x.user, x.post, x.rules,
		link, x.about, x.proof, x.salt, x.hash)
	if err == nil {
		t.l.end.n, t.record = x.n, x.n
	}
	return err
}

// bind makes a line the next of the chain.
func (t *tx) bind(x *line) error {
	x.salt = make([]byte, 2*saltBytes)
	if _, err := rand.Read(x.salt); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	e := &t.l.end
	x.link = e.link + 1
	x.hash = x.sum(e.hash, x.ids(), x.words())
	e.link, e.hash, e.moved = x.link, x.hash, true
	return nil
}

// knowEnd reads where the chain ends, once until another process writes.
func (t *tx) knowEnd() error {
	if t.l.end.known {
		return nil
	}
	e := end{known: true}
	found, err := t.first(getHead, func(r *row) { e.link, e.hash = r.num(), bytes.Clone(r.blob()) })
	if err == nil && !found {
		err = errHeadless
	}
	if err == nil {
		_, err = t.first(lastNumber, func(r *row) { e.n = r.num() })
	}
	if err == nil {
		t.l.end = e
	}
	return err
}

// keepEnd writes where the chain ends, once a batch.
func (t *tx) keepEnd() error {
	e := &t.l.end
	if !e.moved {
		return nil
	}
	n, err := t.changed(putHead, e.link, e.hash)
	if err == nil && n != 1 {
		err = errHeadless
	}
	e.moved = false
	return err
}

// field appends a value with its type and length, so that no two rows read alike.
func field(b []byte, v driver.Value) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, 0)
	case int64:
		return binary.BigEndian.AppendUint64(append(b, 1), uint64(v))
	case string:
		return append(binary.AppendUvarint(append(b, 2), uint64(len(v))), v...)
	case []byte:
		return append(binary.AppendUvarint(append(b, 3), uint64(len(v))), v...)
	}
	return fmt.Appendf(append(b, 4), "%T %v", v, v) // nothing that heed stores
}

func digest(label string, fields ...driver.Value) []byte {
	b := field(make([]byte, 0, 512), label)
	for _, v := range fields {
		b = field(b, v)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// ids and words are the commitments of what may be erased, while it is there.
func (x *line) ids() []byte { return digest(idsLabel, x.salt[:saltBytes], x.user, x.post) }
func (x *line) words() []byte {
	return digest(wordsLabel, x.salt[saltBytes:], x.message, x.remedy)
}

func (x *line) sum(before, ids, words []byte) []byte {
	id := x.id
	if s, ok := id.(string); ok {
		id = fingerprint(s)
	}
	return digest(chainLabel, before, x.link, x.n, x.seq, x.at, x.kind, x.bot, id, x.bytes, x.state, x.code, x.rules, x.about, x.proof, ids, words)
}

// forgotten begins what stands for a key or an id that was erased.
const forgotten = "forgotten:"

// fingerprint stands for a key or an id that had to be erased: heed knows it again, and
// nobody can read it.
func fingerprint(s string) string {
	if rest, ok := strings.CutPrefix(s, forgotten); ok && len(rest) == 2*sha256.Size {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return forgotten + hex.EncodeToString(sum[:])
}
