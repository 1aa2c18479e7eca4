# The rules of some of heed's guards, as somebody would write them for Open Policy Agent.
# input.intent and input.facts are heed's own, as JSON. What guards hold of languages
# other than English is left out: so OPA has less to do.
package heed

verdict := {"effect": effect, "findings": findings}

findings := deny | hold | wait

default effect := "allow"

effect := "deny" if count(deny) > 0

effect := "hold" if {
	count(deny) == 0
	count(hold) > 0
}

effect := "defer" if {
	count(deny) + count(hold) == 0
	count(wait) > 0
}

intent := input.intent

facts := input.facts

action := intent.action

text := object.get(intent, "text", "")

target := object.get(intent, "target", {})

cause := object.get(intent, "cause", "")

people := object.get(facts, "contacts", [])

now := time.parse_rfc3339_ns(facts.now)

minute := 60000000000

hour := 60 * minute

age(at) := now - time.parse_rfc3339_ns(at)

writes if action in {"post", "reply", "quote", "dm"}

contacts if action in {"reply", "quote", "repost", "like", "follow", "dm"}

shows if contacts

shows if writes

own(id) if facts.own[id]

strangers := [p | some p in people; not own(p.id)]

# asked

hold contains {"guard": "asked", "code": "asked.person", "because": "the bot asked for a person's eye"} if intent.hold

# halt

wait contains {"guard": "halt", "code": sprintf("halt.%s", [kinds[h.kind]]), "because": sprintf("%s was stopped by %s: %s", [h.scope, h.by, h.reason])} if {
	some h in facts.halts
	not over(h)
}

kinds := {"pause": "paused", "halt": "halted", "latch": "latched"}

over(h) if {
	h.kind == "pause"
	h.until
	age(h.until) >= 0
}

# scope

deny contains {"guard": "scope", "code": "scope.undeclared", "because": sprintf("%s is not among the actions", [action])} if not action in facts.bot.actions

deny contains {"guard": "scope", "code": "scope.not_offered", "because": sprintf("%s needs the enterprise tier", [action])} if {
	action in {"follow", "unfollow", "like", "unlike", "quote"}
	facts.bot.house.tier != "enterprise"
}

deny contains {"guard": "scope", "code": "scope.not_production", "because": "a live bot may act only in production"} if {
	facts.bot.house.environment != "production"
	facts.bot.mode != "dry_run"
}

hold contains {"guard": "scope", "code": "scope.like", "because": "a person starts each like"} if action == "like"

# opt_out

deny contains {"guard": "opt_out", "code": "opt_out.opted_out", "because": sprintf("user %s opted out at %s", [p.id, p.opt_out.at])} if {
	contacts
	some p in strangers
	p.opt_out
}

deny contains {"guard": "opt_out", "code": "opt_out.dm_closed", "because": sprintf("user %s takes no messages", [p.id])} if {
	action == "dm"
	some p in strangers
	p.dm_closed
}

hold contains {"guard": "opt_out", "code": "opt_out.review", "because": sprintf("user %s may have asked to stop", [p.id])} if {
	contacts
	some p in strangers
	p.review
}

deny contains {"guard": "opt_out", "code": "opt_out.people_unread", "because": "nobody knows whom this would reach"} if {
	contacts
	count(people) == 0
}

wait contains {"guard": "opt_out", "code": "opt_out.inbox_stale", "because": "a stop may be waiting in an inbox"} if {
	contacts
	count(strangers) > 0
	stale(object.get(facts, "inbox_at", ""), 15 * minute)
}

stale("", _) := true

stale(at, limit) if {
	at != ""
	abs(age(at)) > limit
}

# consent

deny contains {"guard": "consent", "code": "consent.none", "because": "nobody asked for this"} if {
	action in {"reply", "dm"}
	count(people) > 0
	not facts.cause
	not agreed(action)
}

deny contains {"guard": "consent", "code": sprintf("consent.%s", [code]), "because": sprintf("event %s cannot carry this: %s", [facts.cause.event, code])} if {
	action in {"reply", "dm"}
	count(people) > 0
	facts.cause
	some code in misfits
}

misfits contains "wrong_kind" if {
	action == "reply"
	not facts.cause.kind in {"mention", "reply", "quote"}
}

misfits contains "wrong_kind" if {
	action == "dm"
	facts.cause.kind != "dm"
}

misfits contains "wrong_post" if {
	action == "reply"
	object.get(facts.cause, "post", "") != target.post_id
}

misfits contains "group" if {
	action == "dm"
	not facts.cause.summons
}

misfits contains "wrong_bot" if facts.cause.bot != facts.bot.name

misfits contains "wrong_person" if not facts.cause.from in {p.id | some p in people}

misfits contains "spent" if {
	facts.cause.spent_by
	facts.cause.spent_by != intent.id
}

misfits contains "loop" if facts.cause.automated

misfits contains "loop" if own(facts.cause.from)

misfits contains "depth" if object.get(facts, "answered", 0) >= 10

misfits contains "not_summoned" if {
	action == "reply"
	not facts.cause.summons
	facts.bot.house.tier != "enterprise"
}

misfits contains "too_old" if {
	stale(facts.cause.at, 24 * hour)
	not agreed(action)
}

agreed(channel) if {
	count(people) > 0
	every p in people {
		some yes in p.opt_ins
		yes.scope == facts.bot.name
		yes.channel in {channel, "*"}
		age(yes.at) >= 0
	}
}

deny contains {"guard": "consent", "code": "consent.quote", "because": sprintf("user %s has not agreed to be quoted", [p.id])} if {
	action == "quote"
	some p in strangers
	not agreed("quote")
}

deny contains {"guard": "consent", "code": "consent.mention", "because": sprintf("the text names %s", [name])} if {
	writes
	some name in regex.find_n(`(?:^|[^\w@＠!#$%&*])[@＠]\w{1,20}`, text, -1)
	handle := lower(trim_left(regex.replace(name, `^[^@＠]`, ""), "@＠"))
	not handle in ours
}

ours := {lower(trim_left(h, "@")) | some h in array.concat(facts.bot.house.handles, [facts.bot.house.operator.handle])}

# content

deny contains {"guard": "content", "code": "content.too_long", "because": sprintf("the text counts %d", [weight])} if {
	writes
	action != "dm"
	weight > 280
}

weight := (count(short) + count(wide)) + (23 * count(links)) if {
	short := regex.replace(text, link_form, "")
	wide := regex.find_n(`[^\x{0}-\x{10ff}\x{2000}-\x{200d}\x{2010}-\x{201f}\x{2032}-\x{2037}]`, short, -1)
}

deny contains {"guard": "content", "code": "content.characters", "because": "the text has a control character"} if {
	writes
	regex.match(`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{206f}\x{feff}]`, text)
}

deny contains {"guard": "content", "code": "content.empty", "because": "nothing of the text can be seen"} if {
	writes
	count(object.get(intent, "media", [])) == 0
	trim_space(text) == ""
}

deny contains {"guard": "content", "code": "content.cashtags", "because": "more than one cashtag"} if {
	writes
	action != "dm"
	facts.bot.house.tier != "enterprise"
	count(regex.find_n(`(?:^|\s)\$[A-Za-z]{1,6}\b`, text, -1)) > 1
}

# links

link_form := `https?://[^\s]+`

links := regex.find_n(link_form, text, -1)

hosts := [host |
	some link in links
	host := lower(split(split(split(link, "://")[1], "/")[0], ":")[0])
]

under(host, others) if host in others

under(host, others) if {
	some o in others
	endswith(host, concat("", [".", o]))
}

hold contains {"guard": "links", "code": "links.shortened", "because": sprintf("%s hides where it leads", [host])} if {
	writes
	some host in hosts
	under(host, shorteners)
}

deny contains {"guard": "links", "code": "links.user_info", "because": "a link has a name before its host"} if {
	writes
	some host in hosts
	contains(host, "@")
}

hold contains {"guard": "links", "code": "links.numeric", "because": "a link leads to a bare number"} if {
	writes
	some host in hosts
	regex.match(`^[0-9.]+$`, host)
}

hold contains {"guard": "links", "code": "links.too_many", "because": sprintf("%d links", [count(links)])} if {
	writes
	count(links) > 4
}

shorteners := {
	"adf.ly", "bit.do", "bit.ly", "bitly.com", "bl.ink", "buff.ly", "clck.ru", "cutt.ly", "dlvr.it", "goo.gl", "is.gd",
	"lnkd.in", "ow.ly", "qr.ae", "rb.gy", "rebrand.ly", "s.id", "shorte.st", "shorturl.at", "soo.gd", "t.ly", "tiny.cc",
	"tiny.one", "tinyurl.com", "trib.al", "v.gd", "x.gd",
}

# disclosure

bio := lower(facts.profile.bio)

words(s) := concat("", [" ", regex.replace(replace(lower(s), "'", ""), `[^a-z0-9_@]+`, " "), " "])

deny contains {"guard": "disclosure", "code": "disclosure.claims_human", "because": sprintf("the text says %s", [claim])} if {
	writes
	said := words(text)
	some claim in claims
	contains(said, claim)
}

wait contains {"guard": "disclosure", "code": "disclosure.bio_unread", "because": "the bio was not read lately"} if {
	shows
	stale(object.get(facts.profile, "checked_at", ""), 24 * hour)
}

deny contains {"guard": "disclosure", "code": "disclosure.no_bot_word", "because": "the bio does not say that this is a bot"} if {
	shows
	not regex.match(`(^|[^a-z0-9_@])(bot|bots|robot|chatbot|automated|automatically)($|[^a-z0-9_])`, bio)
}

deny contains {"guard": "disclosure", "code": "disclosure.no_operator", "because": "the bio does not name who answers for the bot"} if {
	shows
	not regex.match(sprintf(`@%s($|[^a-z0-9_])`, [lower(trim_left(facts.bot.house.operator.handle, "@"))]), bio)
}

deny contains {"guard": "disclosure", "code": "disclosure.bio_denies", "because": sprintf("the bio says %s", [denial])} if {
	shows
	said := words(bio)
	some denial in claims | {" not a bot ", " no bot ", " not a robot ", " not automated ", " no bots here "}
	contains(said, denial)
}

claims := {
	" i am human ", " im human ", " i am a human ", " im a human ", " i am a person ", " im a person ", " i am a real person ", " im a real person ",
	" i am a real human ", " im a real human ", " i am an actual human ", " i am not a bot ", " im not a bot ", " i am no bot ", " im no bot ",
	" i am not a robot ", " im not a robot ", " i aint a bot ", " im not automated ", " i am not automated ", " this is not a bot ", " this isnt a bot ",
	" this account is not a bot ", " we are not bots ", " were not bots ", " this is a real person ", " this is a real human ", " this account is not automated ",
	" i am a human being ", " im a human being ", " you are talking to a human ", " youre talking to a human ", " you are talking to a real person ",
}

# duplicate

deny contains {"guard": "duplicate", "code": "duplicate.same", "because": sprintf("%s of %s says the same", [a.key, a.bot])} if {
	writes
	some a in facts.alike
	compared(a)
	said_again(a)
}

hold contains {"guard": "duplicate", "code": "duplicate.alike", "because": sprintf("%s of %s says nearly the same", [a.key, a.bot])} if {
	action in {"post", "reply", "quote"}
	some a in facts.alike
	compared(a)
	a.action != "dm"
	not answers_alike(a)
	a.score >= 0.5
	a.score < 0.9
}

compared(a) if age(a.at) <= 720 * hour

said_again(a) if {
	action == "dm"
	a.exact
	a.action == "dm"
	a.bot != facts.bot.name
	a.target.user_id == target.user_id
}

said_again(a) if {
	action != "dm"
	a.action != "dm"
	a.exact
}

said_again(a) if {
	action != "dm"
	a.action != "dm"
	not answers_alike(a)
	a.score >= 0.9
}

answers_alike(a) if {
	action == "reply"
	a.bot == facts.bot.name
}

# post_rate, follow_rate, budget: windows

quotas := {
	"post": {"post_rate.hour": 12, "post_rate.day": 50},
	"quote": {"post_rate.hour": 12, "post_rate.day": 50},
	"repost": {"post_rate.hour": 12, "post_rate.day": 50},
	"reply": {"post_rate.replies_day": 200},
	"dm": {"post_rate.dms_day": 200},
	"delete": {"post_rate.deletes_day": 50},
	"follow": {"follow_rate.hour": 5, "follow_rate.day": 20, "follow_rate.all_day": 40},
	"unfollow": {"follow_rate.hour": 5, "follow_rate.day": 20, "follow_rate.all_day": 40},
}

wait contains {"guard": split(window, ".")[0], "code": sprintf("%s_full", [window]), "because": sprintf("%d of %d", [facts.used[window].count, limit])} if {
	some window, limit in quotas[action]
	facts.used[window].count >= limit
}

hold contains {"guard": split(window, ".")[0], "code": sprintf("%s_unread", [window]), "because": "it was not counted"} if {
	some window, _ in quotas[action]
	not facts.used[window]
}

deny contains {"guard": "follow_rate", "code": "follow_rate.reflex", "because": "this follow answers an event"} if {
	action == "follow"
	cause != ""
}

deny contains {"guard": "follow_rate", "code": "follow_rate.again", "because": sprintf("followed at %s", [a.at])} if {
	action == "follow"
	some a in facts.same
	a.action == "follow"
	a.bot == facts.bot.name
	happened(a)
}

deny contains {"guard": "follow_rate", "code": "follow_rate.ceiling", "because": "the account follows too many"} if {
	action == "follow"
	facts.profile.following >= 4500
}

deny contains {"guard": "follow_rate", "code": "follow_rate.ratio", "because": "the account follows too many for its followers"} if {
	action == "follow"
	facts.profile.following >= 100
	facts.profile.following + 1 > 1.5 * facts.profile.followers
}

purses := {"budget.day": 5000000, "budget.month": 50000000, "budget.all_day": 20000000, "budget.all_month": 200000000}

price := 0 if facts.bot.house.tier == "enterprise"

else := 10000 if summoned

else := 200000 if {
	action in {"post", "quote", "reply"}
	count(links) > 0
}

else := 10000 if action == "delete"

else := 15000

summoned if {
	action == "reply"
	facts.cause.summons
	facts.cause.kind != "dm"
	facts.cause.post == target.post_id
}

wait contains {"guard": "budget", "code": sprintf("%s_spent", [window]), "because": sprintf("%d of %d", [object.get(facts.used[window], "spent", 0), limit])} if {
	some window, limit in purses
	price > 0
	object.get(facts.used[window], "spent", 0) > limit - price
}

hold contains {"guard": "budget", "code": "budget.unread", "because": "it was not counted"} if {
	some window, _ in purses
	not facts.used[window]
}

# same_target

happened(a) if {
	not a.state in {"failed", "denied", "cancelled", "expired"}
	not itself(a)
	age(a.at) <= 720 * hour
}

itself(a) if {
	a.bot == facts.bot.name
	a.key == intent.key
}

deny contains {"guard": "same_target", "code": "same_target.another_bot", "because": sprintf("%s did this at %s", [a.bot, a.at])} if {
	action in {"like", "repost", "quote", "follow"}
	some a in facts.same
	a.action == action
	a.bot != facts.bot.name
	happened(a)
}

deny contains {"guard": "same_target", "code": "same_target.twice", "because": sprintf("the bot did this at %s", [a.at])} if {
	action in {"like", "repost"}
	some a in facts.same
	a.action == action
	a.bot == facts.bot.name
	happened(a)
}
