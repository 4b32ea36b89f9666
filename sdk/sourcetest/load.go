package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

func faults(ctx context.Context, k *kit) error {
	if len(k.c.Faults) == 0 {
		return skipped("the case has no Faults")
	}
	list := k.c.Faults
	if k.c.Hang != nil && !k.c.Measures {
		list = append([]Fault{{Name: "hangs", Set: k.c.Hang, Timeout: hangTime}}, list...)
	}
	for _, f := range list {
		if err := k.fault(ctx, f); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func (k *kit) fault(ctx context.Context, f Fault) error {
	config := k.c.Config
	if f.Config != "" {
		config = f.Config
	}
	p, err := k.configured(ctx, config)
	if err != nil {
		return err
	}
	defer p.stop()
	undo := func() {}
	if f.Set != nil {
		undo = f.Set()
	}
	timeout := k.timeout
	if f.Timeout > 0 {
		timeout = f.Timeout
	}
	polled, err := k.pollWithin(ctx, p, timeout)
	undo()
	judge := f.Check
	if judge == nil {
		judge = f.judge
	}
	if err := judge(polled, err); err != nil {
		return err
	}
	if err := p.healthy(ctx); err != nil {
		return fmt.Errorf("after it: %w; stderr: %s", err, p.launched.tail())
	}
	if f.Config != "" || err == nil || sdk.IsPermanent(err) {
		return nil
	}
	drain, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := p.Drain(drain); err != nil {
		return fmt.Errorf("the poll runs on: %w", err)
	}
	if _, err := k.poll(ctx, p); err != nil {
		return fmt.Errorf("the poll after it: %w", err)
	}
	return nil
}

// judge is the rule: the poll fails, with a message worth reading.
func (f Fault) judge(p sdk.Polled, err error) error {
	if err == nil {
		for _, o := range p.Observations {
			for _, c := range o.Claims {
				if c.State == device.StateDown {
					return fmt.Errorf("the poll calls ref %q down (%s)", o.Ref, c.Raw)
				}
			}
		}
		return errors.New("the poll ended well")
	}
	switch {
	case errors.Is(err, sdk.ErrUnavailable):
		return fmt.Errorf("the plugin died of it: %w", err)
	case !strings.Contains(err.Error(), f.Want):
		return fmt.Errorf("the error does not say %q: %w", f.Want, err)
	case f.Permanent != sdk.IsPermanent(err):
		return fmt.Errorf("marked as permanent is %v, want %v: %w", sdk.IsPermanent(err), f.Permanent, err)
	case len(err.Error()) > 500:
		return fmt.Errorf("the error has %d characters, which begin %.200q", len(err.Error()), err.Error())
	}
	return nil
}

const (
	manyDevices = 1000
	warmUp      = 10
	manyPolls   = 60
	// Room for the collector, which returns memory late, and for the race detector.
	mayGrow = 32 << 20
)

func scale(ctx context.Context, k *kit) error {
	if k.c.Grow != nil {
		if err := k.large(ctx); err != nil {
			return err
		}
	}
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	var memory, files int
	for n := range warmUp + manyPolls {
		if _, err := k.poll(ctx, p); err != nil {
			return fmt.Errorf("poll %d: %w", n+1, err)
		}
		if n != warmUp-1 {
			continue
		}
		if memory, files, err = p.holds(); err != nil {
			return skipped("needs /proc: " + err.Error())
		}
	}
	nowMemory, nowFiles, err := p.holds()
	switch {
	case err != nil:
		return err
	case nowMemory > memory+mayGrow:
		return fmt.Errorf("%d polls took %d KiB", manyPolls, (nowMemory-memory)>>10)
	case nowFiles > files+4:
		return fmt.Errorf("%d polls left %d descriptors open", manyPolls, nowFiles-files)
	case k.c.Grow == nil:
		return skipped("the case has no Grow; memory and descriptors are flat")
	}
	return nil
}

func (k *kit) large(ctx context.Context) error {
	config, undo := k.c.Grow(manyDevices)
	defer undo()
	p, err := k.configured(ctx, config)
	if err != nil {
		return err
	}
	defer p.stop()
	polled, err := k.poll(ctx, p)
	if err != nil {
		return fmt.Errorf("%d devices: %w", manyDevices, err)
	}
	if n := len(polled.Observations); n != manyDevices {
		return fmt.Errorf("%d devices of %d came", n, manyDevices)
	}
	return nil
}

// holds returns the resident memory in bytes and the number of open descriptors.
func (p *process) holds() (memory, files int, err error) {
	dir := filepath.Join("/proc", p.launched.ID())
	b, err := os.ReadFile(filepath.Join(dir, "statm"))
	if err != nil {
		return 0, 0, err
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0, 0, fmt.Errorf("statm: %q", b)
	}
	pages, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return 0, 0, err
	}
	open, err := os.ReadDir(filepath.Join(dir, "fd"))
	return pages * os.Getpagesize(), len(open), err
}

// commandLine returns what others on the machine see of the process.
func (p *process) commandLine() (string, error) {
	b, err := os.ReadFile(filepath.Join("/proc", p.launched.ID(), "cmdline"))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}
