package web

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"sync"
	"time"

	"heed/guards"
	"heed/runner"
)

// House is what the dashboard shows, and acts upon.
type House struct {
	// Name is who answers for the bots.
	Name string
	// Version of heed.
	Version string
	// Desk is the ledger, as a person's verbs use it.
	Desk runner.Desk
	// Bots are the bots as the settings have them now, with their guards.
	Bots func() []runner.Charge
	// Facts says in short what the guards knew of an intent.
	Facts func(guards.Facts) string
	// Beats are heed's own minutes since a time; nil: none are drawn.
	Beats func(since time.Time) []runner.Beat
	// Status says how the bots' scripts stand; nil: nobody knows.
	Status func() []runner.Status
	// Signs are what the doctor finds, from inside; nil: nobody looks.
	Signs func(context.Context) []Sign
	// Settings are those of one bot's guards; nil: none are shown.
	Settings func(bot string) []Setting
	// Fresh is how old the last look at an inbox may be before nobody is contacted; nil or 0: not known.
	Fresh func() time.Duration
}

// page is one page of the dashboard: a file of Go that fills it, and a template of the
// same name under pages/ that defines "page". To add one, write both and list it in
// pages. It is kept up to date while it is looked at: whenever the ledger has changed it
// is filled anew, and what differs is sent (see live.go).
type page struct {
	path string // "/stream"; parts in braces as http.ServeMux has them
	name string // in the navigation; "" stands in none
	file string // of the template, without .html; also the title where name is ""
	show func(*site, *http.Request) (any, error)
	acts map[string]act // what can be done here, by the last part of the path: POST path/NAME
	// leads is the page that is shown after an act; "": this one.
	leads string
	// still keeps the page as it was opened: it asks for an answer to exactly that.
	still bool
}

// act does what a form asks for, and says what was done in a short sentence. The form
// was read and is bounded; the page is shown again afterwards. A *problem says why not.
type act func(*site, *http.Request) (string, error)

// allPages lists the dashboard's pages, in the order of the navigation.
func allPages() []page {
	return []page{
		needsPage,
		botsPage,
		botPage,
		streamPage,
		whyPage,
		peoplePage,
		chartsPage,
		promisesPage,
		approvePage,
		rejectPage,
	}
}

//go:embed pages/*.html
var pageFiles embed.FS

// site is the dashboard behind the door.
type site struct {
	*Server
	House
	all    []page
	looks  map[string]*template.Template
	keys   *keys
	mu     sync.Mutex
	did    map[string]string // what was done, by the id that the next page shows it for
	didIDs []string          // oldest first
	places chan struct{}     // for those who look live
}

func newSite(s *Server, h House, k *keys) (*site, error) {
	if h.Desk == nil || h.Bots == nil {
		return nil, errors.New("the dashboard needs a desk and the bots")
	}
	d := &site{Server: s, House: h, all: allPages(), looks: map[string]*template.Template{}, keys: k,
		did: map[string]string{}, places: make(chan struct{}, mostLive)}
	for _, name := range append(files(d.all), "sign-in", "problem") {
		look, err := template.New("").Funcs(helpers).ParseFS(pageFiles, "pages/layout.html", "pages/parts.html", "pages/"+name+".html")
		if err != nil {
			return nil, err
		}
		d.looks[name] = look
	}
	return d, nil
}

func files(all []page) (names []string) {
	for _, p := range all {
		names = append(names, p.file)
	}
	return names
}

// routes adds the dashboard to what the door leads to.
func (d *site) routes(mux *http.ServeMux) {
	mux.HandleFunc("/static/", d.static)
	mux.HandleFunc("/sign-in", d.signIn)
	mux.Handle("POST /sign-out", d.signedIn(http.HandlerFunc(d.signOut)))
	mux.Handle("GET /people.jsonl", d.signedIn(http.HandlerFunc(d.exportOptOuts)))
	mux.Handle("GET /{$}", d.signedIn(http.RedirectHandler(d.all[0].path, http.StatusSeeOther)))
	for _, p := range d.all {
		mux.Handle("GET "+p.path, d.signedIn(d.shown(p)))
		for name, do := range p.acts {
			mux.Handle("POST "+p.path+"/"+name, d.signedIn(d.done(p, do)))
		}
	}
	mux.Handle("/", d.signedIn(http.HandlerFunc(d.nowhere)))
}

// liveRoutes are those of answers that do not end; they take no place of the others.
func (d *site) liveRoutes(mux *http.ServeMux) {
	for _, p := range d.all {
		if p.still {
			continue
		}
		mux.Handle("GET /live"+p.path, d.signedIn(http.StripPrefix("/live", d.live(p))))
	}
}

func (d *site) nowhere(w http.ResponseWriter, r *http.Request) {
	if !wantsPage(r) {
		nowhere(w, r)
		return
	}
	d.refuse(w, r, &problem{Status: http.StatusNotFound, Detail: "there is no page at this path", Remedy: "take one of those above"})
}

// view is what every template gets.
type view struct {
	Title   string
	Path    string // of the page
	Here    string // with what was asked for
	Nav     []tab
	House   string
	Version string
	By      string // who is signed in
	Now     time.Time
	Waits   int
	Still   bool
	Did     string // what the last action did
	Problem *problem
	Data    any // the page's own
}

type tab struct {
	Path, Name string
	Current    bool
}
