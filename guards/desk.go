package guards

import (
	"sync"

	"heed/bots/xtext"
)

// desk is what one judgement has read of its texts so far: the guards share it, so that
// each thing is read once. It changes no answer: without one, each guard reads by itself.
type desk struct {
	main   reading // the text last read
	aside  reading // the bio
	linked string  // the text of the links
	links  []xtext.URL
}

// desks are used again. What was on one is wiped first: a message's words are kept nowhere.
var desks = sync.Pool{New: func() any { return new(desk) }}

func (d *desk) clear() {
	d.main.forget()
	d.aside.forget()
	clear(d.links[:cap(d.links)])
	d.links, d.linked = d.links[:0], ""
}

// read is a text of the intent, reduced. It is good until the next text is read.
func (f *Facts) read(text string) *reading {
	if f.desk == nil {
		return readAlone(text)
	}
	if t := &f.desk.main; len(t.key) == 0 || t.text != text {
		t.read(text)
	}
	return &f.desk.main
}

// readAside is a text that stands beside the intent's.
func (f *Facts) readAside(text string) *reading {
	if f.desk == nil {
		return readAlone(text)
	}
	f.desk.aside.read(text)
	return &f.desk.aside
}

func readAlone(text string) *reading {
	t := &reading{}
	t.read(text)
	return t
}

// links lists the links that X would make of a text.
func (f *Facts) links(text string) []xtext.URL {
	d := f.desk
	if d == nil {
		return linksOf(nil, text)
	}
	if d.linked != text {
		d.linked, d.links = text, linksOf(d.links[:0], text)
	}
	return d.links
}

// linksOf adds the links of a text to found.
func linksOf(found []xtext.URL, text string) []xtext.URL {
	if dots(text) == 0 {
		return found
	}
	return xtext.AppendURLs(found, text)
}
