//go:build crashpoints

package crashpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// point and left are where CRASH_AT says that the process ends. They are the package's alone, read at the start, since
// a place in the code has no options; no program that is delivered has them.
var (
	point, nth = fromEnvironment(os.Getenv("CRASH_AT"))
	passed     atomic.Int64
)

// fromEnvironment reads "place:n". What cannot be read ends the process with a sentence: a test that meant to crash the
// program must not pass because of a slip of the pen.
func fromEnvironment(text string) (string, int64) {
	if text == "" {
		return "", 0
	}
	name, number, _ := strings.Cut(text, ":")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 {
		fmt.Fprintf(os.Stderr, "CRASH_AT=%s: want a place and the number of the pass, such as before-commit:3\n", text)
		os.Exit(2)
	}
	return name, n
}

// Here ends the process by SIGKILL if this is the place, and the pass, that CRASH_AT names.
func Here(place string) {
	if place != point || passed.Add(1) != nth {
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way: nothing behind this place may run
}
