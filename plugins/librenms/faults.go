package librenms

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

const (
	maxFaultRows = 50  // of one alert; a switch that dies has many ports
	maxFaultLog  = 200 // rows of the log that are read at once
	shownFaults  = 3   // in the text of an alert
)

// faults are the things that the active alerts are about. The list of alerts does not tell; the log does, at its newest
// row of a device and rule, which LibreNMS rewrites while the alert lasts. It is read when the list of alerts has changed,
// and once a step while there are any.
type faults struct {
	part
	of map[faultKey]fault
}

type faultKey struct {
	device string
	rule   int64
}

// fault is what a row of the log says.
type fault struct {
	id         int64
	components []string // sorted, each once
	more       bool     // than were read
}

// refresh reads the newest rows of the log and forgets the alerts that are over.
func (f *faults) refresh(ctx context.Context, api client, now time.Time, r round, a *alerts) {
	if a.changed && f.trouble == "" {
		f.next = now
	}
	f.ask(ctx, "alert log", now, r.step, func(ctx context.Context) error {
		active := map[faultKey]bool{}
		for id, list := range a.of {
			for _, x := range list {
				active[faultKey{id, x.rule}] = true
			}
		}
		found := map[faultKey]fault{}
		if len(active) > 0 {
			query := url.Values{"limit": {strconv.Itoa(maxFaultLog)}, "sortorder": {"DESC"}}
			err := list(ctx, api, "/logs/alertlog", query, "logs", noLimit, func(row faultLogRow) {
				key := faultKey{device: row.DeviceID.String()}
				key.rule, _ = row.RuleID.Int()
				id, ok := row.ID.Int()
				if was, has := found[key]; !ok || !active[key] || has && was.id >= id {
					return
				}
				found[key] = row.fault(id)
			})
			if err != nil {
				return err
			}
		}
		for key, old := range f.of {
			if _, ok := found[key]; !ok && active[key] {
				found[key] = old // Its row is older than those that were read.
			}
		}
		f.of = found
		return nil
	})
}

func (row faultLogRow) fault(id int64) fault {
	x := fault{id: id, more: len(row.Details) == maxFaultRows}
	for _, r := range row.Details {
		if c := r.component(); c != "" {
			x.components = append(x.components, c)
		}
	}
	slices.SortFunc(x.components, func(a, b string) int { return cmp.Or(device.CompareNames(a, b), strings.Compare(a, b)) })
	x.components = slices.Compact(x.components)
	return x
}

// component names the part that a row is about, as its readings name it; "" for the device itself.
func (r faultRow) component() string {
	switch {
	case r.SensorDescr.Name() != "":
		label := r.SensorDescr.Name()
		k := classes[r.SensorClass.String()].kind
		if r.SensorClass.String() == "state" {
			k = states[r.SensorType.String()].kind
		}
		if k == "" || k == guess {
			k = kindOf(label)
		}
		return component(k, label)
	case r.IfName.Name() != "":
		return component(kindPort, r.IfName.Name())
	case r.IfDescr.Name() != "":
		return component(kindPort, r.IfDescr.Name())
	case r.Storage.Name() != "":
		return component(kindVolume, r.Storage.Name())
	case r.Memory.Name() != "":
		return component(kindMemory, r.Memory.Name())
	case r.Processor.Name() != "":
		return component(kindCPU, r.Processor.Name())
	case r.Service.Name() != "":
		return component(kindService, r.Service.Name())
	}
	return ""
}

// add gives an alert its component, where it is about a single one, and its class; the text names the first of several.
// The electrical parts of a UPS are its own.
func (f *faults) add(a *device.Alert, id string, rule int64, ups bool) {
	x := f.of[faultKey{id, rule}]
	if len(x.components) == 0 {
		return
	}
	if ups {
		x.components = slices.Clone(x.components)
		for i, c := range x.components {
			if label, ok := strings.CutPrefix(c, kindPSU+":"); ok {
				x.components[i] = kindUPS + ":" + label
			}
		}
	}
	if class := classOfAll(x.components); class != classOther {
		a.Class = class
	}
	if len(x.components) == 1 && !x.more {
		a.Component = x.components[0]
		return
	}
	shown := x.components[:min(len(x.components), shownFaults)]
	a.Text += ": " + sourcehttp.Cut(strings.Join(shown, ", "), maxAlertText/2)
	if rest := len(x.components) - len(shown); x.more {
		a.Text += " and more"
	} else if rest > 0 {
		a.Text += " and " + strconv.Itoa(rest) + " more"
	}
}
