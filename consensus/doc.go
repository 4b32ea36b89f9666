// Package consensus decides what is true: it turns the claims of sources into verdicts, with every vote and reason.
//
// Everything here is a pure function of the configuration, the state after the last instant and what arrived at this
// one. [Judge] never changes the state it is given; it returns an [Outcome], which the caller stores and then hands
// to [State.Apply]. The same claims, configuration and instants give the same verdicts, in whatever order the
// snapshots of one instant arrived. Nothing reads a clock: every time is an argument, in UTC.
//
// An instant runs through these steps, a file or two each:
//
//	meet      devices that are new, renamed, merged or forgotten           meet.go
//	hear      snapshots: polls counted, claims dated, late ones set aside  hear.go claim.go shrink.go retire.go
//	doubt     which sources are not believed                               suspect.go lost.go
//	mute      maintenance and acknowledgements that begin or end           mute.go
//	judge     the rule, confirmation, disputes, flapping, a device each    tally.go weight.go step.go dispute.go flap.go
//	overlay   what is unreachable behind what, and the incidents           overlay.go incident.go
//	tell      events and full verdict records                              tell.go votes.go explain.go
//
// Nearly every word of nearly every poll says again what is held already. On a device that is calm (calm.go) such a word
// is not judged: it only moves dates, in place when the outcome is applied (moves.go), and they are stored by source
// (dates.go). What finds devices and reports, and knows which need a look, is in index.go. None of this may be told from
// the outcome: a test plays random stories with every word judged beside it.
//
// Between instants the state is described, as it counts at any time: describe.go, disputes.go, coverage.go, stand.go
// (in words) and acting.go (what a change may rest on).
package consensus
