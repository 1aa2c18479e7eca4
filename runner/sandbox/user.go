package sandbox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// User is one account, a person's or a bot's.
type User struct {
	ID           string    `json:"id"` // made when empty
	Username     string    `json:"username"`
	Name         string    `json:"name"` // default the user name
	Bio          string    `json:"bio,omitempty"`
	CreatedAt    time.Time `json:"created_at,omitzero"` // default now
	Protected    bool      `json:"protected,omitempty"`
	Suspended    bool      `json:"suspended,omitempty"`
	Locked       bool      `json:"locked,omitempty"`
	Verified     bool      `json:"verified,omitempty"`
	DMOpen       bool      `json:"dm_open,omitempty"`   // takes messages from everybody
	DMClosed     bool      `json:"dm_closed,omitempty"` // takes them from whom it follows only, whatever was written before
	Automated    bool      `json:"automated,omitempty"` // carries X's Automated label
	Operator     string    `json:"operator,omitempty"`  // id of the account that the label names
	Subscription string    `json:"subscription,omitempty"`
	Parody       bool      `json:"parody,omitempty"`
}

// subscriptions of X; all but None may write long posts.
var subscriptions = []string{"", "None", "Basic", "Premium", "PremiumPlus"}

var usernameRule = regexp.MustCompile(`^[A-Za-z0-9_]{1,15}$`)

func (u *User) long() bool { return u.Subscription != "" && u.Subscription != "None" }

// AddUser adds an account and returns it with its id.
func (w *World) AddUser(u User) (User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.addUser(u)
}

func (w *World) addUser(u User) (User, error) {
	u.Username = strings.TrimPrefix(u.Username, "@")
	switch {
	case !usernameRule.MatchString(u.Username):
		return User{}, fmt.Errorf("user name %q: need 1 to 15 letters, digits or underscores", u.Username)
	case w.ix.names[strings.ToLower(u.Username)] != "":
		return User{}, fmt.Errorf("user name %q: taken", u.Username)
	case u.ID != "" && (!isID(u.ID) || w.st.Users[u.ID] != nil):
		return User{}, fmt.Errorf("user id %q: not a free snowflake", u.ID)
	case !slices.Contains(subscriptions, u.Subscription):
		return User{}, fmt.Errorf("subscription %q: need one of None, Basic, Premium, PremiumPlus", u.Subscription)
	case utf8.RuneCountInString(u.Bio) > 160:
		return User{}, fmt.Errorf("bio of %s: %d characters, at most 160", u.Username, utf8.RuneCountInString(u.Bio))
	case u.DMOpen && u.DMClosed:
		return User{}, fmt.Errorf("messages of %s: open and closed at once", u.Username)
	case w.full():
		return User{}, errFull
	}
	now := w.opt.Now()
	if u.ID == "" {
		u.ID = w.newID(now)
	}
	if u.Name == "" {
		u.Name = u.Username
	}
	if u.CreatedAt.IsZero() {
		u.CreatedAt = now.UTC()
	}
	w.st.Users[u.ID] = &u
	w.ix.names[strings.ToLower(u.Username)] = u.ID
	return u, nil
}

// User finds an account by id or by user name, with or without @.
func (w *World) User(who string) (User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.find(who)
	if err != nil {
		return User{}, err
	}
	return *u, nil
}

// Users lists every account, oldest id first.
func (w *World) Users() []User {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]User, 0, len(w.st.Users))
	for _, u := range w.st.Users {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b User) int {
		if less(a.ID, b.ID) {
			return -1
		}
		return 1
	})
	return list
}

func (w *World) find(who string) (*User, error) {
	if u := w.named(strings.TrimPrefix(who, "@")); u != nil {
		return u, nil
	}
	if u := w.st.Users[who]; u != nil {
		return u, nil
	}
	return nil, fmt.Errorf("user %q: nobody here has that name or id", who)
}

func (w *World) named(username string) *User {
	return w.st.Users[w.ix.names[strings.ToLower(username)]]
}

// full says that the world holds as much as it may.
func (w *World) full() bool {
	return len(w.st.Posts)+len(w.st.Messages)+len(w.st.Users) >= w.opt.MaxObjects
}

var errFull = fmt.Errorf("sandbox: full, raise MaxObjects or begin a new world")

// change edits an account under the lock.
func (w *World) change(who string, edit func(*User) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.find(who)
	if err != nil {
		return err
	}
	was := *u
	err = edit(u)
	w.tellProfile(was, *u)
	return err
}

// SetSuspended suspends an account or lifts it: its posts vanish, its calls get 403.
func (w *World) SetSuspended(who string, on bool) error {
	return w.change(who, func(u *User) error {
		u.Suspended = on
		delete(w.st.ToldStop, u.ID)
		return nil
	})
}

// SetLocked locks an account for a check by its owner, or unlocks it.
func (w *World) SetLocked(who string, on bool) error {
	return w.change(who, func(u *User) error {
		u.Locked = on
		delete(w.st.ToldStop, u.ID)
		return nil
	})
}

// SetProtected makes an account's posts visible to its followers only, or to all.
func (w *World) SetProtected(who string, on bool) error {
	return w.change(who, func(u *User) error { u.Protected = on; return nil })
}

// SetVerified gives or takes the blue mark, which lifts the unverified day caps.
func (w *World) SetVerified(who string, on bool) error {
	return w.change(who, func(u *User) error { u.Verified = on; return nil })
}

// SetDMOpen opens an account's messages to everybody, or closes them to strangers.
func (w *World) SetDMOpen(who string, on bool) error {
	return w.change(who, func(u *User) error {
		u.DMOpen, u.DMClosed = on, u.DMClosed && !on
		return nil
	})
}

// SetDMClosed closes an account's messages to all but whom it follows, also where it
// wrote first, or takes that back.
func (w *World) SetDMClosed(who string, on bool) error {
	return w.change(who, func(u *User) error {
		u.DMOpen, u.DMClosed = u.DMOpen && !on, on
		return nil
	})
}

// SetLabel puts X's Automated label on an account, or takes it off.
func (w *World) SetLabel(who string, on bool) error {
	return w.change(who, func(u *User) error {
		u.Automated = on
		w.note(Act{Action: "label", UserID: u.ID, Text: fmt.Sprint(on)})
		return nil
	})
}

// SetBio is a person editing an account's profile text by hand.
func (w *World) SetBio(who, text string) error {
	return w.change(who, func(u *User) error {
		if n := utf8.RuneCountInString(text); n > 160 {
			return fmt.Errorf("bio of %s: %d characters, at most 160", u.Username, n)
		}
		u.Bio = text
		w.note(Act{Action: "bio", UserID: u.ID, Text: text})
		return nil
	})
}

// SetSubscription sets an account's paid plan: None, Basic, Premium or PremiumPlus.
func (w *World) SetSubscription(who, plan string) error {
	return w.change(who, func(u *User) error {
		if !slices.Contains(subscriptions, plan) {
			return fmt.Errorf("subscription %q: need one of None, Basic, Premium, PremiumPlus", plan)
		}
		u.Subscription = plan
		return nil
	})
}
