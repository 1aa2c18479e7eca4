package sandbox

import (
	"slices"
)

// Endpoints that look up posts and accounts by id or name.

// findPost gives a visible post, or the entry of "errors" that stands for it.
func (w *World) findPost(c *call, parameter, id string) (*Post, map[string]any) {
	p := w.st.Posts[id]
	if !w.known(p, c.now) || w.st.Users[p.AuthorID].Suspended {
		return nil, missing("tweet", parameter, id)
	}
	if !w.mayRead(c.user, p) {
		return nil, notAuthorized("tweet", parameter, id)
	}
	return p, nil
}

func (w *World) getPost(c *call) answer {
	p, gone := w.findPost(c, "id", c.path["id"])
	if gone != nil {
		return jsonAnswer(200, map[string]any{"errors": []any{gone}})
	}
	v := w.view(c)
	a := jsonAnswer(200, v.seal(map[string]any{"data": v.post(p)}))
	a.served = []string{p.ID}
	return a
}

func (w *World) getPosts(c *call) answer {
	ids, no := c.idList()
	if no != nil {
		return no.answer()
	}
	v := w.view(c)
	var found, errs []any
	var served []string
	for _, id := range ids {
		if p, gone := w.findPost(c, "ids", id); gone != nil {
			errs = append(errs, gone)
		} else {
			found = append(found, v.post(p))
			served = append(served, id)
		}
	}
	return v.partial(found, errs, served)
}

// partial is a 200 with what was found and, beside it, what was not.
func (v *view) partial(found, errs []any, served []string) answer {
	body := map[string]any{}
	if len(found) > 0 {
		body["data"] = found
	}
	if len(errs) > 0 {
		body["errors"] = errs
	}
	a := jsonAnswer(200, v.seal(body))
	a.served = served
	return a
}

// idList reads ids: 1 to 100 of them, each once.
func (c *call) idList() ([]string, *refusal) {
	ids := c.list("ids")
	if len(ids) == 0 || len(ids) > 100 {
		return nil, invalid("ids", c.query.Get("ids"), "The number of values in the `ids` query parameter list is not between 1 and 100")
	}
	for i, id := range ids {
		if !isID(id) || slices.Contains(ids[:i], id) {
			return nil, invalid("ids", id, "The `ids` query parameter value ["+id+"] is not valid")
		}
	}
	return ids, nil
}

// findUser gives an account, or the entry of "errors" that stands for it.
func (w *World) findUser(u *User, parameter, value string) map[string]any {
	switch {
	case u == nil:
		return missing("user", parameter, value)
	case u.Suspended:
		return suspendedUser(parameter, value)
	}
	return nil
}

func (w *World) oneUser(c *call, u *User, parameter, value string) answer {
	if gone := w.findUser(u, parameter, value); gone != nil {
		return jsonAnswer(200, map[string]any{"errors": []any{gone}})
	}
	v := w.view(c)
	body := map[string]any{"data": v.user(u)}
	if slices.Contains(v.expand, "affiliation.user_id") && u.Operator != "" {
		v.includeUser(u.Operator)
	}
	return jsonAnswer(200, v.seal(body))
}

func (w *World) getMe(c *call) answer {
	return w.oneUser(c, c.user, "id", c.user.ID)
}

func (w *World) getUser(c *call) answer {
	return w.oneUser(c, w.st.Users[c.path["id"]], "id", c.path["id"])
}

func (w *World) getUserByName(c *call) answer {
	name := c.path["username"]
	if !usernameRule.MatchString(name) {
		return invalid("username", name, "The `username` query parameter value ["+name+"] does not match ^[A-Za-z0-9_]{1,15}$").answer()
	}
	return w.oneUser(c, w.named(name), "username", name)
}

func (w *World) getUsers(c *call) answer {
	ids, no := c.idList()
	if no != nil {
		return no.answer()
	}
	v := w.view(c)
	var found, errs []any
	for _, id := range ids {
		u := w.st.Users[id]
		if gone := w.findUser(u, "ids", id); gone != nil {
			errs = append(errs, gone)
		} else {
			found = append(found, v.user(u))
		}
	}
	return v.partial(found, errs, nil)
}
