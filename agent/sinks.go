package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/quorate/quorate/pipeline"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sinks"
)

// sink is one of the configuration's, but for the blogs, with what it was made of.
type sink struct {
	config   SinkConfig
	settings Settings
	routes   []pipeline.Route
}

// sinkOptions is what a type of sink makes a sink with, beside its own settings.
type sinkOptions struct {
	agent  *Agent // nil where a configuration is only checked
	name   string // the agent's
	config SinkConfig
	filter sinks.Filter
}

// sinkKind is a type of sink: what its block may say beyond what all may, and how one is made of it.
type sinkKind struct {
	attributes []sdk.Attribute
	// check returns what is wrong with settings, without any I/O; sinks.Mistakes among it.
	check func(settings []byte) error
	// open makes a sink, or one for each place that it leads to. What it does of I/O ends with it: reading the files that
	// the settings name.
	open func(settings []byte, o sinkOptions) ([]pipeline.Sink, error)
}

// kindOf is the type of sink whose settings are a C.
func kindOf[C interface{ Check() error }](open func(C, sinkOptions) ([]pipeline.Sink, error), attributes ...sdk.Attribute) sinkKind {
	decode := func(settings []byte) (c C, err error) {
		err = json.Unmarshal(settings, &c)
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return c, sinks.Mistakes{{Attribute: wrong.Field, Text: "takes a whole number"}} // all else has its type already
		}
		return c, err
	}
	return sinkKind{
		attributes: attributes,
		check: func(settings []byte) error {
			c, err := decode(settings)
			if err != nil {
				return err
			}
			return c.Check()
		},
		open: func(settings []byte, o sinkOptions) ([]pipeline.Sink, error) {
			c, err := decode(settings)
			if err != nil {
				return nil, err
			}
			return open(c, o)
		},
	}
}

// schema is all that the block of a sink may say. What every sink may is read with the frame, and here a second time, so
// that a word that is misspelt finds its neighbour.
func (k sinkKind) schema() sdk.Schema {
	types := map[string]sdk.AttributeType{"batch": sdk.TypeNumber, "max_backlog": sdk.TypeNumber, "on": sdk.TypeStrings}
	s := sdk.Schema{Attributes: slices.Clone(k.attributes)}
	for _, name := range sinkAttributes {
		t, ok := types[name]
		if !ok {
			t = sdk.TypeString
		}
		s.Attributes = append(s.Attributes, sdk.Attribute{Name: name, Type: t})
	}
	return s
}

// sinkSettings decodes what every sink block says beyond how it is served, by the sink's name. The error holds the mistakes of all.
func (c *Config) sinkSettings() (map[string]Settings, error) {
	all := map[string]Settings{}
	var errs []error
	for _, s := range c.Sinks {
		kind := sinkKinds()[s.Type]
		settings, err := c.decodeSettings(s.Name, s.settings, kind.schema())
		if err == nil {
			err = c.sinkProblem(s, kind.check(settings.JSON))
		}
		// Of its texts only the addresses are anybody's business: a word such as "source.blind" is no private name.
		settings.Texts = slices.DeleteFunc(settings.Texts, func(t Text) bool { return t.Attribute != "url" && t.Attribute != "proxy" })
		errs = append(errs, err)
		all[s.Name] = settings
	}
	return all, joinProblems(errs...)
}

// sinkProblem gives what a sink says of its settings its place in the configuration.
func (c *Config) sinkProblem(s SinkConfig, err error) error {
	if err == nil {
		return nil
	}
	d := settingsDecoder{block: s.settings.block}
	mistakes, ok := errors.AsType[sinks.Mistakes](err)
	if !ok {
		d.fail(s.settings.block, "Refused by the sink", "%s.", err)
	}
	for _, m := range mistakes {
		d.fail(d.rangeOf(s.settings.body, m.Attribute), "Wrong setting", "%q %s.", m.Attribute, m.Text)
	}
	return problems(c.files, d.diags)
}

// newSinks makes the sinks of a configuration. One of before that nothing changes about goes on as it is; those that are not
// among what is returned are to be closed once nothing delivers to them.
func (a *Agent) newSinks(cfg *Config, before []*sink) ([]*sink, error) {
	settings, err := cfg.sinkSettings()
	if err != nil {
		return nil, err
	}
	var all []*sink
	for _, c := range cfg.Sinks {
		next := &sink{config: c, settings: settings[c.Name]}
		if i := slices.IndexFunc(before, func(old *sink) bool { return old.same(next) }); i >= 0 {
			all = append(all, before[i])
			continue
		}
		if next.routes, err = cfg.openSink(c, next.settings, a); err != nil {
			_ = closeSinks(all, before)
			return nil, fmt.Errorf("sink %q: %w", c.Name, err)
		}
		all = append(all, next)
	}
	return all, nil
}

// same reports whether two sinks are configured alike.
func (s *sink) same(other *sink) bool {
	x, y := s.config, other.config
	x.settings, y.settings = settingsBody{}, settingsBody{}
	return reflect.DeepEqual(x, y) && string(s.settings.JSON) == string(other.settings.JSON) && s.settings.Files == other.settings.Files
}

// openSink makes one sink; a is nil where it is only to be checked.
func (c *Config) openSink(s SinkConfig, settings Settings, a *Agent) ([]pipeline.Route, error) {
	filter, err := sinks.ParseFilter(s.On)
	if err != nil {
		return nil, err
	}
	made, err := sinkKinds()[s.Type].open(settings.JSON, sinkOptions{agent: a, name: c.Name, config: s, filter: filter})
	if err != nil {
		return nil, err
	}
	r := pipeline.Route{Timeout: s.Timeout, Batch: s.Batch, First: s.RetryFirst, Most: s.RetryMost, Cap: s.MaxBacklog}
	if s.AtCap == AtCapDropOldest {
		r.AtCap = pipeline.DropOldest
	}
	routes := make([]pipeline.Route, len(made))
	for i, one := range made {
		routes[i] = r
		routes[i].Sink = one
	}
	return routes, nil
}

// closeSinks closes those of gone that are not among kept.
func closeSinks(gone, kept []*sink) error {
	var errs []error
	for _, s := range gone {
		if slices.Contains(kept, s) {
			continue
		}
		for _, r := range s.routes {
			if c, ok := r.Sink.(io.Closer); ok {
				errs = append(errs, c.Close())
			}
		}
	}
	return errors.Join(errs...)
}

// checkSinks makes every sink once, without delivering anything: what the files that it names say of it. Settings has found
// no mistake before.
func (c *Config) checkSinks() error {
	settings, err := c.sinkSettings()
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range c.Sinks {
		routes, err := c.openSink(s, settings[s.Name], nil)
		if err != nil {
			errs = append(errs, c.sinkProblem(s, err))
			continue
		}
		errs = append(errs, closeSinks([]*sink{{routes: routes}}, nil))
	}
	return joinProblems(errs...)
}

// in is a path of the sink's block, which starts from the configuration's own folder.
func (o sinkOptions) in(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(o.config.settings.dir, path)
}
