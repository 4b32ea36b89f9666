package sanitize

import (
	"context"
	"fmt"
	"strings"
)

// Label is a kind of thing that a configuration gives a name to, from a closed list.
type Label int

// The labels.
const (
	LabelGroup Label = iota
	LabelTag
	LabelCredential
	LabelTarget
	LabelWindow
	LabelSink
	LabelMachine
	LabelHeader
	LabelAgent
	LabelReason
	labelCount
)

var labelWords = [labelCount]string{"group", "tag", "credential", "target", "window", "sink", "machine", "X-Header", "agent", "reason"}

// Label returns the name of what a configuration names, such as group-1. The number is the first free one: it says
// nothing of the name.
func (t *Table) Label(ctx context.Context, l Label, name string) (Alias, error) {
	if l < 0 || l >= labelCount {
		return Alias{}, fmt.Errorf("label %d is none", l)
	}
	kind := Kind("label-" + strings.ToLower(labelWords[l]))
	return t.of(ctx, kind, name, numbered, false, func(i int) string { return fmt.Sprintf("%s-%d", labelWords[l], i+1) })
}

// Site returns the host name of a monitor in the documentation domain: that of its product, numbered from the second
// on. A host that has a fictional name already keeps it.
func (t *Table) Site(ctx context.Context, host string, p Product) (Alias, error) {
	word := map[Product]string{ProductLibreNMS: "librenms", ProductPRTG: "prtg"}[p]
	if word == "" {
		return t.Host(ctx, host)
	}
	return t.of(ctx, KindHost, strings.ToLower(host), numbered, false, func(i int) string {
		if i == 0 {
			return word + ".example.net"
		}
		return fmt.Sprintf("%s-%d.example.net", word, i+1)
	})
}

// Hardware returns the documentation address of a MAC in any notation; ok is false where it is none.
func (t *Table) Hardware(ctx context.Context, mac string) (a Alias, ok bool, err error) {
	m, ok := hexOctets(mac)
	if !ok {
		return Alias{}, false, nil
	}
	a, err = t.MAC(ctx, spellMAC(m)[0])
	return a, err == nil, err
}
