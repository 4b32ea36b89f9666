// Package sourcepb is the wire form of the contract between agent and source plugin, generated from source.proto.
//
// Authors of plugins in Go never see these types: they stop at the edge of package sdk. Authors in other languages
// read source.proto, which is the whole contract.
package sourcepb

//go:generate sh generate.sh
