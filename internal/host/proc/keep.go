package proc

import (
	"bufio"
	"fmt"
	"io"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// What a dead agent's plugins left behind is looked for and killed for this long.
const keepGrace = 10 * time.Second

// A list of processes that is longer is not read.
const maxKept = 1 << 20

// Keep is the whole of a process that outlives another: it reads from r whom to end, and ends them when r ends, which
// is when the other is gone, however that came.
func Keep(r io.Reader) {
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	var last string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxKept)
	for lines.Scan() {
		last = lines.Text()
	}
	f := parseKept(last)
	if f == nil {
		return
	}
	f.End(keepGrace)
}

// KeepLine is what Keep reads: those who are to be ended, and how a variable begins that tells others of them. Each line
// replaces the one before.
func KeepLine(marker string, members []Process) string {
	var b strings.Builder
	b.WriteString(marker)
	for _, p := range members {
		fmt.Fprintf(&b, " %d:%d", p.PID, p.Start)
	}
	b.WriteByte('\n')
	return b.String()
}

func parseKept(line string) *Family {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	f := Bearers(words[0])
	for _, w := range words[1:] {
		var p id
		if _, err := fmt.Sscanf(w, "%d:%d", &p.pid, &p.start); err == nil {
			f.known[p] = true
		}
	}
	return f
}
