package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

func info(ctx context.Context, k *kit) error {
	p, err := k.start(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	var first sdk.Info
	for n := range 2 {
		call, cancel := context.WithTimeout(ctx, callTime)
		i, err := p.Describe(call)
		cancel()
		if err != nil {
			return err
		}
		if !i.Can(sdk.CapabilityPoll) {
			return errors.New("the capability \"poll\" is missing")
		}
		if n == 0 {
			first = i
		}
		if !reflect.DeepEqual(i, first) {
			return errors.New("two calls gave different answers")
		}
	}
	return documented("", first.Config)
}

func documented(at string, s sdk.Schema) error {
	for _, a := range s.Attributes {
		if a.Doc == "" {
			return fmt.Errorf("attribute %q has no doc", at+a.Name)
		}
	}
	for _, b := range s.Blocks {
		if err := documented(at+b.Name+".", b.Schema); err != nil {
			return err
		}
	}
	return nil
}

func stableRefs(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	first, err := k.poll(ctx, p)
	if err != nil {
		return err
	}
	if len(first.Observations) == 0 {
		return errors.New("the poll of a healthy monitor gave no device")
	}
	if want := slices.Sorted(slices.Values(k.c.Refs)); k.c.Refs != nil && !slices.Equal(want, refs(first)) {
		return fmt.Errorf("refs are %q, want %q", refs(first), want)
	}
	second, err := k.poll(ctx, p)
	if err != nil {
		return fmt.Errorf("second poll: %w", err)
	}
	if err := sameIdentities(first, second); err != nil {
		return fmt.Errorf("second poll: %w", err)
	}
	again, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer again.stop()
	third, err := k.poll(ctx, again)
	if err != nil {
		return fmt.Errorf("poll of a new process: %w", err)
	}
	if err := sameIdentities(first, third); err != nil {
		return fmt.Errorf("poll of a new process: %w", err)
	}
	return nil
}

func refs(p sdk.Polled) []string {
	var refs []string
	for _, o := range p.Observations {
		refs = append(refs, o.Ref)
	}
	slices.Sort(refs)
	return refs
}

// sameIdentities compares who the devices are. What hangs on them may change.
func sameIdentities(a, b sdk.Polled) error {
	if !slices.Equal(refs(a), refs(b)) {
		return fmt.Errorf("the refs differ: %.400q and %.400q", refs(a), refs(b))
	}
	first := map[string]device.Identity{}
	for _, o := range a.Observations {
		o.Links = nil
		first[o.Ref] = o.Identity
	}
	for _, o := range b.Observations {
		o.Links = nil
		if want := first[o.Ref]; !reflect.DeepEqual(want, o.Identity) {
			return fmt.Errorf("the identity of ref %q differs: %.400v and %.400v", o.Ref, want, o.Identity)
		}
	}
	return nil
}

func steadyClaims(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	first, err := k.poll(ctx, p)
	if err != nil {
		return err
	}
	second, err := k.poll(ctx, p)
	if err != nil {
		return err
	}
	before := map[string]device.Observation{}
	for _, o := range first.Observations {
		before[o.Ref] = o
	}
	for _, o := range second.Observations {
		was, ok := before[o.Ref]
		if !ok {
			return fmt.Errorf("ref %q is new", o.Ref)
		}
		if was.Abstain != o.Abstain {
			return fmt.Errorf("ref %q abstains with %q, then with %q", o.Ref, was.Abstain, o.Abstain)
		}
		if a, b := timeless(was.Claims), timeless(o.Claims); !reflect.DeepEqual(a, b) {
			return fmt.Errorf("the claims of ref %q differ: %.400v and %.400v", o.Ref, a, b)
		}
	}
	return nil
}

// timeless returns claims without what may differ: when they were measured, and their order.
func timeless(claims []device.Claim) []string {
	var all []string
	for _, c := range claims {
		all = append(all, fmt.Sprintf("%s %s %s %v %v %q", c.Facet, c.Component, c.State, c.Sure(), c.Interval, c.Raw))
	}
	slices.Sort(all)
	return all
}

func probe(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	i, err := p.Describe(ctx)
	if err != nil {
		return err
	}
	if !i.Can(sdk.CapabilityProbe) {
		return skipped("the source cannot probe")
	}
	polled, err := k.poll(ctx, p)
	if err != nil {
		return err
	}
	ref := k.c.ProbeRef
	if ref == "" && len(polled.Observations) > 0 {
		ref = polled.Observations[0].Ref
	}
	poll, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := p.Poll(poll, k.polls+1)
		done <- err
	}()
	o, err := p.Probe(poll, ref)
	if pollErr := <-done; pollErr != nil {
		return fmt.Errorf("a poll beside a probe: %w", k.heard(pollErr))
	}
	if err != nil {
		return fmt.Errorf("probe of %q: %w", ref, k.heard(err))
	}
	if err := words(o, time.Now()); err != nil {
		return fmt.Errorf("probe of %q: %w", ref, err)
	}
	if _, err := p.Probe(poll, "no such ref"); k.heard(err) == nil {
		return errors.New("the probe of an unknown ref ended well")
	}
	return p.healthy(ctx)
}
