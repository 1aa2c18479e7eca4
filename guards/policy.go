package guards

import (
	"slices"
	"time"
)

// Clause is one demand of X's policies, in our own words.
type Clause struct {
	ID     string `json:"id"`     // "C2": what rules and findings cite
	Says   string `json:"says"`   // what it demands
	Source string `json:"source"` // document and chapter
}

// AsOf is the day by which the policies below were read. They change without
// notice: heed check warns when this day lies far back (clause A15).
var AsOf = time.Date(2026, time.August, 26, 0, 0, 0, 0, time.UTC)

// The documents that clauses come from. The Developer Policy is read in its 2021
// and its current form, Restricted Uses in those of 2021 and 2024; where they
// conflict, the strictest wins.
const (
	spam       = "Developer Policy, Platform usage guidelines: Spam, bots, and automation; Restricted uses: Automation, spam, and auto-responses"
	autoRules  = "X Automation Rules"
	guidelines = "X developer guidelines (March 2026)"
	success    = "Developer Policy, Set yourself up for success"
	privacy    = "Developer Policy, Privacy and control are essential"
	authentic  = "Developer Policy, Platform usage guidelines: Service authenticity"
	accounts   = "X on automation and the use of multiple accounts (2018)"
	following  = "X policy clarification on aggressive following"
	changes    = "X developer changelog"
)

var clauses = []Clause{
	{"A1", "one app serves one use case; apps for development and staging are never used for production", success},
	{"A4", "the use case told to X binds; X is told before it changes", success + "; Policy support FAQ"},
	{"A6", "rate limits are neither exceeded nor worked around", success + "; Developer Agreement III.D"},
	{"A8", "when X suspends or restricts an app or account, stop, use no other app or key, and appeal", success + "; Policy support FAQ"},
	{"A9", "a suspended app shows as error 32 and similar refusals", "Policy support FAQ"},
	{"A12", "only numbers that X publishes are disclosed", guidelines + "; Developer Agreement VI"},
	{"A13", "the API is used as documented, and never interfered with", success},
	{"A14", "use is watched, and the service is built so that its users cannot break the rules", success + "; Policy support FAQ"},
	{"A15", "policies change without notice, and the new ones hold", success + "; Developer Agreement XII"},
	{"A17", "what a tier does not offer is not to be had through it", "Developer Policy; Developer Agreement III.L-M"},
	{"B1", "a bot says what it is and who answers for it; its bio is a good place", authentic + " and " + spam},
	{"B2", "nobody is misled about whether an account is a bot", spam},
	{"B3", "the Automated label is switched on and a human-managed account linked", guidelines + ", steps 1 and 3"},
	{"B6", "a bio can change after the start, so it is read again", "follows from B1"},
	{"C1", "explicit consent comes before any automated reply or message", spam},
	{"C2", "a request to stop is honoured at once", spam + "; " + autoRules},
	{"C3", "there is a clear and easy way to opt out, by the usual words", autoRules + "; " + guidelines + ", step 4"},
	{"C4", "one automated reply or mention for each interaction of a person", autoRules + "; " + guidelines},
	{"C5", "an automated reply answers the person's own post", autoRules},
	{"C6", "following, logging in or having an open inbox is no consent", autoRules + "; Developer Policy, Consent & permissions"},
	{"C7", "nobody is answered because a search for keywords found them", autoRules + "; " + guidelines},
	{"C8", "nobody is mentioned unasked, not even in a post of one's own", autoRules + "; " + guidelines},
	{"C9", "messages go only to who wrote first; no welcome messages, no bulk", guidelines + "; " + autoRules + " II.C"},
	{"C10", "when an exchange has ended, nothing follows it without permission", autoRules + " II.D"},
	{"C11", "on self-serve only who named or quoted the bot can be answered", changes + ", 23 February 2026"},
	{"C12", "replies made by AI need X's prior written approval", autoRules + " II.B.3; " + guidelines},
	{"C19", "what somebody wrote is used to promote something only with their consent", privacy},
	{"D1", "no identical or substantially similar content across accounts", spam},
	{"D2", "nor the same content again and again on one account", autoRules + " I.A"},
	{"D3", "whether at the same time, scheduled or queued", accounts},
	{"D4", "several accounts do not like, repost or follow the same target", accounts},
	{"D5", "a few accounts under one's own control may repost instead of posting alike", accounts},
	{"D6", "variants for places and languages are fine where their content differs", autoRules},
	{"D9", "links lead where they seem to lead", autoRules},
	{"D12", "on self-serve a post has at most one cashtag", "X API documentation, manage posts: integrate"},
	{"F1", "no bulk, aggressive or indiscriminate following and unfollowing", spam + "; " + autoRules},
	{"F2", "no following back by machine, no following to unfollow, no copying of follows", following + "; " + guidelines},
	{"F3", "likes and hidden replies are a person's own doing", autoRules + " (April 2026); " + guidelines},
	{"F4", "reposts and quotes inform or entertain, and are never bulk", guidelines},
	{"F6", "deleting in bulk says first that posts cannot be brought back", autoRules + " II.A"},
	{"F7", "self-serve apps can no longer follow, like or quote", changes + ", 16 April 2026"},
	{"M6", "protected accounts and blocks are respected, by every account of the operator", privacy},
	{"P3", "an account's owner can withdraw at any time, and that holds at once", autoRules + " II.A"},
	{"P4", "people see exactly what will be published before it is", "Developer Policy, Consent & permissions: Show exactly what will be published"},
}

// Policy lists the clauses that heed's rules serve.
func Policy() []Clause { return slices.Clone(clauses) }

// ClauseOf finds a clause by its id.
func ClauseOf(id string) (Clause, bool) {
	i := slices.IndexFunc(clauses, func(c Clause) bool { return c.ID == id })
	if i < 0 {
		return Clause{}, false
	}
	return clauses[i], true
}
