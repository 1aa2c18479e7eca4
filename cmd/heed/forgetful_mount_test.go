package main

import (
	"maps"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// outlet is a forgetful disk as the kernel sees it, from one cut to the next. Nothing
// is written back late: every write(2) comes here at once. Locks are the kernel's own.
type outlet struct {
	fuse.RawFileSystem
	d       *forgetful
	plug    *plug
	lists   map[uint64][]fuse.DirEntry // open folders
	handles uint64
}

// needFUSE skips a test where no file system can be mounted.
func needFUSE(t testing.TB) {
	t.Helper()
	if _, err := os.Stat("/dev/fuse"); err != nil {
		t.Skip("a power cut needs /dev/fuse to be shown, and this machine has none")
	}
	if os.Geteuid() != 0 {
		t.Skip("a power cut needs the right to mount to be shown: run this as root")
	}
}

// mount puts the disk at dir until the next cut, release and unmount.
func (d *forgetful) mount(t testing.TB, dir string) {
	t.Helper()
	d.plug = &plug{released: make(chan struct{})}
	o := &outlet{RawFileSystem: fuse.NewDefaultRawFileSystem(), d: d, plug: d.plug, lists: map[uint64][]fuse.DirEntry{}}
	server, err := fuse.NewServer(o, dir, &fuse.MountOptions{DirectMountStrict: true, FsName: "forgetful", Name: "forgetful",
		ExplicitDataCacheControl: true, DisableReadDirPlus: true, DisableXAttrs: true, MaxWrite: 1 << 20})
	if err != nil {
		t.Skipf("a power cut needs the right to mount to be shown: %v", err)
	}
	go server.Serve()
	if err := server.WaitMount(); err != nil {
		t.Fatal(err)
	}
}

// release refuses all who have come since the cut, and all who come yet.
func (d *forgetful) release() { close(d.plug.released) }

// unmount takes a dead mount away. Who is still in it keeps a dead folder, but who
// comes anew finds the bare folder beneath: release and wait for all first.
func (d *forgetful) unmount(t testing.TB, dir string) {
	t.Helper()
	d.plug = nil
	if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
}

// unplug ends a mount that a test has left behind.
func (d *forgetful) unplug(t testing.TB, dir string) {
	if d.plug != nil {
		d.cut(0, nil)
		d.release()
		d.unmount(t, dir)
	}
}

// enter begins a call. leave ends it; a call that came after the cut has none.
func (o *outlet) enter() (ok bool) {
	o.d.mu.Lock()
	if !o.plug.pulled {
		return true
	}
	o.d.mu.Unlock()
	<-o.plug.released
	return false
}

// enterToChange is enter for what may be the last that the disk sees.
func (o *outlet) enterToChange() (ok bool) {
	if !o.enter() {
		return false
	}
	if o.d.fuse > 0 {
		if o.d.fuse--; o.d.fuse == 0 {
			o.plug.pulled = true
			close(o.d.blown)
			o.leave()
			<-o.plug.released
			return false
		}
	}
	return true
}

func (o *outlet) leave() { o.d.mu.Unlock() }

func (o *outlet) change(id uint64, do func(*node) fuse.Status) fuse.Status {
	if !o.enterToChange() {
		return fuse.EIO
	}
	defer o.leave()
	return o.with2(id, do)
}

func (o *outlet) with(id uint64, do func(*node) fuse.Status) fuse.Status {
	if !o.enter() {
		return fuse.EIO
	}
	defer o.leave()
	return o.with2(id, do)
}

func attr(n *node, out *fuse.Attr) {
	out.Ino, out.Size, out.Nlink, out.Blksize = n.id, uint64(len(n.data)), uint32(n.links), 4096
	out.Blocks = (out.Size + 511) / 512
	out.Mode = n.perm | syscall.S_IFREG
	if n.folder {
		out.Mode, out.Nlink = n.perm|syscall.S_IFDIR, 2
	}
	out.Owner = fuse.Owner{Uid: uint32(os.Geteuid()), Gid: uint32(os.Getegid())}
	out.SetTimes(nil, &n.mtime, &n.mtime)
}

func entry(n *node, out *fuse.EntryOut) {
	out.NodeId, out.Generation = n.id, 1
	out.SetEntryTimeout(time.Second)
	attr(n, &out.Attr)
}

func (o *outlet) Lookup(_ <-chan struct{}, h *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	return o.with(h.NodeId, func(dir *node) fuse.Status {
		n := dir.entries[name]
		if n == nil {
			return fuse.ENOENT
		}
		entry(n, out)
		return fuse.OK
	})
}

func (o *outlet) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	return o.with(in.NodeId, func(n *node) fuse.Status { attr(n, &out.Attr); return fuse.OK })
}

func (o *outlet) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	return o.change(in.NodeId, func(n *node) fuse.Status {
		if perm, ok := in.GetMode(); ok {
			n.perm = perm & 0o7777
		}
		if size, ok := in.GetSize(); ok {
			n.truncate(int64(size))
		}
		attr(n, &out.Attr)
		return fuse.OK
	})
}

// made gives a new node its name.
func (o *outlet) made(in *fuse.InHeader, name string, folder bool, perm uint32, out *fuse.EntryOut) fuse.Status {
	return o.change(in.NodeId, func(dir *node) fuse.Status {
		if dir.entries[name] != nil {
			return fuse.Status(syscall.EEXIST)
		}
		n := o.d.add(folder, perm)
		o.d.name(naming{{dir: dir, name: name, to: n}})
		entry(n, out)
		return fuse.OK
	})
}

func (o *outlet) Mkdir(_ <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	return o.made(&in.InHeader, name, true, in.Mode, out)
}

func (o *outlet) Create(_ <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE
	return o.made(&in.InHeader, name, false, in.Mode, &out.EntryOut)
}

func (o *outlet) gone(h *fuse.InHeader, name string, folder bool) fuse.Status {
	return o.change(h.NodeId, func(dir *node) fuse.Status {
		switch n := dir.entries[name]; {
		case n == nil:
			return fuse.ENOENT
		case n.folder != folder:
			return fuse.ENOTDIR
		case len(n.entries) > 0:
			return fuse.Status(syscall.ENOTEMPTY)
		}
		o.d.name(naming{{dir: dir, name: name}})
		return fuse.OK
	})
}

func (o *outlet) Unlink(_ <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	return o.gone(h, name, false)
}

func (o *outlet) Rmdir(_ <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	return o.gone(h, name, true)
}

func (o *outlet) Rename(_ <-chan struct{}, in *fuse.RenameIn, old, now string) fuse.Status {
	if in.Flags != 0 {
		return fuse.EINVAL
	}
	return o.change(in.NodeId, func(from *node) fuse.Status {
		return o.with2(in.Newdir, func(to *node) fuse.Status {
			n := from.entries[old]
			if n == nil {
				return fuse.ENOENT
			}
			if there := to.entries[now]; there != nil && len(there.entries) > 0 {
				return fuse.Status(syscall.ENOTEMPTY)
			}
			if from != to || old != now {
				o.d.name(naming{{dir: from, name: old}, {dir: to, name: now, to: n}})
			}
			return fuse.OK
		})
	})
}

// with2 finds a node of a call that has begun.
func (o *outlet) with2(id uint64, do func(*node) fuse.Status) fuse.Status {
	if n := o.d.nodes[id]; n != nil {
		return do(n)
	}
	return fuse.Status(syscall.ESTALE)
}

func (o *outlet) Link(_ <-chan struct{}, in *fuse.LinkIn, name string, out *fuse.EntryOut) fuse.Status {
	return o.change(in.NodeId, func(dir *node) fuse.Status {
		return o.with2(in.Oldnodeid, func(n *node) fuse.Status {
			if dir.entries[name] != nil {
				return fuse.Status(syscall.EEXIST)
			}
			o.d.name(naming{{dir: dir, name: name, to: n}})
			entry(n, out)
			return fuse.OK
		})
	})
}

func (o *outlet) Open(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE
	return o.with(in.NodeId, func(n *node) fuse.Status {
		if in.Flags&syscall.O_TRUNC != 0 {
			n.truncate(0)
		}
		return fuse.OK
	})
}

func (o *outlet) Read(_ <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	var got []byte
	s := o.with(in.NodeId, func(n *node) fuse.Status {
		at := min(int64(in.Offset), int64(len(n.data)))
		got = buf[:copy(buf, n.data[at:])]
		return fuse.OK
	})
	return fuse.ReadResultData(got), s
}

func (o *outlet) Write(_ <-chan struct{}, in *fuse.WriteIn, b []byte) (uint32, fuse.Status) {
	s := o.change(in.NodeId, func(n *node) fuse.Status {
		n.write(int64(in.Offset), b)
		if in.Flags&(syscall.O_SYNC|syscall.O_DSYNC) != 0 {
			o.d.sync(n)
		}
		return fuse.OK
	})
	return uint32(len(b)), s
}

func (o *outlet) Fsync(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	return o.change(in.NodeId, func(n *node) fuse.Status { o.d.sync(n); return fuse.OK })
}

func (o *outlet) FsyncDir(c <-chan struct{}, in *fuse.FsyncIn) fuse.Status { return o.Fsync(c, in) }

func (o *outlet) Flush(_ <-chan struct{}, in *fuse.FlushIn) fuse.Status {
	return o.with(in.NodeId, func(*node) fuse.Status { return fuse.OK })
}

func (o *outlet) OpenDir(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	return o.with(in.NodeId, func(dir *node) fuse.Status {
		var list []fuse.DirEntry
		for i, name := range slices.Sorted(maps.Keys(dir.entries)) {
			n := dir.entries[name]
			var a fuse.Attr
			attr(n, &a)
			list = append(list, fuse.DirEntry{Name: name, Ino: n.id, Mode: a.Mode, Off: uint64(i + 1)})
		}
		o.handles++
		out.Fh, o.lists[o.handles] = o.handles, list
		return fuse.OK
	})
}

func (o *outlet) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	return o.with(in.NodeId, func(*node) fuse.Status {
		list := o.lists[in.Fh]
		for _, e := range list[min(in.Offset, uint64(len(list))):] {
			if !out.AddDirEntry(e) {
				break
			}
		}
		return fuse.OK
	})
}

func (o *outlet) ReleaseDir(in *fuse.ReleaseIn) {
	o.d.mu.Lock()
	defer o.d.mu.Unlock()
	delete(o.lists, in.Fh)
}

func (o *outlet) Access(<-chan struct{}, *fuse.AccessIn) fuse.Status { return fuse.OK }

func (o *outlet) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	out.Bsize, out.Frsize, out.NameLen = 4096, 4096, 255
	out.Blocks, out.Bfree, out.Bavail, out.Files, out.Ffree = 1<<24, 1<<24, 1<<24, 1<<20, 1<<20
	return fuse.OK
}
