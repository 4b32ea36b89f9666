package proc

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Limits are what the kernel holds a process and each one that it starts to. Zero leaves what it has.
type Limits struct {
	Data  int64 // bytes of private writable memory, touched or not
	Files int   // open descriptors
}

// Set sets them for a process, which must be of our own user. There are no core dumps of it besides. A process that has
// ended already is no error.
func (l Limits) Set(pid int) error {
	all := map[int]uint64{unix.RLIMIT_CORE: 0}
	if l.Data > 0 {
		all[unix.RLIMIT_DATA] = uint64(l.Data)
	}
	if l.Files > 0 {
		all[unix.RLIMIT_NOFILE] = uint64(l.Files)
	}
	for resource, most := range all {
		var old unix.Rlimit
		if err := unix.Prlimit(pid, resource, nil, &old); err != nil {
			return set(err)
		}
		// Never above what it may have at all: only root could.
		most = min(most, old.Max)
		if err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: most, Max: most}, nil); err != nil {
			return set(err)
		}
	}
	return nil
}

func set(err error) error {
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}
