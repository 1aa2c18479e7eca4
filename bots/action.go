package bots

import "slices"

// Action is a kind of write that a bot can want.
type Action string

// Every action of the intent contract.
const (
	Post      Action = "post"
	Reply     Action = "reply"
	Quote     Action = "quote"
	Repost    Action = "repost"
	Unrepost  Action = "unrepost"
	Like      Action = "like"
	Unlike    Action = "unlike"
	Follow    Action = "follow"
	Unfollow  Action = "unfollow"
	DM        Action = "dm"
	Delete    Action = "delete"
	HideReply Action = "hide_reply"
)

// Actions lists every action in the contract's order.
func Actions() []Action {
	return []Action{Post, Reply, Quote, Repost, Unrepost, Like, Unlike, Follow, Unfollow, DM, Delete, HideReply}
}

// Known says whether a is an action of the contract.
func (a Action) Known() bool { return slices.Contains(Actions(), a) }

// Writes says whether a carries text or media of the bot's own.
func (a Action) Writes() bool { return a == Post || a == Reply || a == Quote || a == DM }

// OnUser says whether a's target is a person; the other targeted actions are on a post.
func (a Action) OnUser() bool { return a == Follow || a == Unfollow || a == DM }

// Targeted says whether a needs a target at all.
func (a Action) Targeted() bool { return a != Post }

// Contacts says whether a reaches a person: they are notified, or find it among
// their messages. Undoing, deleting and a plain post reach nobody by themselves.
func (a Action) Contacts() bool {
	switch a {
	case Reply, Quote, Repost, Like, Follow, DM:
		return true
	}
	return false
}
