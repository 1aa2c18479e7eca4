package webtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axeFile is where `make browser` puts axe-core, which is of another licence and not kept here.
const axeFile = "bin/axe-core-4.14.1.min.js"

// Axe fails for everything that axe-core finds on the page against WCAG 2.2 AA or good
// practice, and for a page that is wider than its window.
func (tab *Tab) Axe() {
	tab.t.Helper()
	for _, v := range tab.Violations() {
		tab.t.Errorf("%s: %s", tab.View, v)
	}
	var wide struct{ Page, Window int }
	tab.Eval(`({Page: document.documentElement.scrollWidth, Window: document.documentElement.clientWidth})`, &wide)
	if wide.Page > wide.Window {
		tab.t.Errorf("%s: the page is %d pixels wide, its window %d", tab.View, wide.Page, wide.Window)
	}
}

// Violations are what axe-core finds, one line each.
func (tab *Tab) Violations() (all []string) {
	tab.t.Helper()
	dir, err := root()
	if err != nil {
		tab.t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(dir, axeFile))
	if err != nil {
		missing(tab.t, axeFile, err)
	}
	// The debugger's own way: no page could load it past its content security policy.
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Evaluate[bool](string(source)+"\n;true")(ctx, target)
		return err
	}))
	var found []struct {
		ID, Help string
		Nodes    []struct{ HTML, Why string }
	}
	tab.Eval(`axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
		r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, Why: n.failureSummary}))})))`, &found)
	for _, v := range found {
		for _, n := range v.Nodes {
			all = append(all, fmt.Sprintf("axe %s: %s: %.300s: %s", v.ID, v.Help, n.HTML, strings.Join(strings.Fields(n.Why), " ")))
		}
	}
	return all
}

// controls are what a person can use on a page; of a group of radio buttons one.
const controls = `[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter((e, i, all) =>
	!e.disabled && e.type !== "hidden" && e.checkVisibility({visibilityProperty: true}) &&
	(e.type !== "radio" || e === (all.find(o => o.name === e.name && o.form === e.form && o.checked) || all.find(o => o.name === e.name && o.form === e.form))))`

// Unreached are the controls that the Tab key does not come to, from the page's top.
func (tab *Tab) Unreached() (left []string) {
	tab.t.Helper()
	var n int
	tab.Eval(`(() => { document.activeElement.blur(); scrollTo(0, 0); window.reached = new Set(); return (`+controls+`).length })()`, &n)
	for range n + 2 { // the page's own end and the browser's come between
		tab.Press(kb.Tab)
		tab.Eval(`reached.add(document.activeElement).size`, &n)
	}
	tab.Eval(`(`+controls+`).filter(e => !reached.has(e)).map(e => e.outerHTML.slice(0, 200))`, &left)
	return left
}

// SkipLink fails unless the first Tab shows a link that leads past what all pages share.
func (tab *Tab) SkipLink() {
	tab.t.Helper()
	var at struct {
		Text string
		Seen bool
		In   string
	}
	const focus = `(() => { const e = document.activeElement, r = e.getBoundingClientRect();
		return {Text: e.textContent, Seen: r.top >= 0 && r.left >= 0 && r.width > 1 && r.height > 1, In: e.id} })()`
	tab.Eval(`(document.activeElement.blur(), scrollTo(0, 0), true)`, new(bool))
	tab.Press(kb.Tab)
	tab.Eval(focus, &at)
	if !at.Seen || !strings.Contains(strings.ToLower(at.Text), "skip") {
		tab.t.Errorf("%s: the first Tab comes to %+v and to no skip link that is seen", tab.View, at)
		return
	}
	tab.Press(kb.Enter)
	tab.Eval(focus, &at)
	if at.In != "main" {
		tab.t.Errorf("%s: the skip link leads to %q", tab.View, at.In)
	}
}
