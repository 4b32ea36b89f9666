// Command quorate-source-tcp is a complete source plugin in small: which of a list of addresses takes TCP connections.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

func main() { sdk.Serve(&doors{}) }

// doors is one configured source.
type doors struct{ config config }

type config struct {
	Timeout device.Duration `json:"timeout"`
	Target  []target        `json:"target"` // the blocks, in the order of the file
}

type target struct {
	Name    string `json:"name"` // the block's label
	Address string `json:"address"`
}

// Info is what the agent asks first: it checks the configuration against this schema, with file and line.
func (d *doors) Info() sdk.Info {
	return sdk.Info{Type: "tcp", Version: "1.0.0", Config: sdk.Schema{
		Attributes: []sdk.Attribute{{Name: "timeout", Type: sdk.TypeDuration, Default: `"3s"`, Doc: "How long one connection may take."}},
		Blocks: []sdk.Block{{Name: "target", Labels: []string{"name"}, Min: 1, Doc: "A device.", Schema: sdk.Schema{
			Attributes: []sdk.Attribute{{Name: "address", Type: sdk.TypeString, Required: true, Doc: "Its address and port: 192.0.2.10:22."}},
		}}},
	}}
}

// Configure checks what a schema cannot say. It opens no connection.
func (d *doors) Configure(_ context.Context, b []byte) error {
	var c config
	if err := json.Unmarshal(b, &c); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	for _, t := range c.Target {
		if _, _, err := net.SplitHostPort(t.Address); err != nil {
			return fmt.Errorf("address of target %q: %.80q is no host:port", t.Name, t.Address)
		}
	}
	if c.Timeout <= 0 {
		c.Timeout = device.Duration(3 * time.Second)
	}
	d.config = c
	return nil
}

// Poll tries all targets at once.
func (d *doors) Poll(ctx context.Context, emit func(device.Observation) error) error {
	errs := make([]error, len(d.config.Target))
	var wg sync.WaitGroup
	for i, t := range d.config.Target {
		wg.Go(func() {
			o, err := d.look(ctx, t)
			if err == nil {
				err = emit(o)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Probe looks at one device now, when the agent needs a tie-breaker.
func (d *doors) Probe(ctx context.Context, ref string) (device.Observation, error) {
	for _, t := range d.config.Target {
		if t.Name == ref {
			return d.look(ctx, t)
		}
	}
	return device.Observation{}, fmt.Errorf("no target %q", ref)
}

func (d *doors) look(ctx context.Context, t target) (device.Observation, error) {
	o := device.Observation{Identity: device.Identity{Ref: t.Name, Name: t.Name}}
	if host, _, err := net.SplitHostPort(t.Address); err == nil && net.ParseIP(host) != nil {
		o.Addresses = []string{host}
	}
	dialer := net.Dialer{Timeout: time.Duration(d.config.Timeout)}
	conn, err := dialer.DialContext(ctx, "tcp", t.Address)
	reach := device.Claim{Facet: device.FacetReach}
	var timeout net.Error
	switch {
	case err == nil:
		reach.State, reach.Raw = device.StateUp, "connected"
		err = conn.Close()
	case ctx.Err() != nil:
		// The poll was cut off: that says nothing about the device.
		return o, context.Cause(ctx)
	case errors.Is(err, syscall.ECONNREFUSED):
		// Who refuses is there.
		reach.State, reach.Raw, err = device.StateUp, "connection refused", nil
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, syscall.EHOSTUNREACH):
		reach.State, reach.Raw, err = device.StateDown, "no answer", nil
	default:
		// No network of our own, no such name: we do not know, and say so.
		o.Abstain, err = device.AbstainUnknown, nil
		return o, err
	}
	o.Claims = []device.Claim{reach}
	return o, err
}
