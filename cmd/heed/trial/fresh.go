package trial

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"heed/bots"
	"heed/config"
	"heed/guards"
)

// freshTable is what a case need not say: an account that was set up as it must be a moment
// ago, and has done nothing yet. Help tells it to people.
func freshTable() factsTable { return factsTable{Now: Noon, Automated: true} }

// Help tells what is so where a case does not say.
const Help = `What a case does not say is so as it is with a fresh bot that was set up well. Its facts:
  now                  2026-06-01T12:00:00Z, a Monday at noon
  bio                  one that says that it is a bot, and whose
  automated, verified  true, false
  followers, following 0
  profile_age          0s: the account was read just now
  inbox_age            0s: every inbox was read just now
  halt, halt_for       no pause, halt or latch
  granted, approved    nothing: the owner of somebody else's account has allowed nothing, and
                       no person has released a hold
  opted_out, opted_in, in_review, dm_closed
                       nobody; lists of the ids of people whom the intent reaches or names
  author               of the target post: whoever invited the bot there, else not known
  invited              nobody spoke to the bot. invited = {} is a mention (of a dm: a message) a
                       minute ago, by the target or the author, else by user 2001; it can say
                       kind, from, post, ago, summons, automated, spent
  answered             0 answers in this conversation
  used, spent          nothing: used.post_rate.hour = 12, spent.day = 4.5
  said, acted, shown   nothing by any bot: [{ bot = "…", text = "…", ago = "1h", state = "done" }]
  lanes                X's own answers told of no limit
  pictures             each file is of the type that its name says, 100 kB
  unread               nothing; else some of "profile", "inboxes", "windows", "pictures"
author and invited.from take the name of a bot of the house, too.`

// standIn is the account of a bot whose user id the settings leave out.
func standIn(i int) bots.UserID { return bots.UserID(fmt.Sprintf("9%018d", i+1)) }

// house fills in what the facts tell of the operator's own accounts.
func (r *reader) house() {
	r.Facts.Own = map[bots.UserID]string{}
	for i, b := range r.cfg.Bots {
		id := cmp.Or(b.UserID, standIn(i))
		r.Facts.Own[id] = b.Name
		if b.Name == r.Bot.Name {
			r.Facts.Bot = b.Bot
			r.Facts.Bot.UserID = id
		}
	}
}

// account is who a user id or the name of a bot of the house means.
func (r *reader) account(path []string, who string) bots.UserID {
	if who == "" || bots.IsSnowflake(who) {
		return bots.UserID(who)
	}
	for id, name := range r.Facts.Own {
		if name == who {
			return id
		}
	}
	hint := "1 to 20 digits; or the name of a bot"
	if near := config.Nearest(who, r.cfg.BotNames()); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	r.bad(path, hint, "%q is neither a user id nor a bot of the house", who)
	return ""
}

// fileTypes are the types of files by the ends of their names.
var fileTypes = map[string]string{".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
	".gif": "image/gif", ".mp4": "video/mp4"}

const usualBytes = 100_000

// freshPictures are files of which a case says no more than their names.
func freshPictures(in bots.Intent) (all []guards.Picture) {
	for _, m := range in.Media {
		p := guards.Picture{Type: fileTypes[strings.ToLower(filepath.Ext(m.Path))], Bytes: usualBytes}
		p.Hashed = strings.HasPrefix(p.Type, "image/")
		all = append(all, p)
	}
	return all
}
