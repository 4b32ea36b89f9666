package host

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/quorate/quorate/device"
)

func descriptors(t testing.TB) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}

// Restarts leave neither goroutines nor descriptors nor sockets. It runs before the tests that run in parallel.
func TestRestartsLeakNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	l := quick()
	l.crashes, l.restartMax = 1000, l.restart
	st := newStage(t, l)
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	files := descriptors(t)
	const crashes = 8 // and as many returns: of more than twenty things in an hour nobody is told
	for range crashes {
		st.mode(t, "once panic")
		wantDevices(t, poll(t, src))
	}
	path, sum := script(t, "echo nonsense; exec sleep 1000\n")
	for _, spec := range []Spec{{Command: path, SHA256: sum}, {Command: path + "x"}, {}} {
		spec.Name, spec.Type = "lab", "nonsense"
		if _, err := st.Describe(t.Context(), spec); err == nil {
			t.Errorf("%v is described", spec)
		}
	}
	eventually(t, "the descriptors of the dead are closed", func() bool { return descriptors(t) <= files })
	if n := st.heard(device.EventSourceCrashed); n != crashes {
		t.Errorf("%d crashes told", n)
	}
	dirs, err := os.ReadDir(st.Host.dir.path)
	if err != nil || len(dirs) != 2 { // the lock, and the folder of the one that runs
		t.Errorf("%d entries in the run folder, %v", len(dirs), err)
	}
	if err := st.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the goroutines end", func() bool { return goleak.Find(before) == nil })
}

func BenchmarkStart(b *testing.B) {
	h, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = h.Close(b.Context()) }()
	for b.Loop() {
		if _, err := h.Describe(b.Context(), Spec{Name: "lab", Type: "puppet"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPoll(b *testing.B) {
	h, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = h.Close(b.Context()) }()
	s, err := h.Start(b.Context(), Spec{Name: "lab", Type: "puppet", Config: []byte(`{"dir": "` + b.TempDir() + `"}`)})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if snap := s.Poll(b.Context()); snap.Err != "" {
			b.Fatal(snap.Err)
		}
	}
}
