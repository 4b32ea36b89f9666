package proc

import (
	"golang.org/x/sys/unix"
)

// DieWith makes the kernel kill the process group of leader when the last write end of the pipe whose read end is fd is
// closed, as it is when who holds it dies. Somebody in the group must keep the read end open.
func DieWith(fd uintptr, leader int) error {
	// The order matters: the signal is armed last.
	if _, err := unix.FcntlInt(fd, unix.F_SETSIG, int(unix.SIGKILL)); err != nil {
		return err
	}
	if _, err := unix.FcntlInt(fd, unix.F_SETOWN, -leader); err != nil {
		return err
	}
	flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
	if err != nil {
		return err
	}
	_, err = unix.FcntlInt(fd, unix.F_SETFL, flags|unix.O_ASYNC)
	return err
}
