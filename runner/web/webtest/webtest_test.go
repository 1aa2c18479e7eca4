package webtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Main{m}.Run()) }

const goodPage = `<!DOCTYPE html><html lang="en"><head><title>good</title><meta name="viewport" content="width=device-width, initial-scale=1"></head><body>
<style>.skip:not(:focus) { position: absolute; left: -99rem } @media (prefers-color-scheme: dark) { p { content: "dark" } }</style>
<a class="skip" href="#main">Skip to the content</a><main id="main" tabindex="-1"><h1>Good</h1>
<form method="post" action="/say"><label>Word <input name="word"></label>
<label><input type="radio" name="r" value="1"> one</label><label><input type="radio" name="r" value="2" checked> two</label>
<button>Say</button></form><details><summary>more</summary><a href="/">hidden</a></details></main></body></html>`

func pages(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	page := func(path, policy, html string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if policy != "" {
				w.Header().Set("Content-Security-Policy", policy)
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, strings.ReplaceAll(html, "WORD", r.FormValue("word")))
		})
	}
	page("/{$}", "", goodPage)
	page("/say", "default-src 'self'", `<!DOCTYPE html><html lang="en"><title>said</title><main><h1>Said WORD</h1></main></html>`)
	page("/bad", "default-src 'self'", `<!DOCTYPE html><html><title>bad</title><img src="/gone.png"><script>document.title = "ran"</script>
<a href="/" tabindex="-1">unreached</a><div style="width:3000px">wide</div></html>`)
	page("/noisy", "", `<!DOCTYPE html><title>noisy</title><script>console.error("a word"); setTimeout(() => { throw new Error("thrown") }); document.documentElement.id = "ran"</script>
<noscript><p id="quiet">no script</p></noscript>`)
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestAGoodPage(t *testing.T) {
	url := pages(t)
	Each(t, func(t *testing.T, tab *Tab) {
		tab.Goto(url + "/")
		tab.Forgive("favicon")
		var dark bool
		var width int64
		tab.Eval(`matchMedia("(prefers-color-scheme: dark)").matches`, &dark)
		tab.Eval(`innerWidth`, &width)
		if dark != (tab.Scheme == "dark") || width != tab.Width {
			t.Errorf("dark is %t, the width %d", dark, width)
		}
		tab.Axe()
		tab.SkipLink()
		if left := tab.Unreached(); len(left) > 0 {
			t.Errorf("the keyboard does not reach %q", left)
		}
		tab.Type("input", "hello")
		tab.Follow("button")
		tab.Has("h1", "Said hello")
	})
}

func TestABadPageIsSeen(t *testing.T) {
	tab := Open(t, Views[0])
	tab.Goto(pages(t) + "/bad")
	found := strings.Join(tab.Violations(), "\n")
	for _, want := range []string{"axe html-has-lang", "axe image-alt"} {
		if !strings.Contains(found, want) {
			t.Errorf("%q is not among what is found:\n%s", want, found)
		}
	}
	if left := tab.Unreached(); len(left) != 1 || !strings.Contains(left[0], "unreached") {
		t.Errorf("the keyboard does not reach %q, and not just the one link", left)
	}
	said := strings.Join(tab.Complaints(), "\n")
	for _, want := range []string{"Content Security Policy", "gone.png"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not among its complaints:\n%s", want, said)
		}
	}
}

func TestANoisyPageIsHeardAndScriptCanBeOff(t *testing.T) {
	tab := Open(t, Views[0])
	url := pages(t)
	tab.Forgive("favicon")
	tab.Goto(url + "/noisy")
	tab.Until(`document.documentElement.id === "ran"`)
	said := strings.Join(tab.Complaints(), "\n")
	for _, want := range []string{"a word", "thrown"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not among its complaints:\n%s", want, said)
		}
	}
	tab.NoScript()
	tab.Goto(url + "/noisy")
	tab.Has("#quiet", "no script")
	tab.Goto(url + "/")
	tab.Type("input", "quietly")
	tab.Follow("button")
	tab.Has("h1", "Said quietly")
	if said := tab.Complaints(); len(said) > 0 {
		t.Errorf("script ran: %q", said)
	}
}
