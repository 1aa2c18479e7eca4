package scripts

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// filtered are calls by which a process changes what another one of the same user may
// take of the machine: with limits set to nothing, heed could be ended. Landlock does
// not look at them. A script may still use them on itself, which all of them call 0.
// sched_setaffinity is left out: numeric libraries name their own threads to it, and all
// that it can do to heed is to slow it down.
var filtered = []struct {
	call uint32
	must map[uint32]uint32 // argument by its place: what it has to be
}{
	{unix.SYS_PRLIMIT64, map[uint32]uint32{0: 0}},
	{unix.SYS_SCHED_SETSCHEDULER, map[uint32]uint32{0: 0}},
	{unix.SYS_SCHED_SETPARAM, map[uint32]uint32{0: 0}},
	{unix.SYS_SCHED_SETATTR, map[uint32]uint32{0: 0}},
	{unix.SYS_SETPRIORITY, map[uint32]uint32{0: unix.PRIO_PROCESS, 1: 0}},
	{unix.SYS_IOPRIO_SET, map[uint32]uint32{0: ioprioProcess, 1: 0}},
}

const (
	ioprioProcess = 1       // IOPRIO_WHO_PROCESS
	x32           = 1 << 30 // calls of amd64's other numbering bear this bit
	callAt        = 0       // places in what a filter is shown
	archAt        = 4
	argsAt        = 16
)

// architectures whose lower half of an argument comes first, by Go's names.
var architectures = map[string]uint32{
	"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64, "riscv64": unix.AUDIT_ARCH_RISCV64,
}

// filterCalls refuses those calls to the calling thread and all that it executes. Calls
// of another architecture, which have other numbers, are refused altogether.
func filterCalls() error {
	arch, known := architectures[runtime.GOARCH]
	if !known {
		return nil
	}
	program := callFilter(arch)
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)), 0, 0); err != nil {
		return fmt.Errorf("filter of system calls: %w", err)
	}
	runtime.KeepAlive(program)
	return nil
}

func callFilter(arch uint32) []unix.SockFilter {
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	jump := func(test uint16, k uint32, yes, no uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | test, Jt: yes, Jf: no, K: k}
	}
	end := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
	refuse, allow := end(unix.SECCOMP_RET_ERRNO|uint32(unix.EPERM)), end(unix.SECCOMP_RET_ALLOW)

	f := []unix.SockFilter{load(archAt), jump(unix.BPF_JEQ, arch, 1, 0), refuse, load(callAt)}
	if arch == unix.AUDIT_ARCH_X86_64 {
		f = append(f, jump(unix.BPF_JGE, x32, 0, 1), refuse)
	}
	for _, c := range filtered {
		var checks []unix.SockFilter
		for arg, want := range c.must {
			// The kernel reads these arguments as 32 bits wide.
			checks = append(checks, load(argsAt+8*arg), jump(unix.BPF_JEQ, want, 1, 0), refuse)
		}
		checks = append(checks, allow)
		f = append(f, jump(unix.BPF_JEQ, c.call, 0, uint8(len(checks))))
		f = append(f, checks...)
	}
	return append(f, allow)
}
