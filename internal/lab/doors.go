package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Doors are a TCP port of each device of a world, the same for all, on loopback: it answers while the device does and
// falls silent with it. A source that looks itself finds the devices there by NAT. A device that moves keeps its door.
type Doors struct {
	// Port is where all of them are.
	Port uint16
	// NAT are the prefixes of the devices, and where they lie on loopback.
	NAT map[string]string

	world *World
	doors map[string]*Door // by the device's name

	mu     sync.Mutex
	failed error // the first failure to open or silence a door
}

// OpenDoors opens the doors in 127.network.0.0/16, which the caller chooses so that nobody else uses it.
func OpenDoors(w *World, network byte) (*Doors, error) {
	for range 10 {
		d := &Doors{world: w, NAT: map[string]string{}, doors: map[string]*Door{}}
		err := d.open(network)
		if err == nil {
			w.attach(d)
			return d, nil
		}
		if err := d.closeAll(); err != nil {
			return nil, err
		}
		// Another program has that port on all addresses: another one is chosen.
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, err
		}
	}
	return nil, errors.New("no port is free on every address")
}

func (d *Doors) open(network byte) error {
	places := map[netip.Prefix]byte{}
	for _, dev := range d.world.Devices() {
		prefix := netip.PrefixFrom(dev.Address, 24).Masked()
		if _, ok := places[prefix]; !ok {
			places[prefix] = byte(len(places) + 1)
			d.NAT[prefix.String()] = fmt.Sprintf("127.%d.%d.0/24", network, places[prefix])
		}
		at := netip.AddrFrom4([4]byte{127, network, places[prefix], dev.Address.As4()[3]})
		door, err := OpenDoor(netip.AddrPortFrom(at, d.Port))
		if err != nil {
			return err
		}
		d.doors[dev.Name], d.Port = door, door.Address().Port()
	}
	return nil
}

// Door returns a device's door, nil where there is no such device.
func (d *Doors) Door(name string) *Door { return d.doors[name] }

// Close closes all doors. The error is the first of all that went wrong since they were opened.
func (d *Doors) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return errors.Join(d.failed, d.closeAll())
}

func (d *Doors) closeAll() error {
	var errs []error
	for _, door := range d.doors {
		errs = append(errs, door.Close())
	}
	return errors.Join(errs...)
}

// look needs nothing: a door answers at once.
func (d *Doors) look(time.Time) {}

func (d *Doors) changed() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, door := range d.doors {
		change := door.Silence
		if d.world.reachable(name) {
			change = door.Answer
		}
		if err := change(); err != nil && d.failed == nil {
			d.failed = err
		}
	}
}
