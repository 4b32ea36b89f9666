package oracle

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// built is what the runs use, made once from the sources that the tests lie beside.
var built struct {
	agent   string // as it is delivered
	crasher string // with crash points
	plugin  string
}

// How many rounds each test makes. "make soak-faults" asks for more.
var (
	killRounds  = flag.Int("oracle.kills", 50, "rounds that end by SIGKILL at any moment")
	pointRounds = flag.Int("oracle.points", 20, "rounds at each crash point")
	lossRounds  = flag.Int("oracle.losses", 15, "power losses")
	illRounds   = flag.Int("oracle.ills", 10, "rounds with a disk that is full or fails to sync")
	stormTime   = flag.Duration("oracle.storm", 5*time.Second, "how long the storm lasts")
	table       = flag.String("oracle.table", "", "file to write what was done into, as Markdown")
)

// report is what this process has done.
var report tallies

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "oracle-bin-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built.agent, built.crasher, built.plugin = filepath.Join(dir, "quorate"), filepath.Join(dir, "quorate-crashpoints"), filepath.Join(dir, "plugin")
	for _, b := range []struct {
		env  []string
		args []string
	}{
		{nil, []string{"-o", built.agent, "../.."}},
		{nil, []string{"-tags", "crashpoints", "-o", built.crasher, "../.."}},
		{[]string{"CGO_ENABLED=0"}, []string{"-o", built.plugin, "./quorate-source-oracle"}},
	} {
		cmd := exec.Command("go", append([]string{"build"}, b.args...)...)
		cmd.Env = append(os.Environ(), b.env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build %q: %v\n%s", b.args, err, out)
			return 1
		}
	}
	code := m.Run()
	if *table == "" || code != 0 {
		return code
	}
	if err := os.WriteFile(*table, []byte(report.table()), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
