package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// manager is the service manager that started heed, told what sd_notify(3) says: a
// datagram of lines on its socket. Where there is none, nobody is told.
type manager struct {
	socket string        // "": there is none
	within time.Duration // so often heed must say that it lives; 0: nobody waits for that
}

// managerOf reads what a service manager left in the environment of process pid.
func managerOf(lookup func(string) (string, bool), pid int) (m manager, err error) {
	m.socket, _ = lookup("NOTIFY_SOCKET")
	text, waits := lookup("WATCHDOG_USEC")
	if of, named := lookup("WATCHDOG_PID"); m.socket == "" || !waits || named && of != strconv.Itoa(pid) {
		return m, nil
	}
	µs, err := strconv.ParseInt(text, 10, 64)
	if err != nil || µs <= 0 || µs > int64(24*time.Hour/time.Microsecond) {
		return m, fmt.Errorf("WATCHDOG_USEC: %.20q is no time in microseconds up to a day", text)
	}
	m.within = time.Duration(µs) * time.Microsecond
	return m, nil
}

// tell gives the lines, as one.
func (m manager) tell(lines ...string) error {
	if m.socket == "" {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("the service manager: %w", err)
	}
	err = c.SetWriteDeadline(time.Now().Add(time.Second)) // one that does not read holds nobody up
	if err == nil {
		_, err = c.Write([]byte(strings.Join(lines, "\n")))
	}
	if err = errors.Join(err, c.Close()); err != nil {
		return fmt.Errorf("the service manager: %w", err)
	}
	return nil
}

// lives says four times as often as it must that heed lives, until ctx ends; not while
// alive says why it does not, and then the manager ends it and starts it anew.
func (m manager) lives(ctx context.Context, alive func(context.Context) error, report func(error)) {
	if m.within == 0 {
		return
	}
	tick := time.NewTicker(m.within / 4)
	defer tick.Stop()
	for {
		now, cancel := context.WithTimeout(ctx, m.within/4)
		err := alive(now)
		cancel()
		if err == nil {
			err = m.tell("WATCHDOG=1")
		}
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// reloading is what is told before the settings are read anew; READY=1 is told after.
func reloading() string {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) // it is there on every Linux
	return fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d", now.Nano()/1000)
}
