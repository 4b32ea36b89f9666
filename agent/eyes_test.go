package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// eyes is a puppet that has a list to follow, which it writes to the file "followed", and that watches: it tells what the
// file "seen" says, "REF STATE", and takes it away when that is stored. Its polls know the ref 9 alone.
type eyes struct{ puppet }

func (*eyes) Info() sdk.Info {
	i := (&puppet{}).Info()
	i.Type = "eyes"
	return i
}

func (e *eyes) Poll(_ context.Context, emit func(device.Observation) error) error {
	own := device.Observation{Identity: device.Identity{Ref: "9", Name: "own", Addresses: []string{"192.0.2.99"}}}
	return emit(own)
}

func (e *eyes) Follow(_ context.Context, devices []sdk.Followed) error {
	b, err := json.Marshal(devices)
	if err != nil {
		return err
	}
	return appendLine(e.dir, "followed", string(b))
}

func (e *eyes) Watch(ctx context.Context, emit func(device.Observation) error) error {
	path := filepath.Join(e.dir, "seen")
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		b, err := os.ReadFile(path)
		if err == nil {
			ref, state, _ := strings.Cut(string(b), " ")
			o := observed(ref, device.State(state))
			o.Name, o.Addresses = "", nil
			if state == "new" {
				o = observed(ref, device.StateUp)
				o.Name, o.Addresses = "new", []string{"192.0.2.77"}
			}
			if err = emit(o); err == nil {
				err = os.Remove(path)
			}
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// sees has source c tell something, and waits until that is acknowledged.
func (s *stage) sees(what string) {
	s.t.Helper()
	path := filepath.Join(s.dir, "c", "seen")
	if err := os.WriteFile(path+".new", []byte(what), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		s.t.Fatal(err)
	}
	s.until("it is acknowledged: "+what, func() bool {
		_, err := os.Stat(path)
		return errors.Is(err, os.ErrNotExist)
	})
}

func withEyes(t *testing.T, interval string, modes map[string]string) *stage {
	t.Helper()
	return newStage(t, fmt.Sprintf("source \"eyes\" \"c\" {\n  interval = %q\n  config {\n    dir = \"DIR/c\"\n  }\n}\n", interval), modes)
}

// named is the device that has that name now.
func (s *stage) named(name string) (device.Current, bool) {
	for _, d := range s.Devices() {
		if d.Name == name {
			return d, true
		}
	}
	return device.Current{}, false
}

// TestWatchIsBelievedWithoutAPoll: what a source hears of a ref that no poll has told of counts at once, and stays when
// the agent starts again.
func TestWatchIsBelievedWithoutAPoll(t *testing.T) {
	s := withEyes(t, "1h", nil)
	s.event("c has answered", ofType(device.EventSourceUp, "c"))
	s.sees("5 new")
	d, ok := s.named("new")
	if !ok || d.Status != device.StatusUp {
		t.Fatalf("after the word of the watch: %+v", s.Devices())
	}
	s.sees("9 up")
	s.sees("5 nonsense")
	if w := s.status("c").Watch; w == nil || w.State != device.WatchOpen || w.Heard != 2 || w.Rejected != 1 {
		t.Errorf("watch %+v", w)
	}
	if w := s.status("a").Watch; w != nil {
		t.Errorf("a source that does not watch: %+v", w)
	}
	rejected, err := s.store.Rejected(t.Context(), 10)
	if err != nil || len(rejected) != 1 || rejected[0].Source != "c" || !strings.Contains(rejected[0].Reason, `unknown state "nonsense"`) {
		t.Errorf("rejected %+v, %v", rejected, err)
	}
	if polls := s.status("c"); polls.Failures != 0 || polls.Health != device.HealthUp {
		t.Errorf("c %+v", polls)
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	s.start()
	if again, ok := s.named("new"); !ok || again.ID != d.ID {
		t.Errorf("after a restart: %v", s.Devices())
	}
}

// told returns the lists that c was told, as "name=addresses".
func (s *stage) told() []string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "c", "followed"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		var list []sdk.Followed
		if err := json.Unmarshal([]byte(line), &list); err != nil {
			s.t.Fatal(err)
		}
		var words []string
		for _, d := range list {
			cur, ok := s.pipe.Device(d.Device, now())
			if !ok {
				s.t.Errorf("an id that nobody has: %q", d.Device)
			}
			words = append(words, fmt.Sprintf("%s=%v", cur.Name, d.Addresses))
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

func last(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return list[len(list)-1]
}

// TestFollowersAreToldWhatOthersReport, and nothing of their own; a list that stays the same is told once.
func TestFollowersAreToldWhatOthersReport(t *testing.T) {
	s := withEyes(t, "20ms", nil)
	s.until("c is told of nas1", func() bool { return last(s.told()) == "nas1=[192.0.2.10]" })
	lists := len(s.told())
	if lists > 3 { // none, perhaps one before all is merged, and this one
		t.Errorf("told %d lists: %v", lists, s.told())
	}
	polls := func() int {
		b, err := os.ReadFile(filepath.Join(s.dir, "a", "polls"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // c may be told by b's first poll, before a's
			t.Fatal(err)
		}
		return strings.Count(string(b), "\n")
	}
	began := polls()
	s.until("others have polled some more", func() bool { return polls() > began+5 })
	if got := len(s.told()); got != lists {
		t.Errorf("told again without need: %v", s.told())
	}
	// The new device is c's own: it is not to be followed.
	s.sees("5 new")
	s.rewrite(func(config string) string { return config + "shared_addresses = [\"192.0.2.10\"]\n" })
	if _, err := s.Reload(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	s.until("an address that is no evidence is not followed", func() bool { return last(s.told()) == "" })
}

// TestReloadEndsAWatch: the watch of a source that is replaced or removed ends with it, and a poll that overran does not
// wait for it.
func TestReloadEndsAWatch(t *testing.T) {
	s := withEyes(t, "50ms", nil)
	s.sees("9 up")
	s.rewrite(func(config string) string {
		return strings.Replace(config, "dir = \""+s.dir+"/c\"", "dir = \""+s.dir+"/b\"", 1)
	})
	began := time.Now()
	if _, err := s.Reload(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > patience/2 {
		t.Errorf("the reload took %v", took)
	}
	s.until("the new one watches", func() bool { w := s.status("c").Watch; return w != nil && w.Heard == 0 })
	if err := s.end(); err != nil {
		t.Error(err)
	}
}
