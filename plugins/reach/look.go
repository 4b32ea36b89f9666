package reach

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/quorate/quorate/device"
)

// looker looks at devices while its sockets are open.
type looker struct {
	set     settings
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	connect func(ctx context.Context, to netip.AddrPort) error
	pings   [2]*pinger // of IPv4 and of IPv6; nil where ICMP is not permitted
	around  neighbourhood
	pace    *pacer
	dials   chan struct{} // bounds the connections that are open at a time
	urgent  bool          // one device that somebody waits for
}

// learnt is what is remembered of a device between two looks.
type learnt struct {
	resolved []netip.Addr // for when its name does not resolve
	address  netip.Addr   // that answered last
	port     uint16       // that answered last
}

// found is what came of looking at one address, by each method that was tried.
type found []outcome

// sum is the answer, or all that was silent and the last failure of our own.
func (f found) sum() (answer *outcome, silence []outcome, err error) {
	for i := range f {
		switch f[i].kind {
		case answered:
			return &f[i], f[:i], nil
		case silent:
			silence = append(silence, f[i])
		case ownFault:
			err = f[i].err
		}
	}
	return nil, silence, err
}

// device looks at one device. The error is the context's end; what this machine could not do is the second result, for a
// poll in which nothing else was found.
func (k *looker) device(ctx context.Context, s subject, l *learnt) (o device.Observation, own error, err error) {
	o.Identity = s.identity
	addresses, err := k.addresses(ctx, s, l)
	if err != nil {
		if ctx.Err() != nil {
			return o, nil, context.Cause(ctx)
		}
		o.Abstain = device.AbstainUnknown // the name does not resolve
		return o, nil, nil
	}
	if s.host != "" {
		for _, a := range addresses {
			o.Addresses = append(o.Addresses, a.String())
		}
		for i, a := range addresses {
			addresses[i] = k.set.nat.seen(a)
		}
	}
	if i := slices.Index(addresses, l.address); i > 0 {
		addresses[0], addresses[i] = addresses[i], addresses[0]
	}
	all := []found{k.address(ctx, addresses[0], s.ports, l.port)}
	if answer, _, _ := all[0].sum(); answer == nil && len(addresses) > 1 && ctx.Err() == nil {
		all = append(all, k.others(ctx, addresses[1:], s.ports)...)
	}
	if ctx.Err() != nil {
		return o, nil, context.Cause(ctx)
	}
	own = k.judge(&o, all, addresses, l)
	return o, own, nil
}

// addresses returns where to look. A name that no longer resolves stands for what it was last: the server of names may be
// the device that is down.
func (k *looker) addresses(ctx context.Context, s subject, l *learnt) ([]netip.Addr, error) {
	if s.host == "" {
		return slices.Clone(s.addresses), nil
	}
	ctx, cancel := context.WithTimeout(ctx, k.set.timeout)
	defer cancel()
	all, err := k.resolve(ctx, s.host)
	if err != nil || len(all) == 0 {
		if len(l.resolved) == 0 {
			return nil, fmt.Errorf("resolve %.60q", s.host)
		}
		return slices.Clone(l.resolved), nil
	}
	for i := range all {
		all[i] = all[i].Unmap()
	}
	slices.SortFunc(all, func(a, b netip.Addr) int { return a.Compare(b) }) // IPv4 first, and the same order each time
	all = slices.Compact(all)
	l.resolved = slices.Clone(all[:min(len(all), maxAddresses)])
	return slices.Clone(l.resolved), nil
}

func (k *looker) others(ctx context.Context, addresses []netip.Addr, ports []uint16) []found {
	all := make([]found, len(addresses))
	var wg sync.WaitGroup
	for i, a := range addresses {
		wg.Go(func() { all[i] = k.address(ctx, a, ports, 0) })
	}
	wg.Wait()
	return all
}

// address tries one method, and the other where nobody answers.
func (k *looker) address(ctx context.Context, to netip.Addr, ports []uint16, last uint16) found {
	if !single(to) || k.around.whole(to) {
		return found{fault(syscall.EACCES)} // what the kernel says of a broadcast
	}
	var f found
	methods := []func(){
		func() {
			if p := k.pinger(to); p != nil {
				f = append(f, p.ping(ctx, to, k.set.timeout, func(ctx context.Context) error { return k.pace.wait(ctx, k.urgent) }))
			}
		},
		func() {
			if k.set.tcp {
				f = append(f, k.tryPorts(ctx, to, ports, last))
			}
		},
	}
	if k.set.first == methodTCP {
		slices.Reverse(methods)
	}
	for _, try := range methods {
		if try(); len(f) > 0 && f[len(f)-1].kind == answered || ctx.Err() != nil {
			break
		}
	}
	return f
}

func (k *looker) pinger(to netip.Addr) *pinger {
	if to.Is4() {
		return k.pings[0]
	}
	return k.pings[1]
}

// judge says what was found: up where any address answers, down where all that could be asked are silent, and otherwise
// nothing.
func (k *looker) judge(o *device.Observation, all []found, addresses []netip.Addr, l *learnt) error {
	o.ObservedAt = time.Now().UTC()
	var fewest, first []outcome
	var own error
	for i, f := range all {
		answer, silence, err := f.sum()
		if answer != nil {
			l.address = addresses[i]
			if answer.port != 0 {
				l.port = answer.port
			}
			o.Claims = []device.Claim{{Facet: device.FacetReach, State: device.StateUp, Raw: words(append(slices.Clone(silence), *answer))}}
			if answer.took > 0 {
				o.Readings = []device.Reading{{Quantity: "response_time", Value: answer.took.Seconds(), Unit: "s"}}
			}
			return nil
		}
		if err != nil {
			own = err
		}
		if len(silence) > 0 && first == nil {
			first, fewest = silence, silence
		} else if len(silence) > 0 && len(silence) < len(fewest) {
			fewest = silence
		}
	}
	if first == nil {
		o.Abstain = device.AbstainUnknown
		return own
	}
	sure := 1.0
	if len(fewest) < 2 {
		sure = 0.5
	}
	raw := words(first)
	if len(all) > 1 {
		raw = fmt.Sprintf("%s; %d addresses", raw, len(all))
	}
	o.Claims = []device.Claim{{Facet: device.FacetReach, State: device.StateDown, Confidence: &sure, Raw: raw}}
	return nil
}
