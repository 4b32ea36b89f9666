package file

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// limitFileSize lets no file of this process become larger than n bytes until the returned function is called.
func limitFileSize(t *testing.T, n uint64) (lift func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	set := func(l syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
			t.Fatal(os.NewSyscallError("setrlimit", err))
		}
	}
	set(syscall.Rlimit{Cur: n, Max: before.Max})
	return func() { set(before) }
}
