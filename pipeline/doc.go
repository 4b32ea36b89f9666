// Package pipeline carries snapshots through the stages and committed events to the sinks.
//
// A snapshot that is published waits in the batcher; all that wait become one message on the topic "observed". Its
// handler acknowledges when the batch stands in the committer's bounded queue. The committer is the one goroutine
// that takes batches through the stages identify, dedupe, vote, alerts and record. Record is one Journal.Commit, retried
// until it succeeds; only then does the View move on, does Publish return and does the topic "recorded" carry the
// newest sequence number: a nudge and no more. Each sink has a drain: a goroutine with a cursor of its own, which
// delivers the journal in order and at least once and holds nobody back. A call to a sink runs in another goroutine, one
// at a time, so that a sink that never returns costs that one.
//
// What cannot be processed goes to Journal.Reject with its reason. Live, the committer assigns the instants, never
// backwards, and adds one every ClockInterval; Replay uses the times of the file and the same stages. Run starts all
// goroutines and returns when all have ended. The package declares the interfaces that it needs (Journal, Sink) and
// knows neither the store nor the API.
package pipeline
