package agent

import (
	"context"
	"slices"
	"time"

	"github.com/quorate/quorate/consensus"
	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/host"
)

// reader is what the API sees of the agent: the committed state from the pipeline, the record from the store, and how
// the plugins' processes do.
type reader struct{ a *Agent }

func (r *reader) Devices(at time.Time) []device.Current {
	devices := r.a.pipe.Devices(at)
	device.SortByName(devices)
	return devices
}

func (r *reader) Device(name string, at time.Time) (device.Current, bool) {
	return r.a.pipe.Device(name, at)
}

// Sources are in the order of the configuration.
func (r *reader) Sources(at time.Time) []device.SourceStatus {
	known := map[string]device.SourceStatus{}
	for _, s := range r.a.pipe.Sources(at) {
		known[s.Name] = s
	}
	g := r.a.generation()
	out := make([]device.SourceStatus, 0, len(g.cfg.Sources))
	for _, c := range g.cfg.Sources {
		s := known[c.Name]
		s.Name, s.Type, s.Domain, s.Interval = c.Name, c.Type, c.FaultDomain, device.Duration(c.Interval)
		s.Plugin = r.plugin(c.Name)
		s.Restarts = s.Plugin.Restarts
		if v, ok := r.a.running.Load(c.Name); ok {
			s.Watch = v.(*host.Source).WatchStatus()
		}
		if p := g.sources[c.Name].pushes; p != nil {
			s.Push = p.current()
		}
		out = append(out, s)
	}
	return out
}

// plugin is how a source's process does; of one that never became a process, why not.
func (r *reader) plugin(source string) *device.PluginStatus {
	if v, ok := r.a.running.Load(source); ok {
		status := v.(*host.Source).Plugin()
		return &status
	}
	if s := r.a.generation().sources[source]; s != nil && s.broken != nil {
		return &device.PluginStatus{State: device.PluginRefused, LastError: s.broken.Error()}
	}
	return &device.PluginStatus{State: device.PluginStarting}
}

// Sinks are those of the configuration.
func (r *reader) Sinks() []device.SinkStatus {
	kinds := map[string]string{}
	g := r.a.generation()
	for _, b := range g.cfg.Blogs {
		kinds[b.Name] = "blog"
	}
	for _, s := range g.cfg.Sinks {
		kinds[s.Name] = s.Type
	}
	var out []device.SinkStatus
	for _, s := range r.a.pipe.SinkStatus() {
		if kind, ours := kinds[s.Name]; ours {
			s.Kind = kind
			out = append(out, s)
		}
	}
	return out
}

func (r *reader) Scores() device.Scoreboard                     { return r.a.pipe.Scores() }
func (r *reader) Incidents() []device.Incident                  { return r.a.pipe.Incidents() }
func (r *reader) Maintenance(at time.Time) []device.Maintenance { return r.a.maintenanceAt(at) }

// Coverage is who can speak for each device.
func (r *reader) Coverage(at time.Time) consensus.CoverageReport { return r.a.pipe.Coverage(at) }

// Disputes are the questions on which the votes are contested.
func (r *reader) Disputes(at time.Time) []device.Dispute { return r.a.pipe.Disputes(at) }

// Profile is who a device is.
func (r *reader) Profile(id device.ID) (device.Profile, bool) { return r.a.pipe.Profile(id) }

func (r *reader) LastSeq() int64 { return r.a.pipe.LastSeq() }

func (r *reader) Events(ctx context.Context, after int64, limit int) ([]device.Event, error) {
	return r.a.store.Events(ctx, after, limit)
}

// Alerts are in the order of their devices' names. What a source no longer has, it reports nothing of.
func (r *reader) Alerts(ctx context.Context) ([]device.ReportedAlert, error) {
	alerts, err := r.a.store.Alerts(ctx)
	if err != nil {
		return nil, err
	}
	names := map[device.SourceRef]device.Name{}
	for _, d := range r.a.pipe.Devices(now()) {
		for _, b := range d.Bindings {
			names[device.SourceRef{Source: b.Source, Ref: b.Ref}] = device.Name{ID: d.ID, Name: d.Name}
		}
	}
	for i := range alerts {
		a := &alerts[i]
		if n, ok := names[device.SourceRef{Source: a.Source, Ref: a.SourceRef}]; ok {
			a.Device = n
		}
	}
	alerts = slices.DeleteFunc(alerts, func(a device.ReportedAlert) bool {
		return r.a.pipe.Missing(a.Device.ID, device.SourceRef{Source: a.Source, Ref: a.SourceRef})
	})
	slices.SortStableFunc(alerts, func(a, b device.ReportedAlert) int { return device.CompareNames(a.Device.Name, b.Device.Name) })
	return alerts, nil
}

// Explain reads the committed state and a stored verdict, and nothing else.
func (r *reader) Explain(id device.ID, v *device.Verdict, now time.Time) device.Explanation {
	var e device.Explanation
	if !now.IsZero() {
		if c, ok := r.a.pipe.Device(string(id), now); ok {
			e.At, e.Stand = now, &c
		}
	}
	switch {
	case v != nil:
		e.Verdict = *v
	case e.Stand != nil:
		e.Verdict = consensus.AsVerdict(*e.Stand)
	}
	e.Text = consensus.Explain(e.Verdict)
	if e.Stand != nil {
		e.Now = r.a.pipe.Stand(id, e.Verdict, now)
	}
	return e
}
