package main

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// forgetful is a disk in memory that keeps two states of every file and folder: what
// whoever reads it now is shown, and what a power cut leaves. What is written becomes
// durable by fsync alone. forgetful_mount_test.go gives it to the kernel.
//
// Modes of files count as durable at once; times are not kept.
type forgetful struct {
	// strict makes a name durable only by fsync of its folder, which is all that POSIX
	// promises. Otherwise names reach the disk in the order of their changes, and fsync
	// of a file takes its own with it, as the journals of Linux's file systems do.
	strict bool
	// except is the ending of files that are treated as if the disk were not strict.
	except string

	mu    sync.Mutex
	root  *node
	nodes map[uint64]*node
	last  uint64
	names []naming // changes of names that are not durable, oldest first
	plug  *plug    // of the mount in use
	fuse  int      // how many changes and syncs are let through before the plug is pulled; 0: no end
	blown chan struct{}
}

// plug is what a mount hangs on. Once it is pulled, whoever asks waits, and is refused
// in the end: nobody does anything after the instant of the cut.
type plug struct {
	pulled   bool
	released chan struct{}
}

type node struct {
	id     uint64
	folder bool
	perm   uint32
	links  int
	mtime  time.Time

	data    []byte     // what is shown
	durable []byte     // what a power cut leaves
	pending []unsynced // what was done to data since, oldest first

	entries map[string]*node // of a folder: what is shown
	kept    map[string]*node // of a folder: what a power cut leaves
}

// unsynced is one write, or with cutTo the setting of a file's length.
type unsynced struct {
	at    int64
	bytes []byte
	cutTo bool
	size  int64 // of the file afterwards
}

// naming is what one call did to names: one for a new or removed file, two for a
// renamed one, which happen both or not at all.
type naming []named

type named struct {
	dir  *node
	name string
	to   *node // nil: gone
	was  *node
}

// burn lets so many changes and syncs through and then pulls the plug, before the next
// is done. The channel is closed at that instant.
func (d *forgetful) burn(n int) (blown <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fuse, d.blown = n, make(chan struct{})
	return d.blown
}

func newForgetful(strict bool) *forgetful {
	d := &forgetful{strict: strict, nodes: map[uint64]*node{}}
	d.root = d.add(true, 0o700)
	return d
}

func (d *forgetful) add(folder bool, perm uint32) *node {
	d.last++
	n := &node{id: d.last, folder: folder, perm: perm & 0o7777, mtime: time.Now()}
	if folder {
		n.entries, n.kept = map[string]*node{}, map[string]*node{}
	}
	d.nodes[n.id] = n
	return n
}

// name does what a call does to names, for now only in what is shown.
func (d *forgetful) name(op naming) {
	for i, e := range op {
		op[i].was = e.dir.entries[e.name]
		if op[i].was != nil {
			op[i].was.links--
		}
		if e.to == nil {
			delete(e.dir.entries, e.name)
		} else {
			e.to.links++
			e.dir.entries[e.name] = e.to
		}
		e.dir.mtime = time.Now()
	}
	d.names = append(d.names, op)
}

func (op naming) keep() {
	for _, e := range op {
		if e.to == nil {
			delete(e.dir.kept, e.name)
		} else {
			e.dir.kept[e.name] = e.to
		}
	}
}

// concerns says whether fsync of n has to do with this change of names.
func (op naming) concerns(n *node) bool {
	return slices.ContainsFunc(op, func(e named) bool { return e.dir == n || e.to == n || e.was == n })
}

func (n *node) write(at int64, b []byte) {
	if end := at + int64(len(b)); end > int64(len(n.data)) {
		n.data = resized(n.data, end)
	}
	copy(n.data[at:], b)
	n.pending = append(n.pending, unsynced{at: at, bytes: slices.Clone(b), size: int64(len(n.data))})
	n.mtime = time.Now()
}

func (n *node) truncate(size int64) {
	n.data = resized(n.data, size)
	n.pending = append(n.pending, unsynced{cutTo: true, size: size})
	n.mtime = time.Now()
}

// resized gives b another length; what is new in it is zero.
func resized(b []byte, size int64) []byte {
	if grown := int(size) - len(b); grown > 0 {
		return append(b, make([]byte, grown)...)
	}
	return b[:size]
}

// sync is fsync of a file or folder.
func (d *forgetful) sync(n *node) {
	for _, c := range n.pending {
		n.durable = resized(n.durable, c.size)
		copy(n.durable[min(c.at, c.size):], c.bytes)
	}
	n.pending = nil
	switch {
	case !d.strict || d.excepted(n):
		for i := len(d.names); i > 0; i-- {
			if d.names[i-1].concerns(n) {
				d.keepNames(func(at int) bool { return at < i })
				return
			}
		}
	case n.folder:
		chosen := map[int]bool{}
		for i := len(d.names) - 1; i >= 0; i-- {
			chosen[i] = slices.ContainsFunc(d.names[i], func(e named) bool {
				return e.dir == n || d.later(chosen, i, e)
			})
		}
		d.keepNames(func(at int) bool { return chosen[at] })
	}
}

func (d *forgetful) excepted(n *node) bool {
	return d.except != "" && slices.ContainsFunc(d.names, func(op naming) bool {
		return slices.ContainsFunc(op, func(e named) bool { return e.to == n && strings.HasSuffix(e.name, d.except) })
	})
}

// later says whether a chosen change after this one is about the same name: they can
// only become durable in their order.
func (d *forgetful) later(chosen map[int]bool, i int, e named) bool {
	for j := i + 1; j < len(d.names); j++ {
		if chosen[j] && slices.ContainsFunc(d.names[j], func(o named) bool { return o.dir == e.dir && o.name == e.name }) {
			return true
		}
	}
	return false
}

func (d *forgetful) keepNames(which func(int) bool) {
	var left []naming
	for i, op := range d.names {
		if which(i) {
			op.keep()
		} else {
			left = append(left, op)
		}
	}
	d.names = left
}

// cut is a power cut: whoever uses the mount waits from here on, and what is shown is
// what was durable. With torn set, each piece of so many bytes that was not synced
// survives in one of the states it went through, lengths and names too, by rnd.
func (d *forgetful) cut(torn int, rnd *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.plug != nil {
		d.plug.pulled = true
	}
	if torn > 0 {
		upTo := rnd.IntN(len(d.names) + 1)
		d.keepNames(func(at int) bool { return !d.strict && at < upTo || d.strict && rnd.IntN(2) == 0 })
	}
	d.names, d.fuse = nil, 0
	d.nodes = map[uint64]*node{}
	d.restore(d.root, torn, rnd)
}

// restore shows what is durable of a node and all beneath it.
func (d *forgetful) restore(n *node, torn int, rnd *rand.Rand) {
	if _, again := d.nodes[n.id]; again {
		n.links++
		return
	}
	d.nodes[n.id], n.links = n, 1
	if torn > 0 && len(n.pending) > 0 {
		n.tear(torn, rnd)
	}
	n.data, n.pending = slices.Clone(n.durable), nil
	n.entries = maps.Clone(n.kept)
	for _, name := range slices.Sorted(maps.Keys(n.kept)) {
		d.restore(n.kept[name], torn, rnd)
	}
}

// tear lets each piece of a file, and its length, stand where it stood after some of
// the changes that nobody synced.
func (n *node) tear(piece int, rnd *rand.Rand) {
	longest := slices.MaxFunc(n.pending, func(a, b unsynced) int { return cmp.Compare(a.size, b.size) }).size
	buf := resized(n.durable, max(longest, int64(len(n.durable))))
	size, step := int64(len(n.durable)), int64(piece)
	reached := map[int64]int{} // piece to how many of the changes reached it
	reach := func(p int64) int {
		if _, drawn := reached[p]; !drawn {
			reached[p] = rnd.IntN(len(n.pending) + 1)
		}
		return reached[p]
	}
	for i, c := range n.pending {
		from, to := c.at, c.at+int64(len(c.bytes))
		if c.cutTo {
			from, to = c.size, int64(len(buf))
		}
		for at := from; at < to; {
			end := min((at/step+1)*step, to)
			if i >= reach(at/step) {
			} else if c.cutTo {
				clear(buf[at:end])
			} else {
				copy(buf[at:end], c.bytes[at-from:])
			}
			at = end
		}
		if i < reach(-1) { // the length
			size = c.size
		}
	}
	n.durable = buf[:size]
}

// find gives what stands at a path now, or nil.
func (d *forgetful) find(path string) *node {
	n := d.root
	for part := range strings.SplitSeq(path, "/") {
		if n == nil {
			return nil
		}
		n = n.entries[part]
	}
	return n
}

// read gives the bytes that stand at a path now.
func (d *forgetful) read(path string) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.find(path)
	if n == nil {
		return nil, false
	}
	return slices.Clone(n.data), true
}

// copyTo writes what is shown to a folder of a usual disk.
func (d *forgetful) copyTo(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.root.copyTo(dir)
}

func (n *node) copyTo(path string) error {
	if !n.folder {
		return os.WriteFile(path, n.data, os.FileMode(n.perm&0o777))
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	for name, in := range n.entries {
		if err := in.copyTo(filepath.Join(path, name)); err != nil {
			return err
		}
	}
	return nil
}
