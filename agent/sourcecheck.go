package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/host"
	"github.com/quorate/quorate/sdk"
)

// SourceCheck is what a person who sets a source up should know of it.
type SourceCheck struct {
	Source string `json:"source"`
	Type   string `json:"type"`
	// Works says that it could be polled; Error why not, and what to change.
	Works bool            `json:"works"`
	Error string          `json:"error,omitempty"`
	Took  device.Duration `json:"took"`
	// Findings are the plugin's own, and what one poll shows.
	Findings []Found `json:"findings"`
	// Devices are those that the source brings, by name; Total counts those of all sources together.
	Devices []CheckedDevice `json:"devices"`
	Total   int             `json:"total"`
	// Near are devices that may be the same as one of the source's, with the reason why they are not taken for it.
	Near []identity.Near `json:"could_be_same"`
	// Shared are values that say nothing, since a source has them at several devices.
	Shared []identity.Shared `json:"shared"`
	// Rejected are observations that could not be taken.
	Rejected []RejectedRef `json:"rejected"`
	// Others are the other sources that could not be polled.
	Others []FailedSource `json:"failed_sources"`
	// HCL is what the configuration might say instead: the whole source block, and what to add beside it. "" where
	// there is nothing to suggest.
	HCL string `json:"hcl,omitempty"`
}

// Found is one finding: of the plugin, or of a poll.
type Found struct {
	Topic string           `json:"topic"`
	Level sdk.FindingLevel `json:"level"`
	Value string           `json:"value,omitempty"`
	Text  string           `json:"text"`
	HCL   string           `json:"hcl,omitempty"`
}

// CheckedDevice is one device of a checked source.
type CheckedDevice struct {
	Name string   `json:"name"`
	Refs []string `json:"refs"`
	// With are the other sources that know it, Second says that one of them is an independent witness.
	With   []string `json:"with"`
	Second bool     `json:"second_witness"`
	// Weak says that only a bare host name binds the source's word to it: it does not count before that has proven true.
	Weak bool `json:"weak,omitempty"`
}

// RejectedRef is an observation that could not be taken, and why.
type RejectedRef struct {
	Ref    string `json:"ref,omitempty"`
	Reason string `json:"reason"`
}

// FailedSource is another source that could not be polled.
type FailedSource struct {
	Source string `json:"source"`
	Error  string `json:"error"`
}

// looked is what one source gave: its poll, and where it is the one in question also its findings.
type looked struct {
	Polled
	info     sdk.Info
	settings Settings
	findings []sdk.Finding
	checkErr error
	err      error // why it was not even started
}

// CheckSource polls every source of the configuration once and says what the one called name brings, and what would make
// it better. Another source that fails is named and nothing more. The error is for a name that there is not, or settings
// that are mistaken.
func (c *Config) CheckSource(ctx context.Context, h *host.Host, types []string, name string) (*SourceCheck, error) {
	if _, err := c.Only(name); err != nil {
		return nil, err
	}
	all := make([]looked, len(c.Sources))
	var wg sync.WaitGroup
	for i := range c.Sources {
		wg.Go(func() { all[i] = c.look(ctx, h, types, &c.Sources[i], c.Sources[i].Name == name) })
	}
	wg.Wait()
	var polled []Polled
	var it *looked
	out := &SourceCheck{
		Source: name, Findings: []Found{}, Devices: []CheckedDevice{}, Near: []identity.Near{}, Shared: []identity.Shared{},
		Rejected: []RejectedRef{}, Others: []FailedSource{},
	}
	for i := range all {
		l := &all[i]
		polled = append(polled, l.Polled)
		switch {
		case l.Source.Name == name:
			it = l
		case l.Snapshot.Err != "":
			out.Others = append(out.Others, FailedSource{l.Source.Name, l.Snapshot.Err})
		}
	}
	if it.err != nil {
		return nil, it.err
	}
	at := time.Now().UTC()
	out.Type, out.Works, out.Error = it.Source.Type, it.Snapshot.Err == "", it.Snapshot.Err
	out.Took = device.Duration(max(it.Snapshot.At.Sub(it.Snapshot.Started), 0).Round(time.Millisecond))
	devices, ids := c.merge(polled, at)
	out.Total = len(devices)
	c.witnesses(out, devices)
	if out.Works {
		rules := c.IdentityConfig("")
		out.Near, out.Shared = identity.Close(&rules, ids, name)
	}
	for _, r := range it.Snapshot.Rejected {
		out.Rejected = append(out.Rejected, RejectedRef{r.Ref, r.Reason})
	}
	c.findings(out, it, all)
	out.HCL = c.suggest(out, it)
	return out, nil
}

// look polls one source, and asks the one in question what it finds.
func (c *Config) look(ctx context.Context, h *host.Host, types []string, s *SourceConfig, asked bool) looked {
	l := looked{Polled: Polled{Source: *s, Snapshot: device.Snapshot{Source: s.Name}}}
	one := *c
	one.Sources = []SourceConfig{*s}
	infos, settings, err := one.Settings(ctx, h, types)
	if err != nil {
		l.err, l.Snapshot.Err = err, "its settings are mistaken: quorate validate says where"
		if problems, ok := errors.AsType[*Problems](err); !ok || problems == nil {
			l.Snapshot.Err = err.Error()
		}
		return l
	}
	l.info, l.settings = infos[s.Name], settings[s.Name]
	if !asked {
		l.Polled = pollOnce(ctx, h, *s, l.settings)
		return l
	}
	src, err := h.Start(ctx, s.spec(l.settings))
	if err != nil {
		l.err = err
		return l
	}
	limited, cancel := context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf("poll timeout %s", s.Timeout))
	l.Snapshot = src.Poll(limited)
	cancel()
	limited, cancel = context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf("timeout %s", s.Timeout))
	defer cancel()
	if src.Can(sdk.CapabilityCheck) && !src.Status().Permanent {
		l.findings, l.checkErr = src.Check(limited)
	}
	if err := src.Close(context.WithoutCancel(ctx)); err != nil && l.Snapshot.Err == "" {
		l.Snapshot.Err = err.Error()
	}
	return l
}

// witnesses lists what the source brings, and for whom it is a second witness.
func (c *Config) witnesses(out *SourceCheck, devices []device.Current) {
	domains := map[string]string{}
	for _, s := range c.Sources {
		domains[s.Name] = s.FaultDomain
	}
	for _, d := range devices {
		one := CheckedDevice{Name: d.Name, Refs: []string{}, With: []string{}}
		for _, b := range d.Bindings {
			switch {
			case b.Source == out.Source:
				one.Refs = append(one.Refs, b.Ref)
				one.Weak = one.Weak || b.Weak
			case !slices.Contains(one.With, b.Source):
				one.With = append(one.With, b.Source)
				one.Second = one.Second || domains[b.Source] != domains[out.Source]
			}
		}
		if len(one.Refs) > 0 {
			out.Devices = append(out.Devices, one)
		}
	}
}
