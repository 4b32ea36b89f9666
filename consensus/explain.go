package consensus

import (
	"github.com/quorate/quorate/device"
)

func headline(v *device.Verdict) string { return v.Device.Name + " is " + string(v.To) }

// Explain says in one sentence why a verdict was given, from its stored record alone.
func Explain(v device.Verdict) string                              { return headline(&v) }
func pendingText(name string, n *note) (reason, text string)       { return "", "" }
func facetText(name string, n *note, reason string) string         { return "" }
func disputeText(name string, n *note, votes []device.Vote) string { return "" }
func overlayText(d *Device, n *note) string                        { return "" }
