package sandbox

import (
	"fmt"
	"strings"
)

// SetUsername is an account taking another name. Its id stays, and so does what was
// written to the old name.
func (w *World) SetUsername(who, name string) error {
	return w.change(who, func(u *User) error {
		key := strings.ToLower(name)
		if !usernameRule.MatchString(name) {
			return fmt.Errorf("user name %q: need 1 to 15 letters, digits or underscores", name)
		}
		if id := w.ix.names[key]; id != "" && id != u.ID {
			return fmt.Errorf("user name %q: taken", name)
		}
		delete(w.ix.names, strings.ToLower(u.Username))
		w.ix.names[key] = u.ID
		u.Username = name
		return nil
	})
}
