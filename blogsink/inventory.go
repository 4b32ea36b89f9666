package blogsink

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
)

// queryBound counts devices by how many monitors have them.
const queryBound = "SELECT count(*) FROM consensus_device AS d WHERE (SELECT count(DISTINCT b.source) FROM binding AS b WHERE b.device = d.device) "

// inventory counts what is watched at the last event of the period.
func (c *composer) inventory(ctx context.Context, devices []device.Current, sources []device.SourceStatus, scores device.Scoreboard, r *record) (Inventory, error) {
	several, one, none := 0, 0, 0
	roles := map[sanitize.Role]int{}
	for i := range devices {
		d := &devices[i]
		by := map[string]bool{}
		for _, b := range d.Bindings {
			by[b.Source] = true
		}
		switch len(by) {
		case 0:
			none++
		case 1:
			one++
		default:
			several++
		}
		roles[sanitize.RoleOf(d.Type, d.Vendor, d.Model)]++
	}
	g := c.figures
	inv := Inventory{
		Devices: g.count("devices", len(devices), "devices", periodNow, "SELECT count(*) FROM consensus_device"),
		Several: g.count("devices.seen_by_several", several, "devices", periodNow, queryBound+"> 1"),
		One:     g.count("devices.seen_by_one", one, "devices", periodNow, queryBound+"= 1"),
		None:    g.count("devices.seen_by_none", none, "devices", periodNow, queryBound+"= 0"),
		Added:   g.count("devices.added", r.discovered, "devices", periodMilestone, g.number("type = 'device.discovered'")),
		Merged:  g.count("devices.merged", r.merged, "devices", periodMilestone, g.number("type = 'device.merged'")),
		Split:   g.count("devices.split", r.split, "devices", periodMilestone, g.number("type = 'device.split'")),
		Renamed: g.count("devices.renamed", r.renamed, "devices", periodMilestone, g.number("type = 'device.renamed'")),
		Moved:   g.count("devices.moved", r.moved, "devices", periodMilestone, g.number("type = 'device.moved'")),
		Retired: g.count("devices.retired", r.retired, "devices", periodMilestone, g.number("type = 'device.retired'")),
	}
	for role, n := range roles {
		inv.Roles = append(inv.Roles, RoleCount{role, Count(n)})
	}
	slices.SortFunc(inv.Roles, func(a, b RoleCount) int { return cmp.Or(int(b.N-a.N), int(a.Role-b.Role)) })
	c.roles(inv.Roles, devices)
	names := slices.Sorted(maps.Keys(scores.Sources))
	for _, src := range sources {
		name, err := c.source(ctx, src.Name)
		if err != nil {
			return inv, err
		}
		s := Source{Name: name, Devices: Count(src.Devices), FalseAlarms: Count(scores.Sources[src.Name])}
		// The query names no source: it counts to it among all that the record knows.
		if i, ok := slices.BinarySearch(names, src.Name); ok {
			id := "source." + device.Slug(name.String())
			const of = "SELECT coalesce(json_extract(CAST(body AS TEXT), '$.%s'), 0) FROM source_state ORDER BY source LIMIT 1 OFFSET %d"
			s.Devices = g.count(id+".devices", src.Devices, "devices", periodNow, fmt.Sprintf(of, "devices", i))
			s.FalseAlarms = g.count(id+".false_alarms", scores.Sources[src.Name], "false alarms", periodRecord, fmt.Sprintf(of, "false_alarms", i))
		}
		inv.Sources = append(inv.Sources, s)
	}
	g.count("sources", len(sources), "monitors", periodNow, "SELECT count(*) FROM source_state")
	slices.SortFunc(inv.Sources, func(a, b Source) int {
		return cmp.Or(int(b.Devices-a.Devices), strings.Compare(a.Name.String(), b.Name.String()))
	})
	return inv, nil
}

// roles says where the counts of roles come from. What a device is follows from words of its monitors by a closed list
// that SQL does not have, so the query counts the devices by their numbers in the order of their ids.
func (c *composer) roles(counts []RoleCount, devices []device.Current) {
	ids := make([]string, len(devices))
	role := map[string]sanitize.Role{}
	for i := range devices {
		d := &devices[i]
		ids[i] = string(d.ID)
		role[ids[i]] = sanitize.RoleOf(d.Type, d.Vendor, d.Model)
	}
	slices.Sort(ids)
	named, rest := namedRoles(counts)
	for _, n := range named {
		var at []string
		for k, id := range ids {
			if role[id] == n.Role {
				at = append(at, fmt.Sprint(k+1))
			}
		}
		c.figures.count("devices.role."+device.Slug(n.Role.Noun()), int(n.N), "devices", periodNow,
			"SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY device) AS n FROM consensus_device) WHERE n IN ("+strings.Join(at, ", ")+")")
	}
	c.figures.count("devices.role.others", int(rest), "devices", periodNow, fmt.Sprintf("SELECT count(*) - %d FROM consensus_device", len(devices)-int(rest)))
}
