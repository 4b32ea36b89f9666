package execsource

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcetest"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func TestMain(m *testing.M) {
	sourcetest.Main(m, map[string]func() sdk.Source{"exec": New})
}

// configured returns a source that runs a shell script.
func configured(t *testing.T, c Config) sdk.Source {
	t.Helper()
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	s := New()
	if err := s.Configure(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return s
}

// polled is what a golden holds.
type polled struct {
	Observations []device.Observation `json:"observations"`
	Rejected     []string             `json:"rejected,omitempty"`
}

func TestGoldens(t *testing.T) {
	t.Setenv("SECRET_OF_THE_AGENT", "1")
	cases, err := filepath.Glob("testdata/*/program.sh")
	if err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, script := range cases {
		dir := filepath.Dir(script)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			path, err := filepath.Abs(script)
			if err != nil {
				t.Fatal(err)
			}
			s := configured(t, Config{Command: []string{"/bin/sh", path, "an argument"}, Env: map[string]string{"GIVEN": "g"}})
			got := polled{Observations: []device.Observation{}}
			err = s.Poll(t.Context(), func(o device.Observation) error {
				got.Observations = append(got.Observations, o)
				return nil
			})
			if err != nil {
				golden(t, filepath.Join(dir, "want.err"), []byte(err.Error()+"\n"))
				return
			}
			for _, r := range s.(sdk.Rejecter).Rejected() {
				got.Rejected = append(got.Rejected, r.Ref+" "+r.Reason)
			}
			b, err := json.MarshalIndent(got, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join(dir, "want.json"), append(b, '\n'))
		})
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; the poll gave:\n%s", err, got)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestConfigureNamesTheAttribute(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"no command", `{}`, "command: name a program"},
		{"empty command", `{"command": [""]}`, "command: name a program"},
		{"relative", `{"command": ["ups.sh"]}`, `command: "ups.sh" is no absolute path`},
		{"nagios", `{"command": ["/x"], "format": "nagios"}`, "format: \"nagios\" is not there yet"},
		{"format", `{"command": ["/x"], "format": "xml"}`, "format: \"xml\" is unknown"},
		{"timeout", `{"command": ["/x"], "timeout": "-1s"}`, "timeout: want a positive duration"},
		{"env", `{"command": ["/x"], "env": {"A=B": "1"}}`, "env: \"A=B\" is no name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := New().Configure(t.Context(), []byte(c.config))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestProgramThatIsNotThere(t *testing.T) {
	s := configured(t, Config{Command: []string{"/nonexistent/ups.sh"}})
	err := s.Poll(t.Context(), func(device.Observation) error { return nil })
	if err == nil || err.Error() != "ups.sh: start: /nonexistent/ups.sh: no such file or directory" {
		t.Errorf("error %v", err)
	}
}

// alive reports whether a process runs.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(after, "Z")
}

// The whole group ends: with a program that heeds SIGTERM, with one that does not, and with one that ends by itself.
func TestNothingIsLeftBehind(t *testing.T) {
	for _, c := range []struct {
		name, script string
		overruns     bool
	}{
		{"heeds", `/bin/sleep 1000 & echo $! >"$1"; wait`, true},
		{"deaf", `trap "" TERM; /bin/sleep 1000 & echo $! >"$1"; while :; do wait; done`, true},
		{"ends", `/bin/sleep 1000 & echo $! >"$1"`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pid")
			// On a busy machine the program may be ended before it has a child: then it is given longer.
			for timeout := 300 * time.Millisecond; ; timeout *= 4 {
				config := Config{Command: []string{"/bin/sh", "-c", c.script, "x", file}}
				if c.overruns {
					config.Timeout = device.Duration(timeout)
				}
				err := configured(t, config).Poll(t.Context(), func(device.Observation) error { return nil })
				if c.overruns != (err != nil && strings.Contains(err.Error(), "did not end within "+timeout.String())) || !c.overruns && err != nil {
					t.Errorf("error %v", err)
				}
				b, err := os.ReadFile(file)
				pid, notYet := strconv.Atoi(strings.TrimSpace(string(b)))
				if err == nil && notYet == nil {
					eventually(t, func() bool { return !alive(pid) })
					return
				}
				if !c.overruns || timeout > 10*time.Second {
					t.Fatal(err, notYet)
				}
			}
		})
	}
}

// The signal is sent before Poll returns, and the kernel acts on it in its own time.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	end := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("a child lives on")
		}
	}
}

func TestErrorOfEmitEndsThePoll(t *testing.T) {
	s := configured(t, Config{Command: []string{"/bin/sh", "-c", `echo '{"ref":"1"}'; exec /bin/sleep 1000`}})
	gone := errors.New("the agent is gone")
	if err := s.Poll(t.Context(), func(device.Observation) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
}

func TestCancelledPoll(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	s := configured(t, Config{Command: []string{"/bin/sh", "-c", `echo '{"ref":"1"}'; exec /bin/sleep 1000`}})
	err := s.Poll(ctx, func(device.Observation) error {
		cancel(why)
		return nil
	})
	if !errors.Is(err, why) {
		t.Errorf("error %v", err)
	}
}

func FuzzLine(f *testing.F) {
	f.Add([]byte(`{"schema":1}`))
	f.Add([]byte(`{"ref":"1","claims":[{"facet":"reach","state":"up"}]}`))
	f.Add([]byte("{\"ref\":\"\xff\"}\n[]\n\n{"))
	f.Fuzz(func(t *testing.T, b []byte) {
		emitted := 0
		l := &lines{emit: func(o device.Observation) error {
			emitted++
			return o.Validate()
		}}
		total := 0
		err := readLines(strings.NewReader(string(b)), maxOutput, func(n int, b []byte, long bool) error {
			total++
			return l.line(n, b, long)
		})
		if err != nil && !strings.Contains(err.Error(), "schema") {
			t.Fatalf("what was emitted is not valid: %v", err)
		}
		if emitted+len(l.rejected) > total {
			t.Fatalf("%d lines became %d observations and %d rejections", total, emitted, len(l.rejected))
		}
	})
}

// The program under the kit prints a file of its folder, or hangs when there is a file "hang".
const kitScript = `[ -e "$1/hang" ] && exec /bin/sleep 1000
[ -e "$1/broken" ] && { echo "no contact" >&2; exit 4; }
exec /bin/cat "$1/devices"`

func TestConformance(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fill := func(n int) {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `{"ref":"%d","name":"ups%d","addresses":["192.0.2.40"],"claims":[{"facet":"reach","state":"up"}]}`+"\n", i+1, i+1)
		}
		write("devices", b.String())
	}
	set := func(name string) func() func() {
		return func() func() {
			write(name, "")
			return func() { _ = os.Remove(filepath.Join(dir, name)) }
		}
	}
	fill(2)
	b, err := json.Marshal(Config{Command: []string{"/bin/sh", "-c", kitScript, "ups.sh", dir}})
	if err != nil {
		t.Fatal(err)
	}
	config := string(b)
	sourcetest.Run(t, sourcetest.Case{
		Type: "exec", Config: config, Refs: []string{"1", "2"}, Hang: set("hang"),
		Bad: []sourcetest.Bad{{Name: "relative", Config: `{"command": ["ups.sh"]}`, Want: "command"}},
		Faults: []sourcetest.Fault{
			{Name: "exit 4", Set: set("broken"), Want: "no contact"},
			{Name: "not there", Config: `{"command": ["/nonexistent/ups.sh"]}`, Want: "no such file"},
		},
		Grow: func(n int) (string, func()) {
			fill(n)
			return config, func() { fill(2) }
		},
	})
}
