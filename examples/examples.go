// Package examples holds complete configurations, each decoded by a test, an owner's notes for a post, and third-party
// plugins in small.
package examples

import "embed"

// Demo is the configuration of the simulated home lab.
//
//go:embed hcl/demo.hcl
var Demo []byte

// Notes is what the simulated lab's owner noted down, under notes/.
//
//go:embed notes/*.md
var Notes embed.FS
