package scripts

import "os"

// table remembers what /proc said of each process. To read it anew of two thousand that
// sleep costs more than all else that heed does while they do.
//
// What has had no processor since can have started nothing, and its memory has not
// grown: asking the kernel for that time alone is cheap. A run is remembered whole or not
// at all, since its processes can write into each other's memory and lose their parents.
type table map[int]*memory

// memory is one process as it was last read.
type memory struct {
	proc
	placed bool   // its run is known; without that it is read anew
	run    string // the socket of its run; "": it is none of heed's, and never will be
	age    int    // looks since it was read
	same   bool   // the look under way has found it unchanged
}

// oldest is how many looks go by before a process is read anew that had no processor:
// the kernel may have given it larger pages.
const oldest = 10

// read lists the machine's processes without those left out, which are heed's own.
func (t table) read(without map[int]bool) ([]proc, error) {
	pids, err := numbers()
	if err != nil {
		return nil, err
	}
	there := make(map[int]bool, len(pids))
	for _, pid := range pids {
		there[pid] = true
	}
	stirred := map[string]bool{} // runs to read anew
	for pid, m := range t {
		m.age++
		m.same = there[pid] && m.placed && m.age < oldest && m.used > 0 && processor(pid) == m.used
		if !m.same && m.run != "" {
			stirred[m.run] = true
		}
	}
	all := make([]proc, 0, len(pids))
	for _, pid := range pids {
		if without[pid] {
			continue
		}
		if m := t[pid]; m != nil && m.same && !stirred[m.run] {
			all = append(all, m.proc)
		} else if p, err := lookAt(pid); err == nil {
			all = append(all, p)
			t[pid] = &memory{proc: p}
		}
	}
	for pid, m := range t {
		if m.age > 0 && (!m.same || stirred[m.run]) {
			delete(t, pid)
		}
	}
	return all, nil
}

// place notes the run of a process.
func (t table) place(pid int, run string) {
	if m := t[pid]; m != nil {
		m.placed, m.run = true, run
	}
}

// placeOthers notes the processes that are none of heed's: all that descend from the
// machine's first ones, but for heed and what is below it.
func (t table) placeOthers(below map[int][]proc) {
	for next := below[0]; len(next) > 0; {
		var more []proc
		for _, p := range next {
			if p.pid != os.Getpid() {
				t.place(p.pid, "")
				more = append(more, below[p.pid]...)
			}
		}
		next = more
	}
}
