package sourcetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"strings"
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

// quantities holds the unit of each quantity, in UCUM.
func quantities() map[string]string {
	return map[string]string{
		"oper": "1", "admin": "1", "speed": "bit/s", "in_rate": "By/s", "out_rate": "By/s", "in_errors": "/s",
		"out_errors": "/s", "in_discards": "/s", "out_discards": "/s", "temperature": "Cel", "fan_speed": "rpm",
		"power": "W", "energy": "kW.h", "voltage": "V", "current": "A", "frequency": "Hz", "humidity": "%", "load": "%",
		"used": "By", "size": "By", "charge": "%", "runtime": "s", "uptime": "s", "clients": "1", "count": "1",
		"signal": "dBm", "poe_used": "W", "poe_available": "W", "state": "1", "response_time": "s",
	}
}

func components() []string {
	return []string{"port", "fan", "psu", "temperature", "disk", "raid", "volume", "memory", "cpu", "ap", "ups", "stack", "service"}
}

func validObservations(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	polled, err := k.poll(ctx, p)
	if err != nil {
		return err
	}
	if len(polled.Rejected) > 0 {
		r := polled.Rejected[0]
		return fmt.Errorf("%d observations were rejected, the first, ref %q: %s", len(polled.Rejected), r.Ref, r.Reason)
	}
	now := time.Now()
	if c := polled.SourceClock; !c.IsZero() {
		now = c
	}
	var bad []error
	for _, o := range polled.Observations {
		if err := words(o, now); err != nil && len(bad) < 5 {
			bad = append(bad, fmt.Errorf("ref %q: %w", o.Ref, err))
		}
	}
	return errors.Join(bad...)
}

// words checks what the agent takes as it comes and yet cannot use: unknown words, units and kinds.
func words(o device.Observation, now time.Time) error {
	const slack = time.Minute
	future := func(at time.Time) bool { return at.After(now.Add(slack)) }
	if future(o.ObservedAt) {
		return fmt.Errorf("observed_at %v is in the future", o.ObservedAt)
	}
	if o.Abstain != "" && len(o.Claims) > 0 {
		return fmt.Errorf("it abstains (%s) and makes claims", o.Abstain)
	}
	for _, a := range o.Addresses {
		if _, err := netip.ParseAddr(a); err != nil {
			return fmt.Errorf("address %.80q is none", a)
		}
	}
	for _, m := range o.MACs {
		if _, err := net.ParseMAC(m); err != nil {
			return fmt.Errorf("mac %.80q is none", m)
		}
	}
	for i, c := range o.Claims {
		if err := component(c.Component); err != nil {
			return fmt.Errorf("claims[%d]: %w", i, err)
		}
		if future(c.ObservedAt) {
			return fmt.Errorf("claims[%d]: observed_at %v is in the future", i, c.ObservedAt)
		}
	}
	known := quantities()
	for i, r := range o.Readings {
		if err := component(r.Component); err != nil {
			return fmt.Errorf("readings[%d]: %w", i, err)
		}
		unit, ok := known[r.Quantity]
		if !ok {
			return fmt.Errorf("readings[%d]: unknown quantity %.80q", i, r.Quantity)
		}
		if r.Unit != unit {
			return fmt.Errorf("readings[%d]: %s is in %q, not in %.80q", i, r.Quantity, unit, r.Unit)
		}
	}
	for i, a := range o.Alerts {
		classes := []string{"reachability", "management", "interface", "storage", "environment", "power", "compute", "service", "other"}
		if !slices.Contains(classes, a.Class) {
			return fmt.Errorf("alerts[%d]: unknown class %.80q", i, a.Class)
		}
		if !slices.Contains([]string{"info", "warning", "critical"}, a.Severity) {
			return fmt.Errorf("alerts[%d]: unknown severity %.80q", i, a.Severity)
		}
		if future(a.Since) {
			return fmt.Errorf("alerts[%d]: since %v is in the future", i, a.Since)
		}
	}
	return nil
}

func component(c string) error {
	if c == "" {
		return nil
	}
	kind, label, ok := strings.Cut(c, ":")
	if !ok || label == "" || !slices.Contains(components(), kind) {
		return fmt.Errorf("component %.80q is not kind:label with a known kind", c)
	}
	return nil
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

// secrets collects the values of the sensitive attributes in the configuration.
func secrets(s sdk.Schema, config map[string]any) []string {
	var found []string
	for _, a := range s.Attributes {
		if v, ok := config[a.Name].(string); ok && a.Sensitive && v != "" {
			found = append(found, v)
		}
	}
	for _, b := range s.Blocks {
		list, _ := config[b.Name].([]any)
		for _, x := range list {
			if m, ok := x.(map[string]any); ok {
				found = append(found, secrets(b.Schema, m)...)
			}
		}
	}
	return found
}

func noSecrets(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	i, err := p.Describe(ctx)
	if err != nil {
		return err
	}
	if _, err := k.poll(ctx, p); err != nil {
		return err
	}
	cmdline, err := p.commandLine()
	if err != nil {
		return err
	}
	var all []string
	for _, c := range append([]string{k.c.Config}, k.configs()...) {
		var m map[string]any
		if json.Unmarshal([]byte(c), &m) == nil {
			all = append(all, secrets(i.Config, m)...)
		}
	}
	if len(all) == 0 {
		return skipped("no sensitive attribute is set in Config")
	}
	p.stop()
	for n, s := range all {
		if len(s) < 8 {
			return errors.New("a sensitive value in the case is shorter than 8 characters: take one that comes nowhere else")
		}
		if strings.Contains(cmdline, s) {
			return fmt.Errorf("sensitive value %d is on the command line", n)
		}
		for _, l := range k.all {
			if _, _, stderr := l.said(); strings.Contains(stderr, s) {
				return fmt.Errorf("sensitive value %d is on stderr", n)
			}
		}
		for _, text := range k.said {
			if strings.Contains(text, s) {
				return fmt.Errorf("sensitive value %d is in an error or an observation: %.200q", n, strings.ReplaceAll(text, s, "(here)"))
			}
		}
	}
	return nil
}

// configs returns the other configurations of the case.
func (k *kit) configs() []string {
	var all []string
	for _, f := range k.c.Faults {
		all = append(all, f.Config)
	}
	for _, b := range k.c.Bad {
		all = append(all, b.Config)
	}
	return all
}
