package platform

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"heed/bots"
	"heed/guards"
	"heed/runner"
)

// overlap is how far a read goes back behind what was read before: ids are made on
// many machines, and a younger one may show first.
const overlap = 5 * time.Minute

// latestMessages is a page of messages once the backlog is read. X has no "since"
// for messages and charges for each one shown.
const latestMessages = 20

// Listen reads the posts that name the bot and the messages sent to it, oldest
// first. An empty cursor reads all that X still shows. At most five pages of each are
// read in one call; the cursor remembers where the rest begins, and moves only over
// what was read completely. Encrypted messages are not to be seen here.
//
// Beside an error stands what was read before it, and a cursor that is right for it:
// messages may have to wait while mentions need not. Whoever quotes the bot and does not
// name it is not among the mentions, and is not heard.
func (x *X) Listen(ctx context.Context, bot, at string) ([]runner.Said, string, error) {
	a, err := x.account(bot)
	if err != nil {
		return nil, at, err
	}
	c := readCursor(at)
	x.recall(bot, c.Rest)
	said, err := x.hear(ctx, a, &c)
	c.Rest = x.resting(bot)
	return said, c.String(), err
}

func (x *X) hear(ctx context.Context, a *account, c *cursor) ([]runner.Said, error) {
	me, err := x.userID(ctx, a)
	if err != nil {
		return nil, err
	}
	was, heard := *c, map[string]runner.Said{}
	err1 := x.hearMentions(ctx, a, me, c, heard)
	var locked *runner.Locked
	if errors.As(err1, &locked) {
		*c = was
		return nil, err1
	}
	err2 := x.hearMessages(ctx, a, me, c, heard)
	said := slices.SortedFunc(maps.Values(heard), func(p, q runner.Said) int {
		return cmp.Or(p.At.Compare(q.At), strings.Compare(p.Event, q.Event))
	})
	if err := firstLocked(err2, err1); err != nil {
		return said, err
	}
	if c.MentionsBelow != "" || c.MessagesNext != "" { // a STOP may lie in what is left
		return said, &runner.Wait{Until: x.now(), Why: "more is waiting than is read at once"}
	}
	return said, nil
}

// firstLocked gives the graver of two errors: a lock before a wait before the rest.
func firstLocked(errs ...error) error {
	var locked *runner.Locked
	var wait *runner.Wait
	for _, e := range errs {
		if errors.As(e, &locked) {
			return e
		}
	}
	for _, e := range errs {
		if errors.As(e, &wait) {
			return e
		}
	}
	return errors.Join(errs...)
}

// hearMentions reads what is left over from the last call, then what is new.
func (x *X) hearMentions(ctx context.Context, a *account, me bots.UserID, c *cursor, heard map[string]runner.Said) error {
	left := mostPages
	for left > 0 {
		backlog := c.MentionsBelow != ""
		read, err := x.readMentions(ctx, a, me, *c, left, heard)
		if err != nil {
			return err
		}
		left -= read.pages
		if !backlog {
			c.MentionsTop = later(c.Mentions, read.top)
		}
		if read.rest {
			c.MentionsBelow = read.low
			return nil
		}
		c.Mentions, c.MentionsBelow, c.MentionsTop = c.MentionsTop, "", ""
		if !backlog {
			return nil
		}
	}
	return nil
}

// reach is how far a read of mentions came.
type reach struct {
	pages    int
	top, low string // youngest and oldest id
	rest     bool   // there is more below low
}

func (x *X) readMentions(ctx context.Context, a *account, me bots.UserID, c cursor, most int, heard map[string]runner.Said) (reach, error) {
	q := question{name: "mentions", path: "/2/users/:id/mentions", ids: map[string]string{":id": string(me)}, query: map[string]string{
		"max_results":  strconv.Itoa(pageSize),
		"tweet.fields": "author_id,conversation_id,created_at,entities,in_reply_to_user_id,note_tweet,referenced_tweets",
		"expansions":   "author_id,referenced_tweets.id",
		"user.fields":  personFields,
	}}
	if c.Mentions != "" {
		q.query["since_id"] = behind(c.Mentions)
	}
	if c.MentionsBelow != "" {
		q.query["until_id"] = c.MentionsBelow
	}
	var r reach
	whole := true
	rest, err := x.pages(ctx, a, q, most, func(b answerBody) bool {
		r.pages++
		list, ok := posts(b.Data)
		people, quoted := b.users(), b.posts()
		for _, p := range list {
			r.top, r.low = later(r.top, p.ID), earlier(r.low, p.ID)
			if s, is := a.mention(me, p, people, quoted); is {
				s.Signs = x.signs(people, p.AuthorID)
				heard[s.Event] = s
			}
			ok = ok && bots.IsSnowflake(p.AuthorID)
		}
		whole = whole && ok
		return false
	})
	if err == nil && !whole {
		err = errors.New("x: mentions: one of them cannot be read")
	}
	r.rest = rest != "" && r.low != ""
	return r, err
}

// mention makes of a post what its author said to the bot. The bot's own posts and
// plain reposts are nobody speaking to it.
func (a *account) mention(me bots.UserID, p postRead, people map[string]userBody, quoted map[string]postRead) (runner.Said, bool) {
	if p.AuthorID == string(me) || p.refers("retweeted", "") || !bots.IsSnowflake(p.AuthorID) {
		return runner.Said{}, false
	}
	text, e := p.full()
	named, quotes := false, false
	var mentions []bots.UserID
	for _, m := range e.Mentions {
		if m.ID == string(me) || m.Username != "" && strings.EqualFold(m.Username, strings.TrimPrefix(a.handle, "@")) {
			named = true
		} else if bots.IsSnowflake(m.ID) && !slices.Contains(mentions, bots.UserID(m.ID)) {
			mentions = append(mentions, bots.UserID(m.ID))
		}
	}
	for _, r := range p.refs() {
		quotes = quotes || r.Type == "quoted" && quoted[r.ID].AuthorID == string(me)
	}
	kind := guards.ByMention
	switch {
	case p.InReplyTo == string(me):
		kind = guards.ByReply
	case quotes:
		kind = guards.ByQuote
	}
	thread := bots.PostID(p.ConversationID)
	if !bots.IsSnowflake(p.ConversationID) {
		thread = ""
	}
	return runner.Said{Text: unescaper.Replace(text), Invitation: guards.Invitation{
		Event: "post:" + p.ID, Kind: kind, Bot: a.bot, From: bots.UserID(p.AuthorID), Post: bots.PostID(p.ID),
		At: at(p.CreatedAt, p.ID), Summons: named || quotes, Automated: people[p.AuthorID].automated(),
		Thread: thread, Mentions: mentions,
	}}, true
}

// hearMessages reads messages, newest first, back to what was read before.
func (x *X) hearMessages(ctx context.Context, a *account, me bots.UserID, c *cursor, heard map[string]runner.Said) error {
	size, floor := pageSize, ""
	if c.Messages != "" {
		size, floor = latestMessages, behind(c.Messages)
	}
	q := question{name: "messages", path: "/2/dm_events", private: true, query: map[string]string{
		"event_types": "MessageCreate", "max_results": strconv.Itoa(size),
		"dm_event.fields": messageFields, "expansions": "sender_id", "user.fields": personFields,
	}}
	if c.MessagesNext != "" {
		q.query["pagination_token"] = c.MessagesNext
	}
	top, whole := later(c.Messages, c.MessagesTop), true
	rest, err := x.pages(ctx, a, q, mostPages, func(b answerBody) (enough bool) {
		list, ok := messages(b.Data)
		whole = whole && ok
		people := b.users()
		for _, m := range list {
			if floor != "" && before(m.ID, floor) {
				return true
			}
			top = later(top, m.ID)
			if m.SenderID == string(me) {
				continue
			}
			s := a.message(m, people)
			s.Signs = x.signs(people, m.SenderID)
			heard[s.Event] = s
		}
		return false
	})
	switch {
	case err != nil && c.MessagesNext != "" && lost(err):
		// X no longer knows the place: begin at the newest again, nothing is skipped.
		c.MessagesNext, c.MessagesTop = "", ""
		return x.hearMessages(ctx, a, me, c, heard)
	case err != nil:
		return err
	case !whole:
		return errors.New("x: messages: it cannot be said who sent one of them")
	case rest != "":
		c.MessagesNext, c.MessagesTop = rest, top
	default:
		c.Messages, c.MessagesNext, c.MessagesTop = top, "", ""
	}
	return nil
}

func (a *account) message(m message, people map[string]userBody) runner.Said {
	return runner.Said{Text: unescaper.Replace(str(m.Text)), Invitation: guards.Invitation{
		Event: "dm:" + m.ID, Kind: guards.ByDM, Bot: a.bot, From: bots.UserID(m.SenderID),
		At: at(m.CreatedAt, m.ID), Summons: m.direct(), Automated: people[m.SenderID].automated(),
	}}
}
