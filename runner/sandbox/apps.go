package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// AppOption settles more about a new app.
type AppOption func(*App) error

// WithRedirects allows an app's sign-ins to lead to these addresses, absolute and
// without a fragment.
func WithRedirects(uris ...string) AppOption {
	return func(a *App) error {
		for _, s := range uris {
			if u, err := url.Parse(s); err != nil || u.Scheme == "" || u.Fragment != "" || u.Host == "" && u.Opaque == "" && u.Path == "" ||
				slices.Contains([]string{"javascript", "data"}, strings.ToLower(u.Scheme)) {
				return fmt.Errorf("redirect uri %q: need an absolute address without a fragment", s)
			}
		}
		a.RedirectURIs = slices.Clone(uris)
		return nil
	}
}

// Public makes an app one that cannot keep a secret.
func Public() AppOption {
	return func(a *App) error { a.Public = true; return nil }
}

// SetApp changes what options settle about an app.
func (w *World) SetApp(appID string, more ...AppOption) (App, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.st.Apps[appID]
	if a == nil {
		return App{}, fmt.Errorf("app %q: unknown", appID)
	}
	for _, set := range more {
		if err := set(a); err != nil {
			return App{}, err
		}
	}
	return *a, nil
}

// Apps lists every app, oldest first.
func (w *World) Apps() []App {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]App, 0, len(w.st.Apps))
	for _, a := range w.st.Apps {
		list = append(list, *a)
	}
	slices.SortFunc(list, func(a, b App) int {
		if less(a.ID, b.ID) {
			return -1
		}
		return 1
	})
	return list
}

// controlApp names the app; an unknown one is made.
func (w *World) controlApp(_ *http.Request, b []byte) (any, error) {
	var in struct {
		Name         string     `json:"name"`
		Permission   Permission `json:"permission"`
		RedirectURIs []string   `json:"redirect_uris"`
		Public       *bool      `json:"public"`
	}
	if err := strict(b, &in); err != nil {
		return nil, err
	}
	var more []AppOption
	if in.RedirectURIs != nil {
		more = append(more, WithRedirects(in.RedirectURIs...))
	}
	if in.Public != nil {
		more = append(more, func(a *App) error { a.Public = *in.Public; return nil })
	}
	for _, a := range w.Apps() {
		if a.Name == in.Name && in.Permission == "" {
			return w.SetApp(a.ID, more...)
		}
	}
	return w.AddApp(in.Name, in.Permission, more...)
}
