// Package peer is what everything of Quorate that calls a server over HTTP has in common, sources and sinks: how the
// server proves who it is (Trust), why no answer came, in words that say what to change (Cause), and how long the server
// wants to be left alone (RetryAfter).
//
// Its texts are made of the address and of what the certificates and the network say, never of a header, a path, a query
// or a body: no secret can be among it. They name the attributes "url", "ca_file" and "pin_sha256", which sources and
// sinks call so alike.
package peer
