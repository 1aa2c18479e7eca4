package runner

import (
	"context"
	"time"

	"heed/bots"
)

// Pushes are what X tells by itself, over a stream or a webhook. What it does not tell,
// polling finds: nothing rests on a push coming.
type Pushes interface {
	// Follow hands over what X tells, one after the other, until ctx ends. The same may
	// come again, late, and in another order.
	Follow(ctx context.Context, handle func(Push)) error

	// Since says from when on X tells without a break what people say to a bot; the zero
	// time: it does not tell now. Polling is rarer meanwhile.
	Since(bot string) time.Time
}

// Push is one thing that X told. One of its parts is set.
type Push struct {
	Bot       string      // whom it is about
	Event     string      // its id; of what polling finds too, the same id as there
	At        time.Time   // when it happened
	Said      *Said       // somebody spoke to the bot
	Profile   bool        // the bot's own account has changed
	Deleted   bots.PostID // a post of the bot's own is gone
	Revoked   bool        // the account's owner has withdrawn the app's access
	Encrypted bots.UserID // somebody wrote in X's encrypted chat, where nobody here can read
}
