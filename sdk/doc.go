// Package sdk is what a source plugin is written with.
//
// A plugin implements Source, and what it can of the small interfaces beside it, and its main hands it to Serve:
//
//	func main() { sdk.Serve(acme.New()) }
//
// The agent starts that program as a process of its own and talks to it over gRPC; package sourcepb holds the wire
// form, which no author in Go ever sees. Package sourcetest checks a finished plugin over the real wire.
//
// Serve owns the process: it ends it when the agent asks, on SIGTERM, and when the agent is gone. Client is the
// agent's end of the wire. The package knows nothing of the agent, of HCL and of storage.
package sdk
