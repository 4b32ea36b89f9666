// Package examples holds complete configurations, each decoded by a test, and third-party plugins in small.
package examples

import _ "embed" // the demo's configuration is part of the binary

// Demo is the configuration of the simulated home lab.
//
//go:embed hcl/demo.hcl
var Demo []byte
