package blogsink

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/internal/sanitize"
)

// ListingOptions say what a listing is made with.
type ListingOptions struct {
	Table *sanitize.Table
	// Devices are those known now: a pin has the alias of its device.
	Devices []device.Current
	// Most is how many blocks of the same form are shown next to each other; 0 for all.
	Most int
	// Report, where not nil, is told what stands for what.
	Report *sanitize.Report
}

// NewListing makes what may be shown of a configuration. Whatever has no form in a listing is left out and counted.
func NewListing(ctx context.Context, s Setup, o ListingOptions) (*Listing, error) {
	l := &lister{
		ctx: ctx, o: o, devices: map[string]*device.Current{}, types: map[string]string{}, refs: map[string]int{},
		variables: map[string]int{}, places: map[place]int{}, noted: map[settingNote]bool{}, foreign: map[string]bool{},
	}
	if l.o.Report == nil {
		l.o.Report = &sanitize.Report{}
	}
	for i := range o.Devices {
		d := &o.Devices[i]
		if old := l.devices[d.Name]; old == nil || d.ID < old.ID {
			l.devices[d.Name] = d
		}
	}
	for _, b := range s.Blocks {
		if b.Name == "source" && len(b.Labels) == 2 {
			l.types[b.Labels[1].Text] = b.Labels[0].Text
			l.foreign[b.Labels[1].Text] = b.Foreign
		}
	}
	out := &Listing{}
	out.Blocks = l.blocks(s.Blocks, nil)
	out.Attributes = l.attributes(s.Attributes, nil)
	out.Variables, out.Left = l.named, l.left
	if o.Most > 0 {
		trim(out, o.Most)
	}
	return out, l.err
}

// lister makes a listing and remembers the first failure.
type lister struct {
	ctx       context.Context
	o         ListingOptions
	devices   map[string]*device.Current // by name
	types     map[string]string          // of sources, by name
	foreign   map[string]bool            // sources, by name
	refs      map[string]int             // source, ref -> number
	variables map[string]int             // how often a name is taken
	named     []Variable
	places    map[place]int
	noted     map[settingNote]bool
	left      Count
	err       error
}

func (l *lister) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

func (l *lister) blocks(blocks []SetupBlock, path []settingWord) []ListedBlock {
	var out []ListedBlock
	for i := range blocks {
		b := &blocks[i]
		name, ok := parseWord(b.Name)
		if !ok {
			l.left++
			continue
		}
		before := l.left
		listed := ListedBlock{Name: name, Foreign: b.Foreign}
		inside := append(slices.Clone(path), name)
		kind := ""
		for i, v := range b.Labels {
			if i == 0 && len(b.Labels) > 1 {
				kind = v.Text
				if w, ok := parseWord(kind); ok {
					inside = append(inside, w)
				}
			}
			label, ok := l.value(v, inside)
			if b.Foreign { // it is a comment, and no other block may name it
				label, ok = literalPlugin(), true
				if i > 0 {
					label = l.source(v.Text)
				}
			}
			if !ok {
				break
			}
			listed.Labels = append(listed.Labels, label)
		}
		if len(listed.Labels) != len(b.Labels) {
			l.left++
			continue
		}
		listed.Attributes = l.attributes(b.Attributes, inside)
		listed.Blocks = l.blocks(b.Blocks, inside)
		l.left += Count(b.Left)
		// What an inner block does not show, it says itself.
		listed.Left = l.left - before
		for _, inner := range listed.Blocks {
			listed.Left -= inner.Left
		}
		if n := noteOf(name, kind, b.Foreign); n != noteNone && !l.noted[n] && len(path) == 0 {
			listed.Note, l.noted[n] = n, true
		}
		if len(listed.Attributes)+len(listed.Blocks) == 0 && listed.Left == 0 && len(listed.Labels) == 0 {
			continue
		}
		out = append(out, listed)
	}
	return out
}

func (l *lister) attributes(attributes []SetupAttribute, path []settingWord) []ListedAttribute {
	var out []ListedAttribute
	for _, a := range attributes {
		name, ok := parseWord(a.Name)
		if !ok {
			l.left++
			continue
		}
		listed := ListedAttribute{Name: name}
		inside := append(slices.Clone(path), name)
		switch a.Value.Kind {
		case SetupList, SetupMap:
			listed.List = true
			l.many(&listed, a.Value, inside)
			if len(listed.Many) == 0 {
				continue
			}
		default:
			if listed.One, ok = l.value(a.Value, inside); !ok {
				l.left++
				continue
			}
		}
		out = append(out, listed)
	}
	return out
}

// many fills in a list or a map. Elements that cannot be shown are counted; what several stand for is there once.
func (l *lister) many(a *ListedAttribute, v SetupValue, path []settingWord) {
	for i, e := range v.List {
		var value ListedValue
		ok := true
		if e.Kind == SetupList {
			for _, inner := range e.List {
				one, is := l.value(inner, path)
				if is {
					value.Many = append(value.Many, one)
				}
				ok = ok && is
			}
		} else {
			value.One, ok = l.value(e, path)
		}
		var key Literal
		if ok && v.Kind == SetupMap {
			key, ok = l.value(v.Keys[i], path)
			key = key.key()
		}
		if !ok {
			l.left++
			continue
		}
		if v.Kind == SetupMap {
			a.Keys = append(a.Keys, key)
		} else if slices.ContainsFunc(a.Many, func(o ListedValue) bool { return o.One == value.One && slices.Equal(o.Many, value.Many) }) {
			continue
		}
		a.Many = append(a.Many, value)
	}
}

// value makes a value of what stands in the configuration; ok is false where nothing may be shown.
func (l *lister) value(v SetupValue, path []settingWord) (Literal, bool) {
	switch v.Kind {
	case SetupNumber:
		return literalNumber(v.Number), true
	case SetupYes:
		return literalYes(v.Number != 0), true
	case SetupSpan:
		return literalSpan(v.Span), true
	case SetupSize:
		return literalSize(v.Number), true
	case SetupAmount:
		return literalAmount(v.Text)
	case SetupWord:
		w, ok := parseWord(v.Text)
		return literalWord(w), ok
	case SetupSchedule:
		return literalSchedule(v.Text)
	case SetupEvent:
		return literalEvent(v.Text)
	case SetupSecret:
		return l.secret(path), true
	case SetupListen:
		at, err := netip.ParseAddrPort(v.Text)
		if err != nil {
			return Literal{}, false
		}
		return literalListen(at)
	case SetupFile, SetupFolder:
		return l.place(path)
	case SetupAddress, SetupPeer, SetupURL, SetupHost, SetupMAC, SetupDomain:
		return l.network(v, path)
	case SetupOther, SetupList, SetupMap:
		return Literal{}, false
	}
	return l.name(v)
}

// secret is a reference to a variable whose name says where the secret belongs. The owner's own name for it is private.
func (l *lister) secret(path []settingWord) Literal {
	kind, attribute := path[0], path[len(path)-1]
	if len(path) > 1 && (path[0].text == "source" || path[0].text == "sink") {
		kind = path[1]
	}
	push := slices.ContainsFunc(path, func(w settingWord) bool { return w.text == "push" })
	base := variableOf(kind, attribute, push, 1)
	l.variables[base.text]++
	v := variableOf(kind, attribute, push, l.variables[base.text])
	l.named = append(l.named, v)
	return literalVariable(v)
}

func (l *lister) place(path []settingWord) (Literal, bool) {
	p, ok := map[string]place{"dir": placeBlog, "notes": placeNotes, "path": placeLog}[path[len(path)-1].text]
	if !ok {
		return Literal{}, false
	}
	l.places[p]++
	return literalPlace(p, l.places[p]), true
}

// network is what leads to a host.
func (l *lister) network(v SetupValue, path []settingWord) (Literal, bool) {
	switch v.Kind {
	case SetupDomain:
		return literalDomain(), true
	case SetupMAC:
		a, ok, err := l.o.Table.Hardware(l.ctx, v.Text)
		l.fail(err)
		l.o.Report.Add(sanitize.KindMAC, v.Text, a.String())
		return literalAlias(a), ok && strings.Contains(a.String(), ":")
	case SetupURL:
		u, err := url.Parse(v.Text)
		if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
			return Literal{}, false
		}
		port, _ := strconv.ParseUint(u.Port(), 10, 16)
		host, ok := l.peer(u.Hostname(), uint16(port), path)
		p := placeNone
		if u.Path != "" && u.Path != "/" {
			p = placePath
		}
		return literalURL(u.Scheme == "https", host, p), ok
	case SetupPeer:
		host, port := v.Text, uint64(0)
		if h, p, err := net.SplitHostPort(v.Text); err == nil {
			n, bad := strconv.ParseUint(p, 10, 16)
			if bad != nil {
				return Literal{}, false
			}
			host, port = h, n
		}
		return l.peer(host, uint16(port), path)
	}
	return l.peer(v.Text, 0, path)
}

// peer is a host or an address.
func (l *lister) peer(host string, port uint16, path []settingWord) (Literal, bool) {
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		if lit, ok := literalLoopback(addr, port); ok {
			return lit, true
		}
		a, err := l.o.Table.Address(l.ctx, addr)
		l.fail(err)
		if _, bad := netip.ParseAddr(a.String()); bad != nil {
			return Literal{}, false // all of the range is given out
		}
		l.o.Report.Add(sanitize.KindIPv4, host, a.String())
		return literalPeer(a, port), true
	}
	if strings.EqualFold(host, "localhost") {
		return literalLocalhost(port), true
	}
	product := sanitize.ProductOther
	if len(path) > 1 && path[0].text == "source" {
		product = sanitize.ProductOf(path[1].text, "")
	}
	a, err := l.o.Table.Site(l.ctx, host, product)
	l.fail(err)
	l.o.Report.Add(sanitize.KindHost, host, a.String())
	return literalPeer(a, port), true
}

// name is what the owner named.
func (l *lister) name(v SetupValue) (Literal, bool) {
	var a sanitize.Alias
	var err error
	label := func(kind sanitize.Label) {
		if a, err = l.o.Table.Label(l.ctx, kind, v.Text); err == nil {
			l.o.Report.Add(sanitize.KindWord, v.Text, a.String())
		}
	}
	switch v.Kind {
	case SetupDevice:
		if a, err = l.device(v.Text); err == nil {
			l.o.Report.Add(sanitize.KindDevice, v.Text, a.String())
		}
	case SetupSource:
		return l.source(v.Text), !l.foreign[v.Text]
	case SetupMachine:
		if _, ok := l.types[v.Text]; ok && !l.foreign[v.Text] {
			return l.source(v.Text), true
		}
		if l.devices[v.Text] != nil {
			return l.name(SetupValue{Kind: SetupDevice, Text: v.Text})
		}
		label(sanitize.LabelMachine)
	case SetupRef:
		if l.refs[v.Text] == 0 {
			l.refs[v.Text] = len(l.refs) + 1
		}
		return literalRef(l.refs[v.Text]), true
	case SetupGroup, SetupTag:
		if plain, ok := literalLabel(v.Text); ok {
			return plain, true
		}
		label(map[SetupKind]sanitize.Label{SetupGroup: sanitize.LabelGroup, SetupTag: sanitize.LabelTag}[v.Kind])
	case SetupCredential:
		label(sanitize.LabelCredential)
	case SetupTarget:
		if l.devices[v.Text] != nil {
			return l.name(SetupValue{Kind: SetupDevice, Text: v.Text})
		}
		label(sanitize.LabelTarget)
	case SetupWindow:
		label(sanitize.LabelWindow)
	case SetupSink:
		label(sanitize.LabelSink)
	case SetupHeader:
		if strings.EqualFold(v.Text, "authorization") {
			return literalAuthorization(), true
		}
		label(sanitize.LabelHeader)
	case SetupUser:
		if a, err = l.o.Table.User(l.ctx, v.Text); err == nil {
			l.o.Report.Add(sanitize.KindUser, v.Text, a.String())
		}
	default:
		return Literal{}, false
	}
	l.fail(err)
	return literalAlias(a), err == nil
}

// device is the role name of a device. A pin that no device has come for yet is a device of no role.
func (l *lister) device(name string) (sanitize.Alias, error) {
	if d := l.devices[name]; d != nil {
		return l.o.Table.Device(l.ctx, string(d.ID), sanitize.RoleOf(d.Type, d.Vendor, d.Model))
	}
	return l.o.Table.Device(l.ctx, "pin:"+name, sanitize.RoleDevice)
}

func (l *lister) source(name string) Literal {
	a, err := l.o.Table.Source(l.ctx, name, sanitize.ProductOf(l.types[name], name))
	l.fail(err)
	return literalSource(a)
}
