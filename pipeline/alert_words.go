package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/quorate/quorate/device"
)

// problems are the alerts of one observation that last, one a ref, in the order of their refs, as they are compared and
// told. Of two with one ref the graver holds, and nothing depends on how they are listed.
func problems(list []device.Alert) []device.Alert {
	out := make([]device.Alert, 0, len(list))
	for i := range list {
		if list[i].State != logged {
			out = append(out, problem(&list[i]))
		}
	}
	slices.SortFunc(out, func(a, b device.Alert) int {
		return cmp.Or(strings.Compare(a.Ref, b.Ref), cmp.Compare(grave(b.Severity), grave(a.Severity)), strings.Compare(a.Severity, b.Severity), strings.Compare(a.State, b.State),
			strings.Compare(a.Component, b.Component), strings.Compare(a.Class, b.Class), a.Since.Compare(b.Since), strings.Compare(a.Text, b.Text))
	})
	return slices.CompactFunc(out, func(a, b device.Alert) bool { return a.Ref == b.Ref })
}

// problem cleans and cuts an alert's words. It changes nothing in one that it has returned.
func problem(a *device.Alert) device.Alert {
	return device.Alert{
		Ref: a.Ref, Component: line(a.Component, device.MaxName), Class: line(a.Class, maxAlertWord), Severity: line(a.Severity, maxAlertWord),
		State: line(a.State, maxAlertWord), Since: a.Since.Truncate(time.Microsecond), Text: line(a.Text, maxAlertText),
	}
}

// line makes a stranger's text one line without what cannot be seen, of at most limit characters.
func line(s string, limit int) string {
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }), " ")
	if len(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > limit {
			return strings.TrimRight(s[:i], " ")
		}
	}
	return s
}

// sameProblem says whether an alert is what it was. Its text and its date do not count: in many a text there is a
// reading, and some sources work out the date anew each time.
func sameProblem(a, b *device.Alert) bool {
	return a.Severity == b.Severity && a.State == b.State && a.Component == b.Component && a.Class == b.Class
}

func byRef(a device.Alert, ref string) int { return strings.Compare(a.Ref, ref) }

// alertTeller writes the events of one device's alerts at one source.
type alertTeller struct {
	in       *instant
	source   string
	name     device.Name
	overlays []device.OverlayKind
}

// teller knows what a device is called after the instant, and who is not to be told of it.
func (in *instant) teller(v *View, source string, id device.ID) alertTeller {
	t := alertTeller{in: in, source: source, name: device.Name{ID: id}}
	d := in.truth.Devices[id]
	if d == nil {
		d = v.consensus.Devices[id]
	}
	if d == nil {
		return t
	}
	t.name.Name = d.Name
	if o := d.Overlays(); len(o) > 0 {
		t.overlays = o
	}
	return t
}

func (t *alertTeller) tell(e device.Event, a *device.Alert) {
	name := t.name
	e.Source, e.Device, e.Alert, e.Component = t.source, &name, line(a.Ref, device.MaxName), a.Component
	if e.Since = a.Since; e.Since.After(t.in.at) {
		e.Since = t.in.at
	}
	e.Overlays = t.overlays
	t.in.alerts = append(t.in.alerts, e)
}

func (t *alertTeller) device() string { return line(t.name.Name, device.MaxName) }

func (t *alertTeller) opened(a *device.Alert) {
	t.tell(device.Event{
		Type: device.EventAlertOpened, To: a.Severity, Reason: a.State,
		Text: fmt.Sprintf("%s reports on %s: %s%s", t.source, t.device(), what(a), brackets(a.Severity, unlessFiring(a.State))),
	}, a)
}

func (t *alertTeller) changed(was, a *device.Alert) {
	words := []string{a.Severity}
	if was.Severity != a.Severity {
		words = append(words, "was "+orNone(was.Severity))
	}
	if was.State != a.State {
		words = append(words, orNone(a.State))
	}
	t.tell(device.Event{
		Type: device.EventAlertChanged, From: was.Severity, To: a.Severity, Reason: a.State,
		Text: fmt.Sprintf("%s reports on %s: %s%s", t.source, t.device(), what(a), brackets(words...)),
	}, a)
}

func (t *alertTeller) closed(a *device.Alert, reason string) {
	text := fmt.Sprintf("%s no longer reports on %s: %s", t.source, t.device(), what(a))
	switch reason {
	case alertDeviceMissing:
		text = fmt.Sprintf("%s no longer has %s, of which it reported: %s", t.source, t.device(), what(a))
	case alertDeviceForgotten:
		text = fmt.Sprintf("%s is forgotten, of which %s reported: %s", t.device(), t.source, what(a))
	}
	t.tell(device.Event{Type: device.EventAlertClosed, From: a.Severity, Reason: reason, Text: text}, a)
}

// what names the problem in the source's words.
func what(a *device.Alert) string {
	return cmp.Or(a.Text, a.Component, a.Class, "alert "+line(a.Ref, maxAlertWord))
}

// unlessFiring is a state that says more than that the alert is there.
func unlessFiring(state string) string {
	if state == "firing" {
		return ""
	}
	return state
}

func orNone(word string) string { return cmp.Or(word, "not said") }

func brackets(words ...string) string {
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}
