package host

import (
	"runtime"
	"sync"
)

// starter starts processes from one thread that lives as long as the host: the kernel's signal on the parent's death
// follows the thread that started a child, and Go ends threads as it sees fit.
type starter struct {
	jobs chan func()
	once sync.Once
	done sync.WaitGroup
}

func newStarter() *starter {
	s := &starter{jobs: make(chan func())}
	s.done.Go(func() {
		// Not unlocked at the end: the thread goes with the goroutine, and all its children have ended by then.
		runtime.LockOSThread()
		for job := range s.jobs {
			job()
		}
	})
	return s
}

// do runs job on the thread. It must not be called after close.
func (s *starter) do(job func() error) error {
	err := make(chan error, 1)
	s.jobs <- func() { err <- job() }
	return <-err
}

func (s *starter) close() {
	s.once.Do(func() { close(s.jobs) })
	s.done.Wait()
}
