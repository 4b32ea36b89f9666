package sdk

import (
	"os"
	"strconv"
	"syscall"
	"time"
)

// watchHost returns a channel that is closed when the agent is gone. Two ways lead there, since either may be missing
// where a plugin is started through a wrapper: the end of the life pipe, and a new parent. The third, the kernel's
// signal on the parent's death, needs nothing from us.
func watchHost(lifeFD, hostPID string) <-chan struct{} {
	gone := make(chan struct{}, 2)
	if fd, err := strconv.Atoi(lifeFD); err == nil && fd > 2 {
		// Programs that the source starts must not hold it.
		syscall.CloseOnExec(fd)
		go func() {
			var b [1]byte
			f := os.NewFile(uintptr(fd), "life")
			for {
				if n, err := f.Read(b[:]); n == 0 || err != nil {
					gone <- struct{}{}
					return
				}
			}
		}()
	}
	if pid, err := strconv.Atoi(hostPID); err == nil && pid == os.Getppid() {
		go func() {
			for range time.Tick(time.Second) {
				if os.Getppid() != pid {
					gone <- struct{}{}
					return
				}
			}
		}()
	}
	return gone
}
