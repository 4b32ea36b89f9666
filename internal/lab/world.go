package lab

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// World holds the truth about every device. It is safe for concurrent use. Whoever changes the truth makes all
// monitors look once more at what was before, so that a monitor asked later still answers as if it had looked in time.
type World struct {
	clock   func() time.Time
	devices []Device
	byName  map[string]*Device

	// mu guards the truth and the memory of all monitors of this world.
	mu       sync.Mutex
	truth    map[string]Truth
	monitors []monitor
	bootedAt map[string]time.Time
	at       map[netip.Addr]*Device // who answers there
}

// monitor is one fake that looks at the world. Both methods are called with the world's mutex held.
type monitor interface {
	// look measures everything that was due up to now.
	look(now time.Time)
	// changed tells that the truth is another from now on.
	changed()
}

// NewWorld returns a world in which everything is well. A nil clock means the real time.
func NewWorld(devices []Device, clock func() time.Time) (*World, error) {
	if clock == nil {
		clock = time.Now
	}
	w := &World{
		clock: clock, devices: slices.Clone(devices), byName: make(map[string]*Device, len(devices)),
		truth: map[string]Truth{}, bootedAt: map[string]time.Time{},
		at: make(map[netip.Addr]*Device, len(devices)),
	}
	for i := range w.devices {
		d := &w.devices[i]
		if w.byName[d.Name] != nil {
			return nil, fmt.Errorf("two devices are called %q", d.Name)
		}
		w.byName[d.Name] = d
		w.bootedAt[d.Name] = w.now().Add(-time.Duration(20+hash(d.Name)%200)*24*time.Hour - time.Duration(hash(d.MAC)%86400)*time.Second)
	}
	for _, d := range devices {
		if d.Parent != "" && w.byName[d.Parent] == nil {
			return nil, fmt.Errorf("device %q hangs behind %q, which does not exist", d.Name, d.Parent)
		}
		if w.depth(d.Name) > len(devices) {
			return nil, fmt.Errorf("device %q hangs behind itself", d.Name)
		}
	}
	w.resolve()
	return w, nil
}

func (w *World) depth(name string) int {
	n := 0
	for name != "" && n <= len(w.devices) {
		name = w.byName[name].Parent
		n++
	}
	return n
}

// Devices are the devices as they are now, in the order in which they were given.
func (w *World) Devices() []Device {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.devices)
}

// Device returns the device of that name.
func (w *World) Device(name string) (Device, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d, ok := w.byName[name]
	if !ok {
		return Device{}, false
	}
	return *d, true
}

// Behind returns the names of all devices that hang behind the named one, however deep.
func (w *World) Behind(name string) []string {
	var behind []string
	for i := range w.devices {
		for p := w.devices[i].Parent; p != ""; p = w.byName[p].Parent {
			if p == name {
				behind = append(behind, w.devices[i].Name)
				break
			}
		}
	}
	return behind
}

// Kill makes a device answer nothing any more; what hangs behind it cannot be reached either.
func (w *World) Kill(name string) error {
	return w.change(name, func(t *Truth) { t.Dead = true })
}

// Revive undoes Kill. The device has started again: its uptime begins anew.
func (w *World) Revive(name string) error {
	return w.change(name, func(t *Truth) {
		if t.Dead {
			w.bootedAt[name] = w.now()
		}
		t.Dead = false
	})
}

// StopAgent makes a device's management agent fall silent, while it still answers pings.
func (w *World) StopAgent(name string) error {
	return w.change(name, func(t *Truth) { t.AgentDead = true })
}

// StartAgent undoes StopAgent.
func (w *World) StartAgent(name string) error {
	return w.change(name, func(t *Truth) { t.AgentDead = false })
}

// Break puts a part of a device, such as "disk:2", into a state: StateWarning, StateCritical, or StateOK again.
func (w *World) Break(name, component string, s device.State) error {
	if !s.ClaimableBy(device.FacetHealth) {
		return fmt.Errorf("break %s of %s: %q is no state of a part", component, name, s)
	}
	return w.change(name, func(t *Truth) {
		t.Parts = maps.Clone(t.Parts)
		if t.Parts == nil {
			t.Parts = map[string]device.State{}
		}
		t.Parts[component] = s
		if s == device.StateOK {
			delete(t.Parts, component)
		}
	})
}

// Truth returns what really holds of a device.
func (w *World) Truth(name string) Truth {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.truth[name]
}

// Reachable reports whether a device really answers: it and all that it hangs behind are alive.
func (w *World) Reachable(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reachable(name)
}

func (w *World) reachable(name string) bool {
	for d := w.byName[name]; d != nil; d = w.byName[d.Parent] {
		if w.truth[d.Name].Dead {
			return false
		}
	}
	return true
}

func (w *World) answersSNMP(name string) bool { return w.reachable(name) && !w.truth[name].AgentDead }

func (w *World) uptime(name string, now time.Time) time.Duration {
	return max(now.Sub(w.bootedAt[name]), 0)
}

func (w *World) now() time.Time { return w.clock().UTC() }

// change lets every monitor finish what was due before the truth about one device becomes another.
func (w *World) change(name string, fn func(*Truth)) error {
	if w.byName[name] == nil {
		return fmt.Errorf("the lab has no device %q", name)
	}
	w.inspect(func(time.Time) {
		t := w.truth[name]
		fn(&t)
		w.truth[name] = t
		for _, m := range w.monitors {
			m.changed()
		}
	})
	return nil
}

// inspect runs fn when every monitor has looked up to now. Faults of a monitor are set in it as well.
func (w *World) inspect(fn func(now time.Time)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	for _, m := range w.monitors {
		m.look(now)
	}
	fn(now)
}

// attach adds a monitor, which looks at once.
func (w *World) attach(m monitor) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.monitors = append(w.monitors, m)
	m.look(w.now())
	m.changed()
}

// hash is FNV-1a: it gives a device numbers of its own that are the same in every run.
func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}
