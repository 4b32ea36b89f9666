package snmpdirect

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
)

// maxAdopted bounds the devices that are polled because they were found.
const maxAdopted = 2000

// discovery looks for devices and keeps those that are adopted.
type discovery struct {
	*search
	open func(s *search) (*knocker, error)
	// target makes the state of a device that was found.
	target func(name string, at netip.AddrPort, credentials []string) (*target, error)

	mu      sync.Mutex // guards what follows
	adopted []*adoptee
}

// adoptee is a device that is polled because it was found.
type adoptee struct {
	target       *target
	at           netip.AddrPort
	engine, name string
}

// discovered is a device that was found, and asked for what it is; one that lets nobody in has no observation.
type discovered struct {
	answering
	target     *target
	seen       device.Observation
	credential string // that lets us in; "" where none does
}

// sweep goes through the ranges once, past what known says is known already, and hands over each device that is found. It
// tells how many addresses were done with. Its error is that of an ended context, of found, or of a machine that cannot
// send.
func (d *discovery) sweep(ctx context.Context, known func(netip.Addr) bool, found func(*discovered) error) (done int, err error) {
	k, err := d.open(d.search)
	if err != nil {
		return 0, err
	}
	defer func() { _ = k.conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = k.conn.Close() })
	defer stop()
	var batch []netip.Addr
	flush := func() error {
		all, err := k.batch(ctx, batch)
		if err != nil {
			return err
		}
		for _, a := range all {
			f, err := d.meet(ctx, a)
			if err != nil {
				return err
			}
			if err := found(f); err != nil {
				return err
			}
		}
		done += len(batch)
		batch = batch[:0]
		return nil
	}
	for a := range d.addresses() {
		if known(a) {
			continue
		}
		if batch = append(batch, a); len(batch) == knockBatch {
			if err := flush(); err != nil {
				return done, err
			}
		}
	}
	return done, flush()
}

// meet asks an agent that answers what it is.
func (d *discovery) meet(ctx context.Context, a *answering) (*discovered, error) {
	f := &discovered{answering: *a}
	var names []string
	for _, c := range d.credentials {
		if c.Name == a.credential || (c.Version == "v3" && a.v3) {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return f, nil
	}
	t, err := d.target(plain(a.at), a.at, names)
	if err != nil {
		return nil, err
	}
	o, err := t.poll(ctx, time.Time{}, nil)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(o.Claims, func(c device.Claim) bool { return c.Facet == device.FacetMgmt && c.State == device.StateUp }) {
		f.target, f.seen, f.credential = t, o, t.ways[max(t.good, 0)].credential.Name
	}
	return f, nil
}

// plain is an address as a person writes it: the usual port is left out.
func plain(at netip.AddrPort) string {
	if at.Port() == defaultPort {
		return at.Addr().String()
	}
	return at.String()
}

// take adopts a device, or finds that it is known. Its ref is its SNMPv3 engine id, so that it stays the same device at
// another address; without one, or where another device has the same, it is the address. A known device that is found at
// another address while its old one is silent has moved. A device that answers at several addresses is adopted once.
func (d *discovery) take(f *discovered, b *book, configured int) {
	if f.target == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	engine, name := f.seen.EngineID, f.seen.Name
	ref := plain(f.at)
	if engine != "" {
		ref = "engine-" + engine
		if b.has(engine, name, configured) {
			return
		}
	}
	for i, a := range d.adopted {
		switch {
		case a.at == f.at:
			return
		case engine == "" || a.engine != engine:
			continue
		case a.name != name:
			ref = plain(f.at) // a clone
			continue
		case b.answers(configured + i):
			return // another address of it
		}
		f.target.name = a.target.name
		d.adopted[i] = &adoptee{f.target, f.at, engine, name}
		return
	}
	if len(d.adopted) == maxAdopted {
		return
	}
	f.target.name = ref
	d.adopted = append(d.adopted, &adoptee{f.target, f.at, engine, name})
}

// at reports whether an adopted device is at an address.
func (d *discovery) at(a netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(d.adopted, func(x *adoptee) bool { return x.at.Addr() == a })
}

// targets are those of the adopted devices.
func (d *discovery) targets() []*target {
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]*target, len(d.adopted))
	for i, a := range d.adopted {
		all[i] = a.target
	}
	return all
}

// label is how a person may call a device that was found, as the name of a target.
func (f *discovered) label() string {
	name, _, _ := strings.Cut(f.seen.Name, ".")
	return cmp.Or(device.Slug(name), plain(f.at))
}
