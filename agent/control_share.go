package agent

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/quorate/quorate/internal/leakcheck"
	"github.com/quorate/quorate/internal/sanitize"
	"github.com/quorate/quorate/internal/share"
)

// MaxShared is how many bytes of output the agent masks at once.
const MaxShared = 8 << 20

// ShareOrder is the output of a command that is to be masked.
type ShareOrder struct {
	Text string `json:"text"`
	JSON bool   `json:"json"` // its texts and keys are masked, and it stays JSON
}

// ShareAnswer is what may be shown, or why nothing may: kinds and offsets, never a value.
type ShareAnswer struct {
	Text    string `json:"text"`
	Refused string `json:"refused,omitempty"`
}

// shareTimeout bounds the masking of one output.
const shareTimeout = 2 * time.Minute

// share masks the output of a command. The table of aliases, the key and the registry stay here.
func (a *Agent) share(ctx context.Context, in ShareOrder) (ShareAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	m, err := a.masker(ctx)
	if err != nil {
		return ShareAnswer{}, err
	}
	var out ShareAnswer
	if in.JSON {
		var masked []byte
		masked, err = m.JSON(ctx, []byte(in.Text))
		out.Text = string(masked)
	} else {
		out.Text, err = m.Text(ctx, in.Text)
	}
	if refused, ok := asRefused(err); ok {
		return ShareAnswer{Refused: refused}, nil
	}
	return out, err
}

// asRefused tells what is left that may be private.
func asRefused(err error) (string, bool) {
	_, ok := errors.AsType[*share.RefusedError](err)
	if !ok {
		return "", false
	}
	return err.Error(), true
}

// masker knows everything private of now.
func (a *Agent) masker(ctx context.Context) (*share.Masker, error) {
	table, err := a.table()
	if err != nil {
		return nil, err
	}
	devices, g := a.Devices(), a.generation()
	values, err := a.privateValues(ctx)
	if err != nil {
		return nil, err
	}
	registry := leakcheck.Registry{}
	registry.Merge(values)
	known := sanitize.KnownValues(registry, devices)
	names := share.Names{}
	name := func(value string, alias sanitize.Alias, err error) error {
		if _, taken := names[value]; !taken && value != "" {
			names[value] = alias
		}
		return err
	}
	for i := range devices {
		d := &devices[i]
		role := sanitize.RoleOf(d.Type, d.Vendor, d.Model)
		alias, err := table.Device(ctx, string(d.ID), role)
		if err := errors.Join(name(d.Name, alias, err), name(string(d.ID), alias, nil)); err != nil {
			return nil, err
		}
		known = append(known, sanitize.Known{Kind: sanitize.KindDevice, Value: string(d.ID), Device: string(d.ID), Role: role})
		for _, b := range d.Bindings {
			// A number means nothing outside; what a person named is the device's name.
			if strings.Trim(b.Ref, "0123456789") != "" {
				known = append(known, sanitize.Known{Kind: sanitize.KindDevice, Value: b.Ref, Device: string(d.ID), Role: role})
			}
		}
	}
	for _, s := range g.cfg.Sources {
		product := sanitize.ProductOf(s.Type, s.Name)
		known = append(known, sanitize.Known{Kind: sanitize.KindSource, Value: s.Name, Product: product})
	}
	for _, n := range g.cfg.names() {
		known = append(known, sanitize.Known{Kind: sanitize.KindWord, Value: n.text})
		alias, err := table.Label(ctx, n.label, n.text)
		if err := name(n.text, alias, err); err != nil {
			return nil, err
		}
	}
	return share.New(table, names, known, registry), nil
}

// configuredName is what the owner named in the configuration.
type configuredName struct {
	text  string
	label sanitize.Label
}

// names are what the owner named in the configuration, but for devices and sources.
func (c *Config) names() []configuredName {
	var all []configuredName
	add := func(label sanitize.Label, texts ...string) {
		for _, t := range texts {
			if t != "" {
				all = append(all, configuredName{t, label})
			}
		}
	}
	if c.Name != defaultName {
		add(sanitize.LabelAgent, c.Name)
	}
	for _, d := range c.Devices {
		add(sanitize.LabelTag, d.Tags...)
	}
	for _, g := range c.Groups {
		add(sanitize.LabelGroup, g.Name)
		add(sanitize.LabelTag, g.Tags...)
	}
	for _, m := range c.Maintenance {
		add(sanitize.LabelWindow, m.Name)
		add(sanitize.LabelReason, m.Reason)
	}
	for _, b := range c.Blogs {
		add(sanitize.LabelSink, b.Name)
	}
	for _, s := range c.Sinks {
		add(sanitize.LabelSink, s.Name)
	}
	for _, s := range c.Sources {
		if s.FaultDomain != s.Name {
			add(sanitize.LabelMachine, s.FaultDomain)
		}
	}
	return all
}

// serveShare serves POST /control/share. Unlike other orders this one is as large as an output.
func (a *Agent) serveShare(mux *http.ServeMux) {
	controlUpTo(a, mux, "/control/share", 2*MaxShared, func(ctx context.Context, in ShareOrder) (ShareAnswer, error) {
		if len(in.Text) > MaxShared {
			return ShareAnswer{}, &mistake{"the output is larger than what is masked at once, 8 MiB: ask for less of it, such as by --limit"}
		}
		return a.share(ctx, in)
	})
}
