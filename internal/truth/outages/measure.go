package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/lab"
)

// config is the agent's; every rule that is a time is as much shorter as the lab is faster.
const config = `
agent {
  data_dir = "data"
  listen   = "127.0.0.1:0"
}
source "librenms" "librenms" {
  interval = "%[1]v"
  config {
    url   = env("DEMO_LIBRENMS_URL")
    token = env("DEMO_LIBRENMS_TOKEN")
    step  = "%[2]v"
  }
}
source "prtg" "prtg" {
  interval = "%[1]v"
  config {
    url       = env("DEMO_PRTG_URL")
    api_token = env("DEMO_PRTG_TOKEN")
  }
}
consensus {
  probe_every     = "%[3]v"
  dispute_timeout = "%[4]v"
}
`

const eyes = `
source "reach" "reach" {
  interval = "%[1]v"
  config {
    timeout = "%[2]v"
    ports   = [22]
    rate    = 5000
  }
}
`

// event is one device that falls silent, and when.
type event struct {
	name      string
	at        netip.Addr
	down, up  time.Duration // since the beginning, as planned
	off, back time.Time     // as it was
}

// measured is what two agents made of the same outages.
type measured struct {
	outages       []event
	before, after []device.Event
}

// measure runs both agents through all outages.
func (p plan) measure(ctx context.Context) (m measured, err error) {
	dir, err := os.MkdirTemp("", "quorate-outages-")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	devices := lab.Crowd(p.outages, 1)
	var addresses []netip.Addr
	for i := range devices {
		devices[i].Address = netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)})
		devices[i].PRTG.Host = devices[i].Address.String()
		addresses = append(addresses, devices[i].Address)
	}
	if err := network(ctx, addresses); err != nil {
		return m, err
	}
	running, err := lab.Start(ctx, lab.Options{
		Dir: dir, Devices: devices, LibreNMSStep: p.here(librenmsStep), PRTGInterval: p.here(prtgInterval), Lost: p.lost,
	})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, running.Close()) }()
	plain := fmt.Sprintf(config, p.here(pollInterval), p.here(librenmsStep), p.here(10*time.Second).Round(time.Millisecond), p.here(10*time.Minute))
	own := fmt.Sprintf(eyes, p.here(reachInterval), p.here(reachTimeout))
	var agents []*agent
	for name, text := range map[string]string{"before": plain, "after": plain + own} {
		home := filepath.Join(dir, name)
		if err := os.Mkdir(home, 0o700); err != nil {
			return m, err
		}
		a, err := run(ctx, p.binary, home, text, running.Environ())
		if err != nil {
			return m, err
		}
		defer a.stop()
		witnesses := 2 + strings.Count(text, `"reach" "reach"`)
		if err := a.ready(ctx, p.outages, witnesses); err != nil {
			return m, err
		}
		if agents = append(agents, a); witnesses == 3 && len(agents) == 1 {
			defer func() { m.before, m.after = m.after, m.before }() // started in the other order
		}
	}
	if m.outages, err = p.play(ctx, running.World, devices); err != nil {
		return m, err
	}
	if m.before, err = agents[0].events(ctx); err != nil {
		return m, err
	}
	m.after, err = agents[1].events(ctx)
	return m, err
}

// lost draws for each measurement of each monitor, the same in every run of that moment.
func (p plan) lost(monitor, name string, at time.Time) bool {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s %s %d", p.seed, monitor, name, at.UnixNano())
	return rand.New(rand.NewPCG(p.seed, h.Sum64())).Float64() < p.loss
}

// play lets each device fall silent once, at a moment of its own.
func (p plan) play(ctx context.Context, w *lab.World, devices []lab.Device) ([]event, error) {
	r := rand.New(rand.NewPCG(p.seed, 0))
	span := outage * time.Duration(p.outages) / atOnce
	all := make([]event, len(devices))
	type step struct {
		at time.Duration
		e  *event
		up bool
	}
	var steps []step
	for i, d := range devices {
		down := p.here(librenmsStep) + time.Duration(r.Float64()*float64(p.here(span)))
		all[i] = event{name: d.Name, at: d.Address, down: down, up: down + p.here(outage)}
		steps = append(steps, step{all[i].down, &all[i], false}, step{all[i].up, &all[i], true})
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Compare(a.at, b.at) })
	began := time.Now()
	fmt.Fprintf(os.Stderr, "outages: %d outages take %v\n", len(all), (steps[len(steps)-1].at + p.here(outage)).Round(time.Second))
	for _, s := range steps {
		if err := pause(ctx, time.Until(began.Add(s.at))); err != nil {
			return nil, err
		}
		change, world, moment := off, w.Kill, &s.e.off
		if s.up {
			change, world, moment = on, w.Revive, &s.e.back
		}
		*moment = time.Now()
		if err := errors.Join(world(s.e.name), change(ctx, s.e.at)); err != nil {
			return nil, err
		}
	}
	return all, pause(ctx, p.here(outage))
}
