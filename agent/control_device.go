package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/pipeline"
)

// DeviceOrder is the answer to an order about who is who, or to the question what it would change.
type DeviceOrder struct {
	// Done says that it was carried out.
	Done bool `json:"done"`
	pipeline.Preview
}

// controlDevice serves the orders about who is who: as a question, or to be carried out. The query has "kind", and what
// that needs of "device", "other", "ref" (one or more), "name" and "seq".
func (a *Agent) controlDevice(mux *http.ServeMux) {
	for _, how := range []string{"preview", "do"} {
		mux.HandleFunc("POST /control/device/"+how, func(w http.ResponseWriter, r *http.Request) {
			answer, err := a.orderDevice(r.Context(), r.URL.Query(), how == "do")
			writeControl(w, answer, err)
		})
	}
}

// writeControl answers with what was made, or with why not as problem details.
func writeControl(w http.ResponseWriter, answer any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		answer = map[string]string{"title": "Not done", "detail": err.Error()}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (a *Agent) orderDevice(ctx context.Context, q url.Values, carryOut bool) (DeviceOrder, error) {
	o, err := a.readOrder(ctx, q)
	if err != nil {
		return DeviceOrder{}, err
	}
	orders := pipeline.Orders{Identity: []identity.Order{o}}
	preview, err := a.pipe.Preview(ctx, orders)
	if err != nil {
		return DeviceOrder{}, err
	}
	preview.Notes = append(preview.Notes, a.cfg.mentions(preview.Before, preview.After)...)
	if carryOut {
		err = a.pipe.Order(ctx, orders)
	}
	return DeviceOrder{Done: carryOut && err == nil, Preview: preview}, err
}

// readOrder reads an order in the words of a person: devices by any name they go by, what is to be undone by its event.
func (a *Agent) readOrder(ctx context.Context, q url.Values) (identity.Order, error) {
	o := identity.Order{Kind: identity.OrderKind(q.Get("kind")), Name: q.Get("name")}
	for name, id := range map[string]*device.ID{"device": &o.Device, "other": &o.Other} {
		if !q.Has(name) {
			continue
		}
		d, ok := a.pipe.Device(q.Get(name), a.pipe.LastInstant())
		if !ok {
			return o, fmt.Errorf("there is no device %q; name it by its name, id, address or SOURCE/REF", q.Get(name))
		}
		*id = d.ID
	}
	for _, s := range q["ref"] {
		source, ref, ok := strings.Cut(s, "/")
		if !ok {
			return o, fmt.Errorf("%q is no ref; it takes SOURCE/REF, such as prtg/2003", s)
		}
		o.Refs = append(o.Refs, device.SourceRef{Source: source, Ref: ref})
	}
	if !q.Has("seq") {
		return o, nil
	}
	seq, err := strconv.ParseInt(q.Get("seq"), 10, 64)
	if err != nil || seq < 1 {
		return o, fmt.Errorf("%q is not the number of an event", q.Get("seq"))
	}
	events, err := a.store.Events(ctx, seq-1, 1)
	switch {
	case err != nil:
		a.log.Error("event not read", "err", err)
		return o, errors.New("the record could not be read; the agent's log says why")
	case len(events) == 0:
		return o, fmt.Errorf("there is no event %d", seq)
	case events[0].Device == nil || !slices.Contains(undoable, events[0].Type):
		return o, fmt.Errorf("event %d (%s) is nothing that can be undone", seq, events[0].Type)
	}
	o.Device, o.At = events[0].Device.ID, events[0].At
	if events[0].Other != nil {
		o.Other = events[0].Other.ID
	}
	return o, nil
}

// undoable are the events of what identity can take back.
var undoable = []device.EventType{
	device.EventDeviceMerged, device.EventDeviceSplit, device.EventDeviceRenamed, device.EventDeviceRetired, device.EventDeviceConfirmed,
}

// mentions says where the configuration speaks of names that an order takes away.
func (c *Config) mentions(before, after []device.Current) []string {
	var notes []string
	for _, d := range before {
		if slices.ContainsFunc(after, func(x device.Current) bool { return x.Name == d.Name }) {
			continue
		}
		for _, place := range c.placesOf(d.Name) {
			notes = append(notes, fmt.Sprintf("the configuration speaks of %s in %s, and no device is called that then", d.Name, place))
		}
	}
	return notes
}

// placesOf lists the blocks that name a device.
func (c *Config) placesOf(name string) []string {
	var places []string
	for _, g := range c.Groups {
		if slices.Contains(g.Devices, name) {
			places = append(places, fmt.Sprintf("group %q", g.Name))
		}
	}
	for _, s := range c.Sources {
		if slices.Contains(s.Anchors, name) {
			places = append(places, fmt.Sprintf("the anchors of source %q", s.Name))
		}
	}
	for _, d := range c.Devices {
		if slices.Contains(d.Parents, name) {
			places = append(places, fmt.Sprintf("the parents of device %q", d.Name))
		}
	}
	for _, pair := range c.NeverMerge {
		if pair[0] == name || pair[1] == name {
			places = append(places, "never_merge")
		}
	}
	return places
}
