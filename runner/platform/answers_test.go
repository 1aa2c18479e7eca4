package platform

import (
	"fmt"
	"time"

	"heed/bots"
	"heed/runner"
)

// answers are all that X is known to answer, to the letter, and the ways of not answering.
func answers() []answerRow {
	const (
		landed, refused, unknown = runner.Landed, runner.Refused, runner.Uncertain
		problems                 = "https://api.twitter.com/2/problems/"
		xProblems                = "https://api.x.com/2/problems/"
	)
	never := time.Duration(0)
	gone := `{"errors":[{"title":"Not Found Error","detail":"Could not find tweet with id: [7].","resource_type":"tweet","parameter":"id","value":"7","type":"` + problems + `resource-not-found"}]}`
	text := func(in bots.Intent) bots.Intent { in.Text = "hi"; return in }
	toReply, toQuote := text(onPost(bots.Reply, "7")), text(onPost(bots.Quote, "7"))
	return []answerRow{
		// Landed.
		{"a post is made", post("hi"), reply(201, created), landed, "", never, ""},
		{"a post is made, in a 200", post("hi"), reply(200, created), landed, "", never, ""},
		{"a post is made, in a 202 that gotwi takes for an error", post("hi"), reply(202, created), landed, "", never, ""},
		{"its id is a number, which gotwi cannot read", post("hi"), reply(201, `{"data":{"id":1234567890123456789,"text":"hi"}}`), landed, "", never, ""},
		{"a message is sent", dm("hi"), reply(201, `{"data":{"dm_conversation_id":"500-600","dm_event_id":"88"}}`), landed, "", never, ""},
		{"a post is deleted", onPost(bots.Delete, "7"), reply(200, `{"data":{"deleted":true}}`), landed, "", never, ""},
		{"a deletion is answered without a body", onPost(bots.Delete, "7"), raw(204, "", ""), landed, "", never, ""},
		{"a repost is made", onPost(bots.Repost, "7"), reply(200, `{"data":{"retweeted":true,"id":"9"}}`), landed, "", never, ""},
		{"a repost is made, in the later vocabulary", onPost(bots.Repost, "7"), reply(200, `{"data":{"retweeted":true,"rest_id":"9"}}`), landed, "", never, ""},
		{"a repost is undone", onPost(bots.Unrepost, "7"), reply(200, `{"data":{"retweeted":false}}`), landed, "", never, ""},
		{"a like is made", onPost(bots.Like, "7"), reply(200, `{"data":{"liked":true}}`), landed, "", never, ""},
		{"a like is undone", onPost(bots.Unlike, "7"), reply(200, `{"data":{"liked":false}}`), landed, "", never, ""},
		{"a follow is made", onUser(bots.Follow, them), reply(200, `{"data":{"following":true,"pending_follow":false}}`), landed, "", never, ""},
		{"a follow waits for a protected account", onUser(bots.Follow, them), reply(200, `{"data":{"following":false,"pending_follow":true}}`), landed, "", never, ""},
		{"a follow is undone", onUser(bots.Unfollow, them), reply(200, `{"data":{"following":false}}`), landed, "", never, ""},
		{"it was reposted before", onPost(bots.Repost, "7"), reply(400, `{"errors":[{"message":"You cannot retweet a Tweet that you have already retweeted."}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid.","type":"`+problems+`invalid-request"}`), landed, "x.already_done", never, ""},
		{"it was liked before", onPost(bots.Like, "7"), code(403, 139, "You have already favorited this status."), landed, "x.already_done", never, ""},
		{"it was liked before, in other words", onPost(bots.Like, "7"), forbidden("You have already liked this Tweet."), landed, "x.already_done", never, ""},
		{"it was followed before", onUser(bots.Follow, them), code(403, 160, "You've already requested to follow them."), landed, "x.already_done", never, ""},
		{"what to delete is gone", onPost(bots.Delete, "7"), reply(200, gone), landed, "x.already_gone", never, ""},
		{"what to delete is gone, in a 404", onPost(bots.Delete, "7"), reply(404, `{"title":"Not Found Error","detail":"Could not find it.","type":"`+xProblems+`resource-not-found"}`), landed, "x.already_gone", never, ""},
		{"what to unlike is gone", onPost(bots.Unlike, "7"), code(404, 144, "No status found with that ID."), landed, "x.already_gone", never, ""},

		// Limits and money.
		{"the limit is reached", post("hi"), reply(429, `{"title":"Too Many Requests","detail":"Too Many Requests","type":"about:blank","status":429}`, "x-rate-limit-limit", "100", "x-rate-limit-remaining", "0", "x-rate-limit-reset", unix(7*time.Minute)), refused, "x.rate_limited", 7 * time.Minute, ""},
		{"the limit is reached, in the older shape", post("hi"), reply(429, `{"errors":[{"code":88,"message":"Rate limit exceeded"}]}`, "x-rate-limit-reset", unix(2*time.Minute)), refused, "x.rate_limited", 2 * time.Minute, ""},
		{"the limit is reached, under another status", post("hi"), code(403, 88, "Rate limit exceeded"), refused, "x.rate_limited", 15 * time.Minute, ""},
		{"the limit's reset is malformed", post("hi"), reply(429, `{"title":"Too Many Requests"}`, "x-rate-limit-limit", "100", "x-rate-limit-remaining", "0", "x-rate-limit-reset", "soon"), refused, "x.rate_limited", 15 * time.Minute, ""},
		{"the limit's reset is past", post("hi"), reply(429, `{}`, "x-rate-limit-reset", unix(-time.Minute)), refused, "x.rate_limited", 15 * time.Minute, ""},
		{"the limit's reset is years ahead", post("hi"), reply(429, `{}`, "x-rate-limit-reset", unix(9000*time.Hour)), refused, "x.rate_limited", 15 * time.Minute, ""},
		{"the limit is reached, and nothing else is said", post("hi"), raw(429, "", ""), refused, "x.rate_limited", 15 * time.Minute, ""},
		{"the limit is reached, the JSON is empty", post("hi"), raw(429, "application/json", ""), refused, "x.rate_limited", 15 * time.Minute, ""},
		{"the limit is reached, told in HTML", post("hi"), raw(429, "text/html", "<h1>slow down</h1>"), refused, "x.rate_limited", 15 * time.Minute, ""},
		{"the day's limit is reached while the short one is not", post("hi"), reply(429, `{}`, "x-rate-limit-remaining", "90", "x-rate-limit-reset", unix(5*time.Minute), "x-user-limit-24hour-remaining", "0", "x-user-limit-24hour-reset", unix(5*time.Hour)), refused, "x.rate_limited", 5 * time.Hour, ""},
		{"the short limit is reached while the day's is not", post("hi"), reply(429, `{}`, "x-rate-limit-remaining", "0", "x-rate-limit-reset", unix(5*time.Minute), "x-user-limit-24hour-remaining", "9", "x-user-limit-24hour-reset", unix(5*time.Hour)), refused, "x.rate_limited", 5 * time.Minute, ""},
		{"the month's cap is reached, told by its type alone", post("hi"), reply(429, `{"title":"x","type":"`+problems+`usage-capped"}`), refused, "x.usage_capped", never, ""},
		{"the month's cap is reached, told by its title alone", post("hi"), reply(429, `{"title":"UsageCapExceeded"}`), refused, "x.usage_capped", never, ""},
		{"the spend cap is reached, told by its type alone", post("hi"), reply(403, `{"title":"x","type":"`+problems+`credits"}`), refused, "x.credits", 24 * time.Hour, ""},
		{"the month's cap is reached", post("hi"), reply(429, `{"account_id":1,"product_name":"p","title":"UsageCapExceeded","period":"Monthly","scope":"Product","detail":"Usage cap exceeded: Monthly product cap","type":"`+xProblems+`usage-capped"}`), refused, "x.usage_capped", never, ""},
		{"the month's cap is reached, and X names the day of its end", post("hi"), reply(429, `{"title":"UsageCapExceeded","period":"Monthly","scope":"Product","reset_date":"2026-09-21","detail":"Usage cap exceeded: Monthly product cap","type":"`+problems+`usage-capped"}`), refused, "x.usage_capped", 19*24*time.Hour + 12*time.Hour, ""},
		{"the limit is reached, told by its type alone", post("hi"), reply(403, `{"title":"x","type":"`+problems+`rate-limit-exceeded"}`, "x-rate-limit-reset", unix(3*time.Minute)), refused, "x.rate_limited", 3 * time.Minute, ""},
		{"the spend cap is reached, told by its title alone", post("hi"), reply(403, `{"title":"SpendCapReached","detail":"Your enrolled account has reached its billing cycle spend cap."}`), refused, "x.credits", 24 * time.Hour, ""},
		{"the credits are used up, and nothing else is said", post("hi"), raw(402, "", ""), refused, "x.credits", 24 * time.Hour, ""},
		{"the credits are used up", post("hi"), reply(402, `{"account_id":1,"title":"CreditsDepleted","detail":"Your enrolled account [1] does not have any credits to fulfill this request.","type":"`+problems+`credits"}`), refused, "x.credits", 24 * time.Hour, ""},
		{"the spend cap is reached, with a date", post("hi"), reply(403, `{"title":"SpendCapReached","detail":"Your enrolled account has reached its billing cycle spend cap.","reset_date":"2026-09-13","type":"`+xProblems+`credits"}`), refused, "x.credits", 11*24*time.Hour + 12*time.Hour, ""},
		{"the spend cap is reached, with a date long past", post("hi"), reply(403, `{"title":"SpendCapReached","reset_date":"2020-01-01"}`), refused, "x.credits", 24 * time.Hour, ""},
		{"the account's daily posts are used up", post("hi"), code(403, 185, "User is over daily status update limit."), refused, "x.daily_limit", 24 * time.Hour, ""},
		{"the account's follows are used up", onUser(bots.Follow, them), code(403, 161, "You are unable to follow more people at this time."), refused, "x.follow_limit", 24 * time.Hour, ""},

		// Credentials, account, app.
		{"the credentials are refused", post("hi"), reply(401, `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}`), refused, "x.unauthorized", never, "bot"},
		{"the credentials are refused without a body", post("hi"), raw(401, "application/json", ""), refused, "x.unauthorized", never, "bot"},
		{"the app is refused", post("hi"), code(401, 32, "Could not authenticate you."), refused, "x.app_refused", never, "app"},
		{"the app is refused, code as a string", post("hi"), reply(401, `{"errors":[{"code":"32","message":"Could not authenticate you."}]}`), refused, "x.app_refused", never, "app"},
		{"the clock is off", post("hi"), code(401, 135, "Timestamp out of bounds."), refused, "x.clock", never, "app"},
		{"the token has ended", post("hi"), code(401, 89, "Invalid or expired token."), refused, "x.token_refused", never, "bot"},
		{"the account is suspended", post("hi"), code(403, 64, "Your account is suspended and is not permitted to access this feature."), refused, "x.account_suspended", never, "bot"},
		{"the account is suspended, as a problem", post("hi"), forbidden("Your account is suspended and is not permitted to access this feature."), refused, "x.account_suspended", never, "bot"},
		{"the account is locked", post("hi"), code(403, 326, "To protect our users from spam and other malicious activity, this account is temporarily locked."), refused, "x.account_locked", never, "bot"},
		{"it is taken for unwanted automation", post("hi"), code(403, 226, "This request looks like it might be automated."), refused, "x.looks_automated", never, "bot"},
		{"the app may not write", post("hi"), code(403, 261, "Application cannot perform write actions."), refused, "x.app_read_only", never, "app"},
		{"the app is not enrolled", post("hi"), reply(403, `{"client_id":"1","detail":"When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a Twitter developer App that is attached to a Project.","registration_url":"x","title":"Client Forbidden","required_enrollment":"Appropriate Level of API Access","reason":"client-not-enrolled","type":"`+problems+`client-forbidden"}`), refused, "x.not_enrolled", never, "app"},
		{"the app is not enrolled, told by the type alone", post("hi"), reply(403, `{"title":"Client Forbidden","type":"`+xProblems+`client-forbidden"}`), refused, "x.not_enrolled", never, "app"},
		{"the app is not enrolled, told by the reason alone", post("hi"), reply(403, `{"title":"Forbidden","reason":"client-not-enrolled"}`), refused, "x.not_enrolled", never, "app"},
		{"the owner is not enrolled", post("hi"), reply(403, `{"client_id":"1","detail":"The owner of this app is not enrolled.","required_enrollment":"Pay-per-use","reason":"user-not-enrolled","title":"Forbidden"}`), refused, "x.not_enrolled", never, "app"},
		{"the token is read-only", post("hi"), reply(403, `{"title":"Forbidden","detail":"Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.","type":"`+xProblems+`oauth1-permissions"}`, "x-access-level", "read"), refused, "x.scope", never, "bot"},
		{"the token may write and not send messages", dm("hi"), reply(403, `{"title":"Forbidden","detail":"Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.","type":"`+xProblems+`oauth1-permissions"}`, "x-access-level", "read-write"), refused, "x.scope", never, ""},
		{"the token may not send messages", dm("hi"), forbidden("Forbidden"), refused, "x.scope", never, ""},
		{"the app may not touch messages", dm("hi"), code(403, 93, "This application is not allowed to access or delete your direct messages."), refused, "x.scope", never, ""},
		{"the kind of credential is wrong", post("hi"), reply(403, `{"title":"Unsupported Authentication","detail":"Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.","type":"`+problems+`unsupported-authentication","status":403}`, "Content-Type", "application/problem+json"), refused, "x.unsupported_auth", never, "bot"},
		{"the kind of credential is wrong for messages", dm("hi"), reply(403, `{"title":"Unsupported Authentication","detail":"Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.","type":"`+problems+`unsupported-authentication","status":403}`, "Content-Type", "application/problem+json"), refused, "x.unsupported_auth", never, ""},

		// For good.
		{"a duplicate", post("hi"), forbidden("You are not allowed to create a Tweet with duplicate content."), refused, "x.duplicate", never, ""},
		{"a duplicate, in the older shape", post("hi"), code(403, 187, "Status is a duplicate."), refused, "x.duplicate", never, ""},
		{"not summoned", toReply, forbidden("Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to."), refused, "x.not_summoned", never, ""},
		{"not summoned, in the later words", toReply, forbidden("You can only reply to or quote posts where you are mentioned or are the author."), refused, "x.not_summoned", never, ""},
		{"not summoned to quote", toQuote, forbidden("Quoting this post is not allowed because you have not been mentioned or are not part of the conversation thread of the post you are quoting."), refused, "x.not_summoned", never, ""},
		{"what to answer is gone", toReply, forbidden("You attempted to reply to a Tweet that is deleted or not visible to you."), refused, "x.not_visible", never, ""},
		{"what to answer is gone, in the older shape", toReply, code(403, 385, "You attempted to reply to a Tweet."), refused, "x.not_visible", never, ""},
		{"what to quote is gone, in the older shape", toQuote, code(404, 144, "No status found."), refused, "x.not_visible", never, ""},
		{"what to repost is gone", onPost(bots.Repost, "7"), reply(404, gone), refused, "x.not_visible", never, ""},
		{"what to like is hidden", onPost(bots.Like, "7"), reply(403, `{"title":"Authorization Error","type":"`+problems+`not-authorized-for-resource","detail":"Sorry, you are not authorized to see the Tweet with id: [7]."}`), refused, "x.not_visible", never, ""},
		{"whom to follow is suspended", onUser(bots.Follow, them), code(403, 63, "User has been suspended."), refused, "x.not_visible", never, ""},
		{"the person takes no messages", dm("hi"), forbidden("You do not have permission to DM one or more participants."), refused, "x.dm_closed", never, ""},
		{"the person takes no messages, in the older shape", dm("hi"), code(403, 349, "You cannot send messages to this user."), refused, "x.dm_closed", never, ""},
		{"the message is not permitted", dm("hi"), forbidden("This operation is not permitted."), refused, "x.not_permitted", never, ""},
		{"too long, in a 400", post("hi"), reply(400, `{"detail":"Your Tweet text is too long. For more information on how Twitter determines text length see https://github.com/twitter/twitter-text.","type":"about:blank","title":"Bad Request","status":400}`), refused, "x.too_long", never, ""},
		{"too long, in a 403", post("hi"), forbidden("Your Tweet text is too long."), refused, "x.too_long", never, ""},
		{"blocked", onUser(bots.Follow, them), code(403, 162, "You have been blocked from following this account at the request of the user."), refused, "x.blocked", never, ""},
		{"blocked, told when answering", toReply, code(403, 136, "You have been blocked from performing this action."), refused, "x.blocked", never, ""},
		{"blocked, told of a message", dm("hi"), code(403, 162, "You have been blocked by this user."), refused, "x.blocked", never, ""},
		{"what to repost is kept from the bot", onPost(bots.Repost, "7"), reply(403, `{"title":"Disallowed Resource","type":"`+problems+`disallowed-resource","detail":"x"}`), refused, "x.not_visible", never, ""},
		{"what to repost cannot be had", onPost(bots.Repost, "7"), reply(403, `{"title":"Resource Unavailable","type":"`+problems+`resource-unavailable","detail":"x"}`), refused, "x.not_visible", never, ""},
		{"the account may not send this message", dm("hi"), code(403, 150, "You cannot send messages to users who are not following you."), refused, "x.dm_closed", never, ""},
		{"X's catch-all", post("hi"), forbidden("You are not permitted to perform this action."), refused, "x.not_permitted", never, ""},
		{"an unknown 403", post("hi"), forbidden("Something new."), refused, "x.forbidden", never, ""},
		{"an unknown 403 under problem+json", post("hi"), raw(403, "application/problem+json", fmt.Sprintf(blank403, "Something new.")), refused, "x.forbidden", never, ""},
		{"a 403 whose JSON breaks off", post("hi"), broken(403, `{"title":"Forb`), refused, "x.forbidden", never, ""},
		{"a 403 whose parameters are a list, which gotwi cannot read", post("hi"), reply(403, `{"errors":[{"parameters":["x"],"message":"You are not allowed to create a Tweet with duplicate content."}]}`), refused, "x.duplicate", never, ""},
		{"a malformed request", post("hi"), reply(400, `{"errors":[{"parameters":{"$.reply":["{}"]},"message":"$.reply: wrong"}],"title":"Invalid Request","detail":"One or more parameters to your request was invalid.","type":"`+problems+`invalid-request"}`), refused, "x.invalid", never, ""},
		{"an unknown path", post("hi"), raw(404, "", ""), refused, "x.no_such_call", never, ""},
		{"another 404", post("hi"), reply(404, `{"title":"Not Found"}`), refused, "x.not_found", never, ""},
		{"another 4xx", post("hi"), reply(409, `{"title":"Conflict"}`), refused, "x.refused", never, ""},

		// Unknown.
		{"X fails", post("hi"), reply(500, `{"title":"Internal Server Error"}`), unknown, "x.server_error", never, ""},
		{"X is overloaded", post("hi"), reply(503, `{"title":"Service Unavailable","detail":"Service Unavailable","type":"about:blank","status":503}`), unknown, "x.server_error", never, ""},
		{"a gateway fails, in HTML", post("hi"), raw(502, "text/html", "<html>Bad gateway</html>"), unknown, "x.server_error", never, ""},
		{"X waited too long for the request", post("hi"), reply(408, `{}`), unknown, "x.unreadable", never, ""},
		{"a 403 in HTML is not X's own", post("hi"), raw(403, "text/html", "<html>denied</html>"), unknown, "x.unreadable", never, ""},
		{"a 403 without content type or body", post("hi"), raw(403, "", ""), unknown, "x.unreadable", never, ""},
		{"a 200 in HTML", post("hi"), raw(200, "text/html", "<html>hello</html>"), unknown, "x.unreadable", never, ""},
		{"a 201 that breaks off", post("hi"), broken(201, `{"data":{"id":"90`), unknown, "x.unreadable", never, ""},
		{"a 201 that breaks off after its JSON", post("hi"), broken(201, created), unknown, "x.unreadable", never, ""},
		{"a 201 that is cut short", post("hi"), reply(201, `{"data":{"id":"9001"`), unknown, "x.unreadable", never, ""},
		{"a 200 with an empty body", post("hi"), raw(200, "application/json", ""), unknown, "x.unreadable", never, ""},
		{"a 200 with errors and no data", post("hi"), reply(200, `{"errors":[{"title":"Forbidden","detail":"User has been suspended: [5]."}]}`), unknown, "x.no_data", never, ""},
		{"a 201 whose id is no id", post("hi"), reply(201, `{"data":{"id":"","text":"hi"}}`), unknown, "x.no_data", never, ""},
		{"a 202 without data", post("hi"), reply(202, `{}`), unknown, "x.no_data", never, ""},
		{"a post answered without a body", post("hi"), raw(204, "", ""), unknown, "x.unreadable", never, ""},
		{"a like that says it is none", onPost(bots.Like, "7"), reply(200, `{"data":{"liked":false}}`), unknown, "x.no_data", never, ""},
		{"a follow that says it is none", onUser(bots.Follow, them), reply(200, `{"data":{"following":false,"pending_follow":false}}`), unknown, "x.no_data", never, ""},
		{"a deletion that says nothing", onPost(bots.Delete, "7"), reply(200, `{"data":{}}`), unknown, "x.no_data", never, ""},
	}
}
