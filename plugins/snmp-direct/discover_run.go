package snmpdirect

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/quorate/quorate/sdk"
)

// all are the targets of the configuration, and the devices that were adopted after them.
func (s *Source) all() []*target {
	return append(slices.Clip(s.targets), s.discovery.targets()...)
}

// known reports whether an address needs no question: a device that is polled has it.
func (s *Source) known(a netip.Addr) bool {
	return len(s.book.find(a)) > 0 || s.discovery.at(a)
}

// adopt goes through the ranges now and then, until ctx ends. What it finds is told by the next poll.
func (s *Source) adopt(ctx context.Context) error {
	for {
		if err := s.adoptOnce(ctx); err != nil {
			return err
		}
		timer := time.NewTimer(s.discovery.interval)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
}

func (s *Source) adoptOnce(ctx context.Context) error {
	before := len(s.discovery.targets())
	_, err := s.discovery.sweep(ctx, s.known, func(f *discovered) error {
		s.discovery.take(f, s.book, len(s.targets))
		return nil
	})
	if n := len(s.discovery.targets()); n != before {
		slog.Info("devices were found and are polled from now on", "new", n-before, "all", n)
	}
	return err
}

// maxFound is how many devices a check tells one by one.
const maxFound = 150

// Check goes through the ranges of a block "discover" once, and says what is there. Without the block it finds nothing to
// say.
func (s *Source) Check(ctx context.Context) ([]sdk.Finding, error) {
	if s.discovery == nil {
		return nil, nil
	}
	if deadline, ok := ctx.Deadline(); ok {
		// What was found until then is to be told in time.
		limited, cancel := context.WithDeadline(ctx, deadline.Add(-time.Until(deadline)/5))
		defer cancel()
		ctx = limited
	}
	total := 0
	for a := range s.discovery.addresses() {
		if !s.known(a) {
			total++
		}
	}
	var findings []sdk.Finding
	found, taken := 0, map[string]bool{}
	for _, t := range s.targets {
		taken[t.name] = true
	}
	done, err := s.discovery.sweep(ctx, s.known, func(f *discovered) error {
		if found++; found <= maxFound {
			findings = append(findings, s.finding(f, taken))
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf(`"discover": %w`, err)
	}
	sum := sdk.Finding{Topic: "discovery", Level: sdk.LevelOK, Value: fmt.Sprint(found), Text: fmt.Sprintf("%d of %d addresses that are no target were asked, and %d answer SNMP.", done, total, found)}
	if done < total {
		sum.Level = sdk.LevelAdvice
		sum.Text += ` There was no time for the rest: give the source a longer "timeout", raise "rate", or name smaller ranges.`
	}
	return append([]sdk.Finding{sum}, findings...), nil
}

// finding tells of one device, with the block that makes it a target.
func (s *Source) finding(f *discovered, taken map[string]bool) sdk.Finding {
	at := plain(f.at)
	switch {
	case f.target == nil && f.v3:
		return sdk.Finding{Topic: "discovery", Level: sdk.LevelAdvice, Value: at, Text: at + " answers SNMPv3, and no credential fits."}
	case f.target == nil:
		return sdk.Finding{Topic: "discovery", Level: sdk.LevelAdvice, Value: at, Text: fmt.Sprintf("%s answers credential %q, and shows nothing.", at, f.answering.credential)}
	}
	name := f.label()
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", f.label(), n)
	}
	taken[name] = true
	is := f.seen.Vendor
	if f.seen.Model != "" {
		is += " " + f.seen.Model
	}
	out := sdk.Finding{Topic: "discovery", Level: sdk.LevelAdvice, Value: at, Text: fmt.Sprintf("%s answers credential %q: %s, %s.", at, f.credential, f.seen.Name, orUnknown(is))}
	if s.discovery.adopt {
		out.Level, out.Text = sdk.LevelOK, out.Text+" It is adopted."
		return out
	}
	out.HCL = fmt.Sprintf("target %q {\n  address     = %q\n  credentials = [%q]\n}\n", name, at, f.credential)
	return out
}

func orUnknown(s string) string {
	if s == "" {
		return "of a kind that is not known"
	}
	return s
}
