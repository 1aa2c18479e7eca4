package web

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// static serves the one stylesheet and the scripts; everybody may read them.
func (d *site) static(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, "", http.MethodGet, http.MethodHead) {
		return
	}
	b, err := fs.ReadFile(staticFiles, strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		fail(w, http.StatusNotFound, "there is no such file", "take those that the pages name")
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.URL.Path)))
	_, _ = w.Write(b) // a browser that has gone needs no answer
}
