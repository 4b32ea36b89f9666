package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/identity"
	"github.com/quorate/quorate/internal/view"
	"github.com/quorate/quorate/pipeline"
)

// identityPage is who a device is and what a person can say about it.
type identityPage struct {
	Device  device.Current
	Profile device.Profile
	// Others are the names of all other devices, to choose from.
	Others []string
	// Undoable are the events of what can be taken back, newest first.
	Undoable []device.Event
	// Order is what was asked for, and Wrong why it cannot be.
	Order view.IdentityOrder
	Wrong string
	// CanOrder says that there is somebody who carries out orders.
	CanOrder bool
}

// InDoubt are the refs that do not vote until a person says that they are this device.
func (p *identityPage) InDoubt() []device.Bond {
	return slices.DeleteFunc(slices.Clone(p.Profile.Refs), func(b device.Bond) bool { return !b.Weak && b.Held == "" })
}

// Chosen reports whether a ref is among those of the order.
func (p *identityPage) Chosen(b device.Bond) bool {
	return slices.Contains(p.Order.Refs, b.Source+"/"+b.Ref)
}

// undoable are the events of what a person can take back.
var undoable = []device.EventType{device.EventDeviceMerged, device.EventDeviceSplit, device.EventDeviceRenamed, device.EventDeviceRetired, device.EventDeviceConfirmed}

func (s *Site) identityPage(w http.ResponseWriter, r *http.Request) {
	if d, ok := s.find(w, r); ok {
		s.showIdentity(w, r, http.StatusOK, d, view.IdentityOrder{}, "")
	}
}

func (s *Site) showIdentity(w http.ResponseWriter, r *http.Request, status int, d device.Current, o view.IdentityOrder, wrong string) {
	page := &identityPage{Device: d, Order: o, Wrong: wrong, CanOrder: s.opt.Act != nil}
	page.Profile, _ = s.opt.Read.Profile(d.ID)
	for _, other := range s.opt.Read.Devices(s.opt.Now()) {
		if other.ID != d.ID {
			page.Others = append(page.Others, other.Name)
		}
	}
	found, err := s.opt.Read.EventsWhere(r.Context(), device.EventWhich{Devices: []device.ID{d.ID}, Types: undoable}, 20)
	if err != nil {
		s.unreadable(w, "identity", err)
		return
	}
	page.Undoable = found.Events
	s.render(w, r, status, "identity", &frame{Title: "Who is " + clean(d.Name), Here: "/devices", Content: page})
}

// previewPage is what an order would change.
type previewPage struct {
	Device  device.Current
	Order   view.IdentityOrder
	Preview pipeline.Preview
	// Seen names what is shown: only that is carried out.
	Seen string
	// Stale says that it has changed since it was looked at.
	Stale bool
}

// Sentence says the order in words.
func (p *previewPage) Sentence() string {
	name := clean(p.Device.Name)
	switch p.Order.Kind {
	case identity.OrderMerge:
		return fmt.Sprintf("%s and %s are one device.", name, clean(p.Order.Other))
	case identity.OrderSplit:
		return fmt.Sprintf("%s of %s is another device.", clean(strings.Join(p.Order.Refs, ", ")), name)
	case identity.OrderRename:
		return fmt.Sprintf("%s is called %s.", name, clean(p.Order.Name))
	case identity.OrderConfirm:
		return fmt.Sprintf("%s is %s.", clean(strings.Join(p.Order.Refs, ", ")), name)
	case identity.OrderForget:
		return fmt.Sprintf("%s is gone for good.", name)
	}
	return fmt.Sprintf("What event %d tells is taken back.", p.Order.Seq)
}

// orderOf reads an order from what was filled into a form. It is checked by whoever carries it out.
func orderOf(d device.Current, q url.Values) view.IdentityOrder {
	o := view.IdentityOrder{Kind: identity.OrderKind(q.Get("kind")), Device: string(d.ID)}
	switch o.Kind {
	case identity.OrderMerge:
		o.Other = clean(strings.TrimSpace(q.Get("other")))
	case identity.OrderSplit, identity.OrderConfirm:
		o.Refs = q["ref"]
	case identity.OrderRename:
		o.Name = clean(strings.TrimSpace(q.Get("name")))
	case identity.OrderUndo:
		o.Device = ""
		o.Seq, _ = strconv.ParseInt(q.Get("seq"), 10, 64)
	}
	return o
}

// refusedOrder says what is missing in an order before anybody is asked; empty where nothing is.
func refusedOrder(o view.IdentityOrder) string {
	switch {
	case o.Kind == identity.OrderMerge && o.Other == "":
		return "Choose the other device: by its name, id, address or SOURCE/REF."
	case (o.Kind == identity.OrderSplit || o.Kind == identity.OrderConfirm) && len(o.Refs) == 0:
		return "Choose at least one ref."
	case o.Kind == identity.OrderRename && o.Name == "":
		return "Write the new name."
	case o.Kind == identity.OrderUndo && o.Seq <= 0:
		return "Choose what is to be taken back."
	case !slices.Contains([]identity.OrderKind{identity.OrderMerge, identity.OrderSplit, identity.OrderRename, identity.OrderForget, identity.OrderConfirm, identity.OrderUndo}, o.Kind):
		return "Nothing of that kind can be ordered."
	}
	return ""
}

// previewIdentity shows what an order would change, and changes nothing.
func (s *Site) previewIdentity(w http.ResponseWriter, r *http.Request) {
	d, ok := s.find(w, r)
	if !ok {
		return
	}
	s.showPreview(w, r, http.StatusOK, d, orderOf(d, r.URL.Query()), false)
}

// preview works an order out; where it cannot be carried out, it has answered why.
func (s *Site) preview(w http.ResponseWriter, r *http.Request, d device.Current, o view.IdentityOrder) (pipeline.Preview, bool) {
	if wrong := refusedOrder(o); wrong != "" {
		s.showIdentity(w, r, http.StatusUnprocessableEntity, d, o, wrong)
		return pipeline.Preview{}, false
	}
	p, err := s.opt.Act.PreviewIdentity(r.Context(), o)
	if err != nil {
		status, text := s.refusal("preview", err)
		s.showIdentity(w, r, status, d, o, text)
	}
	return p, err == nil
}

func (s *Site) showPreview(w http.ResponseWriter, r *http.Request, status int, d device.Current, o view.IdentityOrder, stale bool) {
	p, ok := s.preview(w, r, d, o)
	if !ok {
		return
	}
	s.render(w, r, status, "preview", &frame{Title: "What would change", Here: "/devices", Content: &previewPage{Device: d, Order: o, Preview: p, Seen: seen(p), Stale: stale}})
}

// orderIdentity carries out what was looked at, and only that.
func (s *Site) orderIdentity(w http.ResponseWriter, r *http.Request) {
	d, ok := s.find(w, r)
	if !ok || !readForm(w, r) {
		return
	}
	o := orderOf(d, r.PostForm)
	p, ok := s.preview(w, r, d, o)
	if !ok {
		return
	}
	if seen(p) != r.PostForm.Get("seen") {
		s.showPreview(w, r, http.StatusConflict, d, o, true)
		return
	}
	_, err := s.opt.Act.OrderIdentity(r.Context(), o)
	switch {
	case err != nil:
		status, text := s.refusal("identity", err)
		s.showIdentity(w, r, status, d, o, text)
	case o.Kind == identity.OrderForget:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	default:
		carriedOut(w, r, d.ID, string(o.Kind))
	}
}

// seen is a sum over what of a preview a person decides on: not the ages in it, nor the ids of what does not exist yet, which
// are others each time.
func seen(p pipeline.Preview) string {
	known := map[device.ID]bool{}
	for i := range p.Before {
		known[p.Before[i].ID] = true
	}
	var all []any
	name := func(n *device.Name) {
		switch {
		case n == nil:
			all = append(all, nil)
		case known[n.ID]:
			all = append(all, n.ID, n.Name)
		default:
			all = append(all, "new", n.Name)
		}
	}
	stands := func(devices []device.Current) {
		for _, d := range devices {
			name(&device.Name{ID: d.ID, Name: d.Name})
			all = append(all, d.Status, d.Standing, d.Bindings)
		}
		all = append(all, len(devices))
	}
	stands(p.Before)
	stands(p.After)
	for i := range p.Events {
		e := &p.Events[i]
		all = append(all, e.Type, e.From, e.To)
		name(e.Device)
		name(e.Other)
	}
	for _, c := range p.Incidents {
		for _, in := range []*device.Incident{c.Before, c.After} {
			if in == nil {
				all = append(all, nil)
				continue
			}
			all = append(all, in.Kind, in.Source, len(in.Devices))
			name(&in.Root)
		}
	}
	b, err := json.Marshal(append(all, p.Notes))
	if err != nil {
		return "" // nothing of it has a form that JSON does not
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}
