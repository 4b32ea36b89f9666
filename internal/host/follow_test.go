package host

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// Follow notes the list, and does what the file "follow" says.
func (p *puppet) Follow(ctx context.Context, devices []sdk.Followed) error {
	var ids []string
	for _, d := range devices {
		ids = append(ids, d.Device)
	}
	if err := note(p.dir, "followed", "["+strings.Join(ids, " ")+"]"); err != nil {
		return err
	}
	mode, err := os.ReadFile(filepath.Join(p.dir, "follow"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	switch string(mode) {
	case "fail":
		return errors.New("no room\nfor token-5f1c0e")
	case "permanent":
		return sdk.Permanent(errors.New("never"))
	case "slow":
		<-ctx.Done()
		return ctx.Err()
	case "deaf":
		select {}
	case "once panic":
		if err := os.Remove(filepath.Join(p.dir, "follow")); err != nil {
			return err
		}
		panic("the puppet falls over a list")
	}
	return nil
}

func (s *stage) follow(t *testing.T, mode string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, "follow"), []byte(mode), 0o600); err != nil {
		t.Fatal(err)
	}
}

func list(ids ...string) []sdk.Followed {
	var devices []sdk.Followed
	for _, id := range ids {
		devices = append(devices, sdk.Followed{Device: id, Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")}})
	}
	return devices
}

func TestFollowIsToldOnceAList(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	for _, step := range []struct {
		name string
		do   func()
		want string // told so far
	}{
		{"before the first poll, though there is none", func() {}, "[]"},
		{"not again", func() {}, "[]"},
		{"the same", func() { src.Follow(nil) }, "[]"},
		{"a list", func() { src.Follow(list("a", "b")) }, "[][a b]"},
		{"an equal one", func() { src.Follow(list("a", "b")) }, "[][a b]"},
		{"another", func() { src.Follow(list("b")) }, "[][a b][b]"},
		{"an empty one", func() { src.Follow(list()) }, "[][a b][b][]"},
	} {
		step.do()
		wantDevices(t, poll(t, src))
		if got := st.noted("followed"); got != step.want {
			t.Fatalf("%s: told %s, want %s", step.name, got, step.want)
		}
	}
}

func TestFollowIsToldToANewProcess(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	src.Follow(list("a"))
	wantDevices(t, poll(t, src))
	st.mode(t, "once panic")
	wantDevices(t, poll(t, src))
	if got := st.noted("followed"); got != "[a][a]" {
		t.Errorf("told %s", got)
	}
	// Probes may come before the first poll of a process.
	src.mu.Lock()
	src.proc.run.kill()
	src.mu.Unlock()
	eventually(t, "the list is told without a poll", func() bool { return st.noted("followed") == "[a][a][a]" })
	if o, err := src.Probe(t.Context(), "a"); err != nil || o.Ref != "a" {
		t.Errorf("probe: %v, %v", o.Ref, err)
	}
}

func TestFollowThatFailsFailsThePoll(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	src.Follow(list("a"))
	wantDevices(t, poll(t, src))
	for _, mode := range []string{"fail", "permanent"} {
		st.follow(t, mode)
		src.Follow(list(mode))
		snap := poll(t, src)
		if !strings.HasPrefix(snap.Err, "the plugin does not take the list of devices to follow: ") || strings.Contains(snap.Err, "5f1c0e") || len(snap.Observations) > 0 {
			t.Errorf("%s: error %q, %d observations", mode, snap.Err, len(snap.Observations))
		}
	}
	st.follow(t, "")
	wantDevices(t, poll(t, src))
	if s := src.Status(); s.Restarts != 0 || s.Permanent {
		t.Errorf("status %+v", s)
	}
	src.Follow(list(strings.Repeat("x", 300)))
	if snap := poll(t, src); !strings.Contains(snap.Err, "its id is longer") {
		t.Errorf("a list that cannot be told: %q", snap.Err)
	}
}

func TestFollowThatKillsOrHangs(t *testing.T) {
	t.Parallel()
	st := newStage(t, hasty())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	st.follow(t, "once panic")
	src.Follow(list("a"))
	wantDevices(t, poll(t, src))
	if n := src.Status().Restarts; n != 1 {
		t.Errorf("%d restarts", n)
	}
	st.follow(t, "slow")
	src.Follow(list("b"))
	if snap := pollWithin(t, src, 200*time.Millisecond); !strings.HasPrefix(snap.Err, "timeout: ") {
		t.Errorf("a list that takes long: %q", snap.Err)
	}
	st.follow(t, "deaf")
	hung := st.heard(device.EventSourceHung) // on a busy machine it may have taken too long to leave the list before
	if snap := st.overrun(t, src, "followed"); snap.Err == "" {
		t.Error("a list that is never taken")
	}
	eventually(t, "the hung plugin is replaced", func() bool { return st.heard(device.EventSourceHung) > hung })
	st.follow(t, "")
	wantDevices(t, poll(t, src))
}

// TestFollowRunsAlone: while a probe runs no list is told, and none runs while it is.
func TestFollowRunsAlone(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	src.probes <- struct{}{}
	src.Follow(list("a"))
	done := make(chan device.Snapshot, 1)
	go func() { done <- poll(t, src) }()
	eventually(t, "the poll holds all places but one", func() bool { return len(src.probes) == probesBeside })
	if got := st.noted("followed"); strings.Contains(got, "a") {
		t.Errorf("told %s beside a probe", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := src.Probe(ctx, "a"); err == nil {
		t.Error("a probe runs beside a list")
	}
	<-src.probes
	wantDevices(t, <-done)
	if len(src.probes) != 0 || !strings.HasSuffix(st.noted("followed"), "[a]") {
		t.Errorf("%d places held, told %s", len(src.probes), st.noted("followed"))
	}
}

func TestOnlyFollowersAreTold(t *testing.T) {
	t.Parallel()
	st := newStage(t, quick())
	src := st.puppet(t)
	wantDevices(t, poll(t, src))
	before := st.noted("followed")
	src.mu.Lock()
	src.proc.info.Capabilities = []sdk.Capability{sdk.CapabilityPoll}
	src.mu.Unlock()
	src.Follow(list("a"))
	wantDevices(t, poll(t, src))
	if got := st.noted("followed"); got != before {
		t.Errorf("told %s", got)
	}
}
