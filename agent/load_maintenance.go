package agent

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/quorate/quorate/internal/maintenance"
)

// MaintenanceConfig is one maintenance block: a schedule of windows, or one window.
type MaintenanceConfig struct {
	Name, Reason    string
	Groups, Devices []string
	// Schedule has five fields, read on the wall clock of Timezone; empty for one window from Start to End.
	Schedule string
	Timezone string
	Duration time.Duration
	Start    time.Time
	End      time.Time

	cron *maintenance.Cron
	zone *time.Location
}

// MaintenancePlan is all windows with the names of the devices that they cover.
func (c *Config) MaintenancePlan() maintenance.Plan {
	var plan maintenance.Plan
	for _, m := range c.Maintenance {
		names := map[string]struct{}{}
		for _, n := range m.Devices {
			names[n] = struct{}{}
		}
		for _, g := range c.Groups {
			if contains(m.Groups, g.Name) {
				for _, n := range c.members(g) {
					names[n] = struct{}{}
				}
			}
		}
		plan = append(plan, maintenance.Window{
			Name: m.Name, Reason: m.Reason, Devices: slices.Sorted(maps.Keys(names)),
			Cron: m.cron, Zone: m.zone, Duration: m.Duration, Start: m.Start, End: m.End,
		})
	}
	return plan
}

func (l *loader) maintenance(b *hcl.Block) {
	a, _ := l.content(b, "maintenance")
	m := MaintenanceConfig{
		Name: b.Labels[0], Reason: a.str("reason", ""), Groups: a.strs("groups"), Devices: a.strs("devices"),
		Schedule: a.str("schedule", ""), Timezone: a.str("timezone", "UTC"), zone: time.UTC,
	}
	if a.set["groups"] == nil && a.set["devices"] == nil {
		l.fail(b.DefRange, "Missing attribute", "Maintenance needs \"groups\" or \"devices\": it covers nothing.")
	}
	if zone, ok := l.timezone(a, m.Timezone); ok {
		m.zone = zone
	}
	has := func(name string) bool { return a.set[name] != nil }
	if has("duration") {
		m.Duration = a.duration("duration", 0)
	}
	switch {
	case has("schedule") && (has("start") || has("end")):
		l.fail(b.DefRange, "Two kinds of maintenance", "\"schedule\" is for windows that come again, \"start\" and \"end\" are for one: give either.")
	case has("schedule"):
		l.schedule(b, a, &m)
	case has("start"):
		l.oneWindow(b, a, &m)
	default:
		l.fail(b.DefRange, "Missing attribute", "Maintenance needs \"schedule\" with \"duration\", such as \"0 2 * * SUN\" and \"2h\", or \"start\" with \"end\".")
	}
	l.cfg.Maintenance = append(l.cfg.Maintenance, m)
}

// schedule checks windows that come again.
func (l *loader) schedule(b *hcl.Block, a attrs, m *MaintenanceConfig) {
	if a.set["duration"] == nil {
		l.fail(b.DefRange, "Missing attribute", "A schedule says when maintenance begins; \"duration\", such as \"2h\", says how long it lasts.")
	}
	cron, err := maintenance.ParseCron(m.Schedule)
	if err != nil {
		l.fail(a.set["schedule"].Expr.Range(), "Not a schedule", "\"schedule\" is %s: %s.", a.given("schedule", m.Schedule), strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	m.cron = cron
	if m.Duration > 0 && cron.Covers(m.Duration) {
		l.fail(a.set["duration"].Expr.Range(), "Maintenance without an end", "A window of %s lasts until the next one begins: the devices would never leave it.", m.Duration)
	}
}

// oneWindow checks a window that comes once.
func (l *loader) oneWindow(b *hcl.Block, a attrs, m *MaintenanceConfig) {
	begins := l.moment(a, "start", &m.Start)
	switch {
	case a.set["end"] != nil && a.set["duration"] != nil:
		l.fail(b.DefRange, "Two ends", "\"end\" and \"duration\" both say when the window ends: give either.")
	case a.set["end"] != nil:
		if l.moment(a, "end", &m.End) && begins && !m.End.After(m.Start) {
			l.fail(a.set["end"].Expr.Range(), "End before start", "\"end\" is %s, which is not after \"start\".", a.given("end", m.End.Format(time.RFC3339)))
		}
	case a.set["duration"] != nil:
		m.End = m.Start.Add(m.Duration)
	default:
		l.fail(b.DefRange, "Missing attribute", "A window that has a \"start\" needs an \"end\" or a \"duration\".")
	}
}

func (l *loader) moment(a attrs, name string, at *time.Time) bool {
	given := a.str(name, "")
	t, err := time.Parse(time.RFC3339, given)
	if err != nil {
		l.fail(a.set[name].Expr.Range(), "Not a time", "%q is %s; it takes a time with its offset, such as \"2026-03-01T02:00:00+01:00\" or \"2026-03-01T01:00:00Z\".", name, a.given(name, given))
		return false
	}
	*at = t.UTC()
	return true
}

// timezone loads a zone by its name. The machine's own is none: the same configuration must mean the same everywhere.
func (l *loader) timezone(a attrs, name string) (*time.Location, bool) {
	zone, err := time.LoadLocation(name)
	if err == nil && name != "" && name != "Local" {
		return zone, true
	}
	hint := ""
	for _, like := range []string{strings.ToUpper(name), zoneLike(name)} {
		if _, err := time.LoadLocation(like); hint == "" && err == nil && like != "" && like != name {
			hint = " Did you mean \"" + like + "\"?"
		}
	}
	l.fail(a.set["timezone"].Expr.Range(), "Unknown time zone", "\"timezone\" is %s; it takes a name such as \"Europe/Berlin\" or \"UTC\".%s", a.given("timezone", name), hint)
	return nil, false
}

// zoneLike writes a name as time zones are written: "europe/new york" as "Europe/New_York".
func zoneLike(name string) string {
	start := true
	return strings.Map(func(r rune) rune {
		was := start
		start = r == '/' || r == '_' || r == ' ' || r == '-'
		switch {
		case r == ' ':
			return '_'
		case was && r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case !was && r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, name)
}

// checkMaintenance reports groups that do not exist, and devices that look like a pin misspelt.
func (l *loader) checkMaintenance() {
	var groups []string
	for _, g := range l.cfg.Groups {
		groups = append(groups, g.Name)
	}
	for _, m := range l.cfg.Maintenance {
		for _, g := range m.Groups {
			if contains(groups, g) {
				continue
			}
			hint := suggestion(g, groups)
			if slices.ContainsFunc(l.cfg.Devices, func(d DeviceConfig) bool { return d.Name == g }) {
				hint = cmp.Or(hint, " It is a device: name it in \"devices\".")
			}
			l.fail(l.places["maintenance "+m.Name], "Unknown group", "There is no group named %q.%s", g, hint)
		}
		for _, d := range m.Devices {
			if contains(groups, d) && !slices.ContainsFunc(l.cfg.Devices, func(p DeviceConfig) bool { return p.Name == d }) {
				l.fail(l.places["maintenance "+m.Name], "Unknown device", "%q is a group: name it in \"groups\".", d)
			}
		}
	}
}
