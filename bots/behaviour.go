package bots

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Behaviour is the fingerprint of what a bot declares to do: its purpose, its actions,
// and whether a model writes for it. What people agreed to is bound to it: a changed
// purpose needs a new yes (rules P2, A4). The order of actions makes no difference.
func (b Bot) Behaviour() string {
	actions := slices.Clone(b.Actions)
	slices.Sort(actions)
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %t", b.Purpose, slices.Compact(actions), b.AIGenerated))
	return hex.EncodeToString(sum[:6])
}
