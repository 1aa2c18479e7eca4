package bots

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// DecodeIntent reads one line strictly: an unknown, repeated or case-variant key,
// invalid UTF-8 or a second value is refused, so that no reader can understand the
// line in two ways. Every mistake of a well-formed line is told at once.
func DecodeIntent(line []byte) (Intent, error) {
	if len(line) > MaxLine {
		return Intent{}, fmt.Errorf("intent: %d bytes; a line may have %d", len(line), MaxLine)
	}
	var in Intent
	if err := json.Unmarshal(line, &in, json.RejectUnknownMembers(true)); err != nil {
		return Intent{}, plain(err)
	}
	if err := in.Check(); err != nil {
		return Intent{}, err
	}
	return in, nil
}

// Encode gives the bytes that are stored, judged and sent. The same intent always
// encodes alike.
func (in Intent) Encode() ([]byte, error) {
	line, err := json.Marshal(in, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("intent: %w", err)
	}
	return line, nil
}

// plain turns the decoder's error into words for the bot's author. The offending
// value is left out: it may be long, or not for a log.
func plain(err error) error {
	var dup *jsontext.SyntacticError
	if errors.As(err, &dup) {
		what := "not one well-formed JSON object"
		if errors.Is(err, jsontext.ErrDuplicateName) {
			what = "this key stands twice"
		}
		return fmt.Errorf("intent: %s at %s (byte %d)", what, pointer(dup.JSONPointer), dup.ByteOffset)
	}
	var sem *json.SemanticError
	if errors.As(err, &sem) {
		if errors.Is(err, json.ErrUnknownName) {
			return fmt.Errorf("intent: %s", unknownKey(sem.JSONPointer.LastToken()))
		}
		return fmt.Errorf("intent: %s: a %s cannot stand here", pointer(sem.JSONPointer), kindName(sem.JSONKind))
	}
	return errors.New("intent: not one well-formed JSON object")
}

func unknownKey(name string) string {
	if near := nearestKey(name); near != "" {
		return fmt.Sprintf("unknown key %.40q (did you mean %q?)", name, near)
	}
	return fmt.Sprintf("unknown key %.40q", name)
}

func pointer(p jsontext.Pointer) string {
	s := strings.ReplaceAll(strings.TrimPrefix(string(p), "/"), "/", ".")
	if s == "" {
		return "the line itself"
	}
	if len(s) > 80 {
		s = s[:80]
	}
	return fmt.Sprintf("%q", s)
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '{':
		return "object"
	case '[':
		return "list"
	case '"':
		return "string of this form"
	case '0':
		return "number"
	case 't', 'f':
		return "boolean"
	}
	return "null"
}

var intentKeys = []string{"v", "type", "id", "key", "action", "text", "target", "media", "cause", "reason",
	"not_before", "expires_at", "hold", "template", "facts", "poll", "reply_settings", "made_with_ai",
	"paid_partnership", "sensitive", "labels"}

// nearestKey finds the key that a typing slip or another case meant.
func nearestKey(name string) string {
	bare := func(s string) string { return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s)) }
	for _, k := range intentKeys {
		if bare(k) == bare(name) {
			return k
		}
	}
	return ""
}

// Check says everything that is wrong with an intent's form. Policy is for guards.
func (in Intent) Check() error { return in.complaints().err() }

func (in Intent) complaints() (c complaints) {
	c.want(in.V == 0 || in.V == 1, "v: %d; this heed speaks version 1", in.V)
	c.want(in.Type == "" || in.Type == "intent", "type: must be \"intent\" or absent")
	c.want(in.ID == "" || matches(in.ID, 64, ".:_-", true), "id: 1 to 64 of A-Z a-z 0-9 . _ : -")
	c.want(utf8.RuneCountInString(in.Key) <= MaxKey, "key: more than %d characters", MaxKey)
	c.want(utf8.RuneCountInString(in.Reason) <= 500, "reason: more than 500 characters")
	c.want(len(in.Cause) <= 200, "cause: more than 200 bytes")
	c.want(in.Template == "" || matches(in.Template, 64, "._-", false), "template: 1 to 64 of a-z 0-9 _ . -")
	c.want(in.ExpiresAt.IsZero() || in.NotBefore.Before(in.ExpiresAt), "expires_at: must be later than not_before")
	c.want(in.ReplySettings == "" || slices.Contains([]string{"everyone", "following", "mentionedUsers", "subscribers", "verified"},
		in.ReplySettings), "reply_settings: %.20q is none of everyone, following, mentionedUsers, subscribers, verified", in.ReplySettings)
	for _, f := range [][2]string{{"key", in.Key}, {"cause", in.Cause}, {"reason", in.Reason}} {
		c.want(!strings.ContainsFunc(f[1], hidden), "%s: holds characters that a reader cannot see", f[0])
	}
	c.shortStrings("facts", in.Facts, 32, 200)
	c.shortStrings("labels", in.Labels, 8, 64)
	if c.action(in); in.Action.Known() {
		c.content(in)
		c.target(in)
	}
	return c
}

// hidden are characters that a terminal acts on or that change how a line is read:
// what a person approves must look like what it is.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u200c'
}

// complaints each begin with their field and a colon.
type complaints []string

func (c *complaints) want(ok bool, format string, args ...any) {
	if !ok {
		*c = append(*c, fmt.Sprintf(format, args...))
	}
}

func (c complaints) err() error {
	if len(c) == 0 {
		return nil
	}
	return errors.New("intent: " + strings.Join(c, "; "))
}

func (c *complaints) action(in Intent) {
	if in.Action == "" {
		c.want(false, "action: missing")
		return
	}
	c.want(in.Action.Known(), "action: %.40q is none of heed's actions", string(in.Action))
}

func (c *complaints) content(in Intent) {
	has := in.Text != "" || len(in.Media) > 0
	if in.Action.Writes() {
		c.want(has, "text: a %s needs text or media", in.Action)
	} else {
		c.want(!has, "text: a %s carries no text or media", in.Action)
	}
	c.want(utf8.RuneCountInString(in.Text) <= MaxText, "text: more than %d characters", MaxText)
	c.want(len(in.Media) <= 4, "media: %d; a post may have 4", len(in.Media))
	for i, m := range in.Media {
		c.want(m.Path != "", "media[%d].path: missing", i)
		n := utf8.RuneCountInString(m.Alt)
		c.want(n >= 1 && n <= 1000, "media[%d].alt: needs 1 to 1000 characters", i)
	}
	if in.Poll == nil {
		return
	}
	c.want(in.Action == Post, "poll: only a post can have one")
	c.want(len(in.Poll.Options) >= 2 && len(in.Poll.Options) <= 4, "poll.options: 2 to 4")
	for i, o := range in.Poll.Options {
		n := utf8.RuneCountInString(o)
		c.want(n >= 1 && n <= 25, "poll.options[%d]: 1 to 25 characters", i)
	}
	c.want(in.Poll.Minutes >= 5 && in.Poll.Minutes <= 10080, "poll.minutes: 5 to 10080")
}

func (c *complaints) target(in Intent) {
	post, user := in.Target.PostID != "", in.Target.UserID != ""
	switch {
	case !in.Action.Targeted():
		c.want(!post && !user, "target: a post has none")
	case in.Action.OnUser():
		c.want(user && !post, "target: a %s needs a user_id and nothing else", in.Action)
	default:
		c.want(post && !user, "target: a %s needs a post_id and nothing else", in.Action)
	}
	c.want(!post || IsSnowflake(string(in.Target.PostID)), "target.post_id: 1 to 20 digits, as a string")
	c.want(!user || IsSnowflake(string(in.Target.UserID)), "target.user_id: 1 to 20 digits, as a string")
}

func (c *complaints) shortStrings(name string, m map[string]string, most, length int) {
	c.want(len(m) <= most, "%s: %d; at most %d", name, len(m), most)
	for _, k := range slices.Sorted(maps.Keys(m)) {
		c.want(utf8.RuneCountInString(m[k]) <= length, "%s.%.40s: more than %d characters", name, k, length)
	}
}

func matches(s string, most int, signs string, upper bool) bool {
	if len(s) == 0 || len(s) > most {
		return false
	}
	for _, r := range s {
		ok := r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || upper && r >= 'A' && r <= 'Z' || strings.ContainsRune(signs, r)
		if !ok {
			return false
		}
	}
	return true
}

// Late says whether the intent is no longer worth doing at now.
func (in Intent) Late(now time.Time) bool { return !in.ExpiresAt.IsZero() && !now.Before(in.ExpiresAt) }
