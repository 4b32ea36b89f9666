package reach

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

const (
	pluginVersion = "0.1.0"
	// maxLooks bounds the devices that are looked at at the same time, maxDials the connections.
	maxLooks = 512
	maxDials = 256
)

// Source looks at devices itself. The zero value is of no use; New makes one.
type Source struct {
	// What the tests replace.
	open    func(v6 bool, source netip.Addr) (socket, bool, error)
	connect func(ctx context.Context, to netip.AddrPort) error
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)

	set      settings
	ready    bool
	subjects []subject
	pace     *pacer
	dials    chan struct{}

	mu      sync.Mutex
	users   int // of eyes: polls and probes that run
	eyes    *looker
	memory  map[string]learnt // by ref
	counts  replies           // of sockets that are closed
	refused [2]string         // why ICMP of a family is not to be had, as it was logged
}

var (
	_ sdk.Source   = (*Source)(nil)
	_ sdk.Prober   = (*Source)(nil)
	_ sdk.Follower = (*Source)(nil)
	_ sdk.Checker  = (*Source)(nil)
)

// New returns a source that waits for its configuration.
func New() sdk.Source { return newSource() }

func newSource() *Source {
	return &Source{open: openSocket, resolve: func(ctx context.Context, host string) ([]netip.Addr, error) {
		return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	}}
}

// Info describes the plugin.
func (s *Source) Info() sdk.Info {
	return sdk.Info{Type: "reach", Version: pluginVersion, Config: schema()}
}

// Configure takes a Config as JSON. Nothing that was learnt of devices under an earlier configuration stays.
func (s *Source) Configure(_ context.Context, config []byte) error {
	var c Config
	if err := sourcehttp.DecodeConfig(config, &c); err != nil {
		return err
	}
	set, err := c.check()
	if err != nil {
		return err
	}
	s.set, s.ready = set, true
	s.pace, s.dials = newPacer(set.rate), make(chan struct{}, maxDials)
	s.memory = map[string]learnt{}
	return s.Follow(context.Background(), nil)
}

// Follow takes the devices that other sources report, in place of those that it took before.
func (s *Source) Follow(_ context.Context, devices []sdk.Followed) error {
	s.subjects = nil
	for _, t := range s.set.targets {
		s.subjects = append(s.subjects, t.subject(s.set.nat))
	}
	if s.set.follow {
		s.subjects = append(s.subjects, followed(s.set, devices)...)
	}
	known := make(map[string]bool, len(s.subjects))
	for _, sub := range s.subjects {
		known[sub.identity.Ref] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.memory, func(ref string, _ learnt) bool { return !known[ref] })
	return nil
}

// Poll looks at every device and emits an observation of each, those of the configuration first. Silent devices do not make
// it fail; that nothing could be asked at all does, and that its time was too short.
func (s *Source) Poll(ctx context.Context, emit func(device.Observation) error) error {
	k, err := s.acquire()
	if err != nil {
		return err
	}
	defer s.release()
	if err := s.enoughTime(ctx); err != nil {
		return err
	}
	all := make([]looked, len(s.subjects))
	busy := make(chan struct{}, maxLooks)
	var wg sync.WaitGroup
	for i := range s.subjects {
		select {
		case busy <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			all[i] = s.look(ctx, k, s.subjects[i])
			<-busy
		})
	}
	wg.Wait()
	if err := verdict(ctx, all); err != nil {
		return err
	}
	for _, l := range all {
		if err := emit(l.observation); err != nil {
			return err
		}
	}
	return nil
}

// looked is what came of looking at one device.
type looked struct {
	observation device.Observation
	own         error // what this machine could not do
	done        bool
}

func (s *Source) look(ctx context.Context, k *looker, sub subject) looked {
	s.mu.Lock()
	l := s.memory[sub.identity.Ref]
	s.mu.Unlock()
	o, own, err := k.device(ctx, sub, &l)
	if err != nil {
		return looked{}
	}
	s.mu.Lock()
	s.memory[sub.identity.Ref] = l
	s.mu.Unlock()
	return looked{o, own, true}
}

// verdict is why a poll fails as a whole.
func verdict(ctx context.Context, all []looked) error {
	missing, failed := 0, 0
	var own error
	for _, l := range all {
		if !l.done {
			missing++
		}
		if l.own != nil {
			failed, own = failed+1, l.own
		}
	}
	switch {
	case missing > 0:
		return fmt.Errorf("%d of %d devices were not looked at in time: give the source a longer timeout, or a higher rate: %w",
			missing, len(all), context.Cause(ctx))
	case failed > 0 && failed == len(all):
		return fmt.Errorf("no device could be asked, for a reason of this machine: %w", own)
	}
	return nil
}

// enoughTime finds out before the first packet what could not end well: a packet a device is the least.
func (s *Source) enoughTime(ctx context.Context) error {
	end, ok := ctx.Deadline()
	need := time.Duration(float64(len(s.subjects)) / s.set.rate * float64(time.Second))
	if ok && time.Until(end) < need {
		return fmt.Errorf("%d devices at a rate of %v packets a second take %v: raise \"rate\", or give the source a longer timeout and interval",
			len(s.subjects), s.set.rate, need.Round(time.Second))
	}
	return nil
}

// Probe looks at one device at once, by its ref.
func (s *Source) Probe(ctx context.Context, ref string) (device.Observation, error) {
	for _, sub := range s.subjects {
		if sub.identity.Ref != ref {
			continue
		}
		k, err := s.acquire()
		if err != nil {
			return device.Observation{}, err
		}
		defer s.release()
		urgent := *k
		urgent.urgent = true
		l := s.look(ctx, &urgent, sub)
		if !l.done {
			return device.Observation{}, fmt.Errorf("look at %.60q: %w", ref, context.Cause(ctx))
		}
		return l.observation, nil
	}
	return device.Observation{}, fmt.Errorf("there is no device %.60q to look at", ref)
}

// acquire opens the sockets, or joins a poll or probe that has them open.
func (s *Source) acquire() (*looker, error) {
	if !s.ready {
		return nil, errors.New("not configured")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		k, err := s.openEyes()
		if err != nil {
			return nil, err
		}
		s.eyes = k
	}
	s.users++
	return s.eyes, nil
}

// release closes the sockets when the last user has gone.
func (s *Source) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users > 0 {
		return
	}
	for _, p := range s.eyes.pings {
		if p != nil {
			s.counts = s.counts.plus(p.close())
		}
	}
	s.eyes = nil
}

// openEyes opens a socket for each address family that ICMP is wanted and permitted for. Who calls it holds mu.
func (s *Source) openEyes() (*looker, error) {
	around, err := lookAround()
	if err != nil {
		return nil, err
	}
	k := &looker{set: s.set, resolve: s.resolve, connect: s.connect, around: around, pace: s.pace, dials: s.dials}
	if k.connect == nil {
		k.connect = dialer{s.set.source}.connect
	}
	if !s.set.icmp {
		return k, nil
	}
	opened := 0
	for i, v6 := range []bool{false, true} {
		socket, datagram, err := s.open(v6, s.set.source)
		s.say(i, err)
		if err == nil {
			k.pings[i] = newPinger(socket, v6, datagram, around.own)
			opened++
		}
	}
	if opened == 0 && !s.set.tcp {
		return nil, errors.New("ICMP is not permitted, and \"methods\" has nothing else: " + permit)
	}
	return k, nil
}

// permit is what to do where ICMP is not permitted.
const permit = "let the agent's group send echoes (sysctl net.ipv4.ping_group_range), or give the service AmbientCapabilities=CAP_NET_RAW"

// say logs that ICMP of a family is not to be had, and that it is again: once each.
func (s *Source) say(family int, err error) {
	name, why := []string{"IPv4", "IPv6"}[family], ""
	if err != nil {
		why = err.Error()
	}
	switch {
	case why == s.refused[family]:
	case errors.Is(err, errNotPermitted):
		slog.Warn("ICMP is not permitted: this source looks by TCP alone, and silence is down at half confidence", "family", name, "do", permit)
	case err != nil:
		slog.Warn("ICMP cannot be used: this source looks by TCP alone, and silence is down at half confidence", "family", name, "err", why)
	default:
		slog.Info("ICMP can be used again", "family", name)
	}
	s.refused[family] = why
}
