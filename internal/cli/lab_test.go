package cli

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
)

const labWalk = ".1.3.6.1.2.1.1.5.0 = STRING: \"box\"\n.1.3.6.1.2.1.1.7.0 = INTEGER: 72\nnonsense\n"

// labRun is quorate lab snmp, running.
type labRun struct {
	t     *testing.T
	out   *bufio.Reader
	in    *os.File
	addr  string
	shown string // up to the end of the introduction
}

// startLab runs the command until the test ends.
func startLab(t *testing.T, args ...string) *labRun {
	t.Helper()
	stdin, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, stdout := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		p := &Program{Stdin: stdin, Stdout: stdout, Stderr: io.Discard}
		ended <- p.Run(ctx, append([]string{"lab", "snmp"}, args...))
		_ = stdout.Close()
	}()
	l := &labRun{t: t, out: bufio.NewReader(out), in: in}
	t.Cleanup(func() {
		cancel()
		go func() { _, _ = io.Copy(io.Discard, out) }()
		if code := <-ended; code != exitOK {
			t.Errorf("exit code %d", code)
		}
		_ = in.Close()
	})
	l.shown = l.until("Ctrl-C ends it.")
	l.addr = regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(l.shown)
	return l
}

// until reads lines up to the one that holds text.
func (l *labRun) until(text string) string {
	l.t.Helper()
	var all strings.Builder
	for {
		line, err := l.out.ReadString('\n')
		all.WriteString(line)
		if err != nil {
			l.t.Fatalf("%v after\n%s", err, all.String())
		}
		if strings.Contains(line, text) {
			return all.String()
		}
	}
}

func (l *labRun) order(line, want string) {
	l.t.Helper()
	if _, err := l.in.WriteString(line + "\n"); err != nil {
		l.t.Fatal(err)
	}
	l.until(want)
}

// name asks for sysName again and again until it is answered.
func (l *labRun) name(community string) string {
	l.t.Helper()
	for range 200 {
		if name := l.once(community); name != "" {
			return name
		}
	}
	return ""
}

// once asks for sysName once; "" is silence.
func (l *labRun) once(community string) string {
	l.t.Helper()
	host, port, _ := strings.Cut(l.addr, ":")
	n := uint16(0)
	for _, c := range port {
		n = n*10 + uint16(c-'0')
	}
	g := &gosnmp.GoSNMP{Target: host, Port: n, Community: community, Version: gosnmp.Version2c, Timeout: 300 * time.Millisecond}
	if err := g.Connect(); err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = g.Close() }()
	p, err := g.Get([]string{".1.3.6.1.2.1.1.5.0"})
	if err != nil || len(p.Variables) != 1 {
		return ""
	}
	b, _ := p.Variables[0].Value.([]byte)
	return string(b)
}

func walkFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLabSNMP(t *testing.T) {
	l := startLab(t, "--walk", walkFile(t, "box.walk", labWalk))
	if l.addr == "" || !strings.Contains(l.shown, `source "snmp-direct" "lab"`) || !strings.Contains(l.shown, "2 objects, community public") {
		t.Fatalf("it says\n%s", l.shown)
	}
	if got := l.name("public"); got != "box" {
		t.Errorf("sysName is %q", got)
	}
	l.order("set 1.3.6.1.2.1.1.5.0=other", "done")
	if got := l.name("public"); got != "other" {
		t.Errorf("sysName is %q after set", got)
	}
	l.order("fault silent", "done")
	if got := l.once("public"); got != "" {
		t.Errorf("it answers %q though it is silent", got)
	}
	l.order("dance", "there is no order")
	l.order("help", "NAME: ORDER is for one")
}

func TestLabSNMPSeveral(t *testing.T) {
	l := startLab(t, "--walk", walkFile(t, "first.snmprec", "1.3.6.1.2.1.1.5.0|4|one\n"), "--walk", walkFile(t, "second.snmprec", "1.3.6.1.2.1.1.5.0|4|two\n"), "--fault", "twice")
	l.order("first: set 1.3.6.1.2.1.1.5.0=1", "first: set")
	if one, two, other := l.name("first"), l.name("second"), l.once("public"); one != "1" || two != "two" || other != "" {
		t.Errorf("got %q, %q and %q", one, two, other)
	}
}

func TestLabSNMPMistakes(t *testing.T) {
	good := walkFile(t, "box.walk", labWalk)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, exitUsage, "--walk"},
		{[]string{"--walk", good, "--fault", "x"}, exitUsage, `no fault "x"`},
		{[]string{"--walk", good, "--listen", "lab"}, exitUsage, "127.0.0.1:16100"},
		{[]string{"--walk", good, "--walk", good, "--community", "x"}, exitUsage, "--community"},
		{[]string{"--walk", good, "--walk", good}, exitFailed, "two of them"},
		{[]string{"--walk", "missing.walk"}, exitFailed, "missing.walk"},
		{[]string{"--walk", walkFile(t, "empty", "SNMPv2-MIB::sysName.0 = STRING: box\n")}, exitFailed, "snmpwalk -v2c -On"},
	} {
		run(t, "", append([]string{"lab", "snmp"}, c.args...)...).want(t, c.code, "", c.want)
	}
	run(t, "", "lab", "snmp", "--walk", good, "--fault", "help").want(t, exitOK, "drop=SHARE", "")
}
