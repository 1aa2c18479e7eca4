package web

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"heed/runner"
)

// PagePolicy is the content security policy of pages: everything is heed's own, and
// nothing stands inside a page that could be a script or a style.
const PagePolicy = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// wantsPage says whether a person's browser asks, and not a program.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html") && !strings.HasPrefix(r.URL.Path, "/v1/")
}

// frame is a view without a page's own data.
func (d *site) frame(r *http.Request, p page) view {
	v := view{Title: titleOf(p), Path: p.path, Here: r.URL.RequestURI(), House: d.Name, Version: d.Version, By: byOf(r), Now: d.now(), Still: p.still}
	if v.By == "" {
		return v
	}
	for _, other := range d.all {
		if other.name != "" {
			v.Nav = append(v.Nav, tab{other.path, other.name, other.path == p.path || other.path == p.leads})
		}
	}
	return v
}

func titleOf(p page) string {
	title := p.name
	if title == "" {
		title = p.file
	}
	return strings.ToUpper(title[:1]) + title[1:]
}

// fill makes a page's view from the ledger as it is now.
func (d *site) fill(r *http.Request, p page) (v view, err error) {
	v = d.frame(r, p)
	if v.Waits, err = d.waits(r.Context()); err == nil {
		v.Data, err = p.show(d, r)
	}
	if t, ok := v.Data.(titled); ok && err == nil {
		v.Title = t.title()
	}
	return v, err
}

func (d *site) shown(p page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := d.fill(r, p)
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		v.Did = d.told(r.URL.Query().Get("did"))
		d.write(w, http.StatusOK, p.file, "layout", v)
	})
}

// done does what a form asks for and shows the page again, so that a reload asks for
// nothing twice.
func (d *site) done(p page, do act) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := readForm(r); err != nil {
			d.refuse(w, r, err)
			return
		}
		said, err := do(d, r)
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		http.Redirect(w, r, pathAfter(r, p)+d.remember(said), http.StatusSeeOther)
	})
}

func readForm(r *http.Request) error {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/x-www-form-urlencoded" {
		return &problem{Status: http.StatusUnsupportedMediaType, Detail: "the body is no form", Remedy: "use the buttons of the page"}
	}
	var long *http.MaxBytesError
	switch err := r.ParseForm(); {
	case errors.As(err, &long):
		return &problem{Status: http.StatusRequestEntityTooLarge, Detail: "the form holds too much", Remedy: "choose fewer, and shorten the reason"}
	case err != nil:
		return &problem{Status: http.StatusBadRequest, Detail: "the form did not arrive whole", Remedy: "send it again"}
	}
	return nil
}

// pathAfter is where a form came from, with its filters: a path of this site, or the page itself.
func pathAfter(r *http.Request, p page) string {
	home := p.leads
	if home == "" {
		home = p.path
	}
	u, err := url.Parse(r.PostForm.Get("back"))
	if err != nil || p.leads != "" || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) {
		u = &url.URL{Path: home}
	}
	q := u.Query()
	q.Del("did")
	u.RawQuery = q.Encode()
	return u.Path + "?" + strings.TrimPrefix(u.RawQuery+"&", "&")
}

// mostTold bounds what is remembered for pages that nobody fetched.
const mostTold = 64

// remember keeps what was done until a page has shown it. Only its id is in the address,
// so nobody can make a page say what did not happen.
func (d *site) remember(said string) string {
	id := uuid.NewString()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.did[id] = said
	d.didIDs = append(d.didIDs, id)
	if len(d.didIDs) > mostTold {
		delete(d.did, d.didIDs[0])
		d.didIDs = d.didIDs[1:]
	}
	return "did=" + id
}

func (d *site) told(id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.did[id]
}

// refuse says what was not done, to people as a page and to programs as a problem.
func (d *site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var no *problem
	switch {
	case errors.As(err, &no):
	case errors.Is(err, runner.ErrNotFound):
		no = &problem{Status: http.StatusNotFound, Detail: err.Error(), Remedy: "it may have been erased; look at the stream"}
	case errors.Is(err, runner.ErrOptedOut):
		no = &problem{Status: http.StatusConflict, Detail: err.Error(), Remedy: "nothing was recorded; leave them alone"}
	default:
		d.report(err)
		no = &problem{Status: http.StatusServiceUnavailable, Detail: shorten(err.Error(), 300), Remedy: "try again; if it stays, look into heed's log"}
	}
	if !wantsPage(r) {
		fail(w, no.Status, no.Detail, no.Remedy)
		return
	}
	v := d.frame(r, page{file: http.StatusText(no.Status)})
	v.Problem = no
	d.write(w, no.Status, "problem", "layout", v)
}

// write sends a template whole, or an error instead; never half of one.
func (d *site) write(w http.ResponseWriter, status int, file, part string, v view) {
	var b bytes.Buffer
	if err := d.looks[file].ExecuteTemplate(&b, part, v); err != nil {
		d.report(err)
		fail(w, http.StatusInternalServerError, "the page could not be made", "look into heed's log")
		return
	}
	w.Header().Set("Content-Security-Policy", PagePolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that has gone needs no answer
}
