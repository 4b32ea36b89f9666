package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const holderEnv = "QUORATE_TEST_HOLDER"

// TestHolderInAChild is the child of the test below: it begins to read a database and goes on until its input ends.
func TestHolderInAChild(t *testing.T) {
	path := os.Getenv(holderEnv)
	if path == "" {
		return // only a child has something to do here
	}
	db := openDB(path, "mode=ro")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM event").Scan(&n); err != nil {
		t.Fatal(err)
	}
	fmt.Println("holding")
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
}

// Another process that reads without an end holds the log back: commits go on, the owner hears who it is, and when it has
// ended the log is emptied.
func TestLogHeldByAnotherProcess(t *testing.T) {
	held := make(chan string, 10)
	s := mustOpen(t, folder(t), Options{OnHeld: func(text string) { held <- text }})
	s.walAlarm = checkpointAt
	mustCommit(t, s, record(1, 70))
	child := exec.Command(os.Args[0], "-test.run=^TestHolderInAChild$")
	child.Env = append(os.Environ(), holderEnv+"="+s.Path())
	input, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill() }()
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil || line != "holding\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Maintain(ctx) }()
	told := func() string {
		t.Helper()
		select {
		case text := <-held:
			return text
		case <-time.After(time.Minute):
			t.Fatal("nobody is told")
			return ""
		}
	}
	for batch, size := uint64(2), int64(0); size <= s.walAlarm; batch++ {
		mustCommit(t, s, shift(record(batch, 700), 70+700*int64(batch-2)))
		if size, err = s.walSize(); err != nil {
			t.Fatal(err)
		}
	}
	if text, want := told(), fmt.Sprintf("process %d (", child.Process.Pid); !strings.Contains(text, want) {
		t.Errorf("told %q, want %q in it", text, want)
	}
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	if text := told(); text != "" {
		t.Errorf("told %q after the end", text)
	}
	if size, err := s.walSize(); err != nil || size > checkpointAt {
		t.Errorf("the log still has %d bytes, %v", size, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_ = child.Wait()
}
