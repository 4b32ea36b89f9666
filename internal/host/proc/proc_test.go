package proc

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	end := time.After(time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func table(t *testing.T) Table {
	t.Helper()
	all, err := ReadTable()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func living(t Table, members []Process) int {
	n := 0
	for _, m := range members {
		if p, ok := t[m.PID]; ok && p.Start == m.Start && !p.Zombie {
			n++
		}
	}
	return n
}

func TestParse(t *testing.T) {
	const rest = " S 7 8 9 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4711 1000 3 18446744073709551615 1"
	p, err := parse(42, []byte("42 (a) R 1 (b) 2)"+rest))
	if err != nil || p.Parent != 7 || p.Group != 8 || p.Session != 9 || p.Start != 4711 || p.Memory != 3*int64(os.Getpagesize()) || p.Zombie {
		t.Errorf("%+v, %v", p, err)
	}
	for _, s := range []string{"", "42", "42 (a", "42 (a) S 1 2", "42 (a)" + strings.Replace(rest, "4711", "x", 1), "42 (a)" + strings.Replace(rest, "7", "x", 1)} {
		if _, err := parse(42, []byte(s)); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
	if p, err := Read(os.Getpid()); err != nil || p.Parent != os.Getppid() || p.Memory == 0 {
		t.Errorf("ourselves: %+v, %v", p, err)
	}
}

// family starts a shell as a leader. It prints a line when the script says so.
func family(t *testing.T, marker, script string) (*exec.Cmd, *Family) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "A=B", marker}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f := NewFamily(cmd.Process.Pid, marker)
	t.Cleanup(func() {
		// A test that failed in the middle leaves nothing behind either.
		_ = cmd.Process.Kill()
		_ = f.End(time.Second)
		_ = cmd.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return cmd, f
}

// Whoever starts more than anybody can count, leaves its group, its session and its parent: nobody is left.
func TestFamilyEnds(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("SKIPPED: needs setsid (Debian package util-linux)")
	}
	if err := Adopt(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, script string
		members      int
		look         bool // before the leader ends: else only the marker tells
	}{
		{"child", "sleep 1000 & echo; sleep 1000", 3, true},
		{"session", "setsid sleep 1000 & echo; sleep 1000", 3, true},
		{"daemon", "(setsid sleep 1000 &) ; echo; sleep 1000", 3, true},
		{"daemon of a daemon", "(setsid sh -c '(setsid sleep 1000 &) ; sleep 1000' &) ; echo; sleep 1000", 5, true},
		{"without its environment", "setsid env -i sleep 1000 & echo; sleep 1000", 3, true},
		{"daemon that nobody saw", "(setsid sleep 1000 &) ; echo; sleep 1000", 3, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			marker := "MARKER=" + strings.ReplaceAll(t.Name(), " ", "_")
			cmd, f := family(t, marker, c.script)
			watched := f
			if !c.look {
				watched = NewFamily(cmd.Process.Pid, marker)
			}
			var members []Process
			eventually(t, "all are there", func() bool {
				members = watched.Members(table(t))
				return len(members) == c.members
			})
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the end of the leader", func() bool { p, err := Read(cmd.Process.Pid); return err == nil && p.Zombie })
			if left := f.End(20 * time.Second); left != 0 {
				t.Errorf("%d are left", left)
			}
			if n := living(table(t), members); n != 0 {
				t.Errorf("%d still live", n)
			}
			_ = cmd.Wait()
		})
	}
}

// Another's processes are not touched, whatever they have in common with the family.
func TestFamilyKnowsStrangers(t *testing.T) {
	cmd, f := family(t, "MARKER=one", "echo; sleep 1000")
	other, _ := family(t, "MARKER=onetwo", "sleep 1000 & echo; sleep 1000")
	defer func() {
		_ = syscall.Kill(-other.Process.Pid, syscall.SIGKILL)
		_ = other.Wait()
	}()
	eventually(t, "the family", func() bool { return len(f.Members(table(t))) == 2 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	f.End(20 * time.Second)
	_ = cmd.Wait()
	if p, err := Read(other.Process.Pid); err != nil || p.Zombie {
		t.Errorf("the stranger: %+v, %v", p, err)
	}
	if p, err := Read(os.Getpid()); err != nil || p.Zombie {
		t.Errorf("ourselves: %+v, %v", p, err)
	}
}

// What was adopted and ends is reaped, and only that.
func TestReaper(t *testing.T) {
	if err := Adopt(); err != nil {
		t.Fatal(err)
	}
	cmd, _ := family(t, "A=C", "(sleep 0 &) ; echo; exec sleep 1000")
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	zombies := func() map[int]bool {
		found := map[int]bool{}
		for _, p := range table(t) {
			if p.Zombie && p.Parent == os.Getpid() {
				found[p.PID] = true
			}
		}
		return found
	}
	eventually(t, "the adopted one has ended", func() bool { return len(zombies()) > 0 })
	var r Reaper
	now := time.Now()
	for _, c := range []struct {
		after time.Duration
		left  bool
	}{{0, true}, {reapAfter - time.Second, true}, {reapAfter, false}} {
		r.Reap(table(t), now.Add(c.after))
		if got := len(zombies()) > 0; got != c.left {
			t.Errorf("%v after it was seen first: it is left: %v", c.after, got)
		}
	}
}

func TestLimits(t *testing.T) {
	cmd, _ := family(t, "A=D", "echo; exec sleep 1000")
	if err := (Limits{Data: 1 << 30, Files: 77}).Set(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "limits"))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Join(strings.Fields(string(b)), " ")
	for _, want := range []string{"Max data size 1073741824 1073741824 bytes", "Max open files 77 77 files", "Max core file size 0 0 bytes"} {
		if !strings.Contains(words, want) {
			t.Errorf("missing %q in\n%s", want, b)
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err := (Limits{Files: 77}).Set(cmd.Process.Pid); err != nil {
		t.Errorf("of one that has ended: %v", err)
	}
}

func BenchmarkTable(b *testing.B) {
	n := 0
	for b.Loop() {
		t, err := ReadTable()
		if err != nil {
			b.Fatal(err)
		}
		n = len(t)
	}
	b.ReportMetric(float64(n), "processes")
}
