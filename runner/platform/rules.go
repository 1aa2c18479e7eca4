package platform

import "heed/bots"

var undoing = []bots.Action{bots.Delete, bots.Unrepost, bots.Unlike, bots.Unfollow}

// public are the writes that anybody may see: all but messages.
var public = []bots.Action{bots.Post, bots.Reply, bots.Quote, bots.Repost, bots.Unrepost, bots.Like, bots.Unlike, bots.Follow, bots.Unfollow,
	bots.Delete, bots.HideReply}

const (
	enrol = "put the app into a project with pay-per-use in X's developer console, then heed resume --latch"
	renew = "make the bot's token anew, then heed resume --latch"
)

// blockedWords are how X says that a person has blocked the account.
var blockedWords = []string{"you have been blocked", "has blocked you", "blocked by the user", "blocked by this user"}

// rules is what X is known to answer to a call that it does not carry out, and the
// few refusals that mean it was carried out before. New wordings are new rows. What
// stops everything stands first.
var rules = []rule{
	// Money and limits. Money is no punishment: it is a pause, and no latch. What was to be
	// sent waits for the day that X names, or the next one; the others try one act an hour,
	// because whoever pays does not tell heed.
	{status: []int{429}, kind: "usage-capped", code: "x.usage_capped", why: "the app's monthly usage cap is reached", stops: stopsUsage, wait: namedDay},
	{status: []int{429}, title: "UsageCapExceeded", code: "x.usage_capped", why: "the app's monthly usage cap is reached", stops: stopsUsage, wait: namedDay},
	{status: []int{429}, code: "x.rate_limited", why: "X's limit is reached", stops: stopsTold, wait: untilReset},
	{kind: "rate-limit-exceeded", code: "x.rate_limited", why: "X's limit is reached", stops: stopsTold, wait: untilReset},
	{codes: []int{88}, code: "x.rate_limited", why: "X's limit is reached", stops: stopsTold, wait: untilReset},
	{status: []int{402}, code: "x.credits", why: "the app has no credits left", next: "buy credits in X's developer console", stops: stopsCredits, wait: nextCycle},
	{kind: "credits", code: "x.credits", why: "the app's spend cap is reached", next: "raise it in X's developer console, or wait", stops: stopsCredits, wait: nextCycle},
	{title: "SpendCapReached", code: "x.credits", why: "the app's spend cap is reached", next: "raise it in X's developer console, or wait", stops: stopsCredits, wait: nextCycle},
	{codes: []int{185}, says: []string{"over daily status update limit"}, code: "x.daily_limit",
		why: "the account's limit of posts is reached", stops: stopsDay, wait: tomorrow},
	{codes: []int{161}, says: []string{"unable to follow more people"}, code: "x.follow_limit",
		why: "the account's limit of follows is reached", stops: stopsDay, wait: tomorrow},

	// Credentials, account and app: a person must look (promise P12).
	{codes: []int{32}, code: "x.app_refused", why: "X does not accept the app's credentials; the app may be suspended", latch: true, app: true,
		next: "look at the app in X's developer console and at its keys, then heed resume --latch"},
	{codes: []int{135}, code: "x.clock", why: "X takes the signature's time for wrong; this machine's clock is off", latch: true, app: true,
		next: "set the clock, then heed resume --latch"},
	{codes: []int{64}, says: []string{"your account is suspended"}, code: "x.account_suspended", why: "the bot's account is suspended", latch: true,
		next: "appeal at help.x.com; heed resume --latch when X has lifted it"},
	{codes: []int{326}, says: []string{"account is temporarily locked", "this account is locked"}, code: "x.account_locked",
		why: "the bot's account is locked until a person unlocks it on X", latch: true,
		next: "log in to X as the bot and unlock it, then heed resume --latch"},
	{codes: []int{226}, says: []string{"looks like it might be automated"}, code: "x.looks_automated",
		why: "X takes this for unwanted automation", latch: true,
		next: "see that the account bears X's label for bots and what the bot did last, then heed resume --latch"},
	{codes: []int{261}, says: []string{"application cannot perform write actions"}, code: "x.app_read_only",
		why: "X has taken writing from the app", latch: true, app: true,
		next: "look at the app in X's developer console, then heed resume --latch"},
	{kind: "client-forbidden", code: "x.not_enrolled", why: "the app is not enrolled for this call", latch: true, app: true, next: enrol},
	{reason: "client-not-enrolled", code: "x.not_enrolled", why: "the app is not enrolled for this call", latch: true, app: true, next: enrol},
	{reason: "user-not-enrolled", code: "x.not_enrolled", why: "the app's owner is not enrolled for this call", latch: true, app: true, next: enrol},
	{codes: []int{89, 99}, code: "x.token_refused", why: "X does not accept the bot's token", latch: true, next: renew},
	{status: []int{401}, code: "x.unauthorized", why: "X does not accept the bot's credentials", latch: true, next: renew},
	// Whoever may not write at all would lose its queue to one refusal after the other. A
	// permission for messages alone is no reason to stop what else the bot does.
	{actions: public, kind: "oauth1-permissions", code: "x.scope", why: "the app or its token may not write", latch: true,
		next: "give the app the permission to read and write, make the bot's token anew, then heed resume --latch"},
	{actions: public, kind: "unsupported-authentication", code: "x.unsupported_auth", why: "X does not take this kind of credential for writing", latch: true,
		next: "give the bot a token of its own account, not the app's, then heed resume --latch"},
	{kind: "oauth1-permissions", code: "x.scope", why: "the app or its token lacks the permission for this"},
	{kind: "unsupported-authentication", code: "x.unsupported_auth", why: "this call cannot be made with this kind of credential"},
	{codes: []int{93}, code: "x.scope", why: "the app or its token lacks the permission for direct messages"},

	// Done already.
	{status: []int{400, 403}, actions: []bots.Action{bots.Repost}, codes: []int{327}, says: []string{"already retweeted"},
		landed: true, code: "x.already_done", why: "it was reposted already"},
	{status: []int{400, 403}, actions: []bots.Action{bots.Like}, codes: []int{139}, says: []string{"already"},
		landed: true, code: "x.already_done", why: "it was liked already"},
	{status: []int{400, 403}, actions: []bots.Action{bots.Follow}, codes: []int{160},
		says: []string{"already requested to follow", "already following"}, landed: true, code: "x.already_done", why: "it was followed already"},
	{actions: undoing, kind: "resource-not-found", landed: true, code: "x.already_gone", why: "there is nothing left to undo"},
	{actions: undoing, codes: []int{50, 144}, says: []string{"no status found with that id"}, landed: true,
		code: "x.already_gone", why: "there is nothing left to undo"},

	// Refused for good.
	{codes: []int{187}, says: []string{"duplicate content", "status is a duplicate"}, code: "x.duplicate", why: "X takes it for a duplicate"},
	{says: []string{"have not been mentioned", "you can only reply to or quote posts where you are mentioned",
		"reply to this conversation is not allowed", "quoting this post is not allowed"}, code: "x.not_summoned",
		why: "its author has not mentioned or quoted the bot"},
	{codes: []int{385, 179}, says: []string{"deleted or not visible to you", "no status found with that id"}, code: "x.not_visible",
		why: "the post is gone or hidden from the bot"},
	{kind: "resource-not-found", code: "x.not_visible", why: "what it is about is gone or hidden from the bot"},
	{kind: "disallowed-resource", code: "x.not_visible", why: "what it is about is hidden from the bot"},
	{kind: "resource-unavailable", code: "x.not_visible", why: "what it is about cannot be had at present"},
	{kind: "not-authorized-for-resource", code: "x.not_visible", why: "what it is about is hidden from the bot"},
	{codes: []int{144, 50, 63}, code: "x.not_visible", why: "what it is about is gone or hidden from the bot"},
	{actions: []bots.Action{bots.DM}, codes: []int{162, 136}, says: blockedWords, closed: true, blocked: true, code: "x.blocked",
		why: "the person has blocked the bot"},
	{actions: []bots.Action{bots.DM}, codes: []int{349, 150}, says: []string{"permission to dm one or more", "cannot send messages to"},
		closed: true, code: "x.dm_closed", why: "the person takes no messages from the bot"},
	{codes: []int{186}, says: []string{"text is too long", "needs to be a bit shorter"}, code: "x.too_long", why: "X takes the text for too long"},
	{codes: []int{162, 136}, says: blockedWords, blocked: true, code: "x.blocked", why: "the person has blocked the bot"},
	{actions: []bots.Action{bots.DM}, status: []int{403}, title: "Forbidden", says: []string{"forbidden"},
		code: "x.scope", why: "the token lacks the permission for direct messages"},
	{status: []int{403}, says: []string{"not permitted"}, code: "x.not_permitted", why: "X does not permit the bot this"},
	{status: []int{403}, code: "x.forbidden", why: "X does not permit the bot this"},
	{status: []int{400}, code: "x.invalid", why: "X takes the request for malformed"},
	{status: []int{404}, code: "x.not_found", why: "X does not know what it is about"},
}
