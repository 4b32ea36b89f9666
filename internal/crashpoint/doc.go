// Package crashpoint ends the process at a named place in the code, as a power cut would, so that tests can look at what
// is left. Without the build tag "crashpoints" there is nothing in it: Here is an empty function that the compiler
// leaves out.
//
// With the tag, the environment says where: CRASH_AT=before-commit:3 ends the process when it comes to that place for
// the third time. The end is SIGKILL to itself: no deferred call, no signal handler and no buffer gets to run.
package crashpoint

// The places. One that a test is to end at is in All, and the tests of e2e/oracle come to each of them, or in Publishing.
const (
	// Order to Record are the stages of the pipeline: each point is just before the stage's work.
	Order    = "order"
	Identify = "identify"
	Dedupe   = "dedupe"
	Vote     = "vote"
	Alerts   = "alerts"
	Record   = "record"
	// BeforeCommit is with all rows of a batch written and the transaction still open.
	BeforeCommit = "before-commit"
	// AfterCommit is with the transaction on disk and nobody told, AfterAck with the source told.
	AfterCommit = "after-commit"
	AfterAck    = "after-ack"
	// BeforeDelivery is before a sink gets a batch; AfterDelivery is when it has taken it and the cursor still says
	// that it has not.
	BeforeDelivery = "before-delivery"
	AfterDelivery  = "after-delivery"
	// Checkpoint is before the write-ahead log moves into the database, Checkpointed right after.
	Checkpoint   = "checkpoint"
	Checkpointed = "checkpointed"
	// Migration is with a migration's statements done and its transaction still open; MigrationCopy is with the copy
	// that is made before written and not yet in its place.
	Migration     = "migration"
	MigrationCopy = "migration-copy"
	// Backup is with the copy of a backup written and not yet in its place.
	Backup = "backup"
	// PublishNoted to PublishCleared are between the steps of a publication: it is noted, the files beside the post are in
	// their places, the post is written and not in its place, in its place, on record, told as an event, and its draft is
	// away.
	PublishNoted    = "publish-noted"
	PublishAssets   = "publish-assets"
	PublishWritten  = "publish-written"
	PublishRenamed  = "publish-renamed"
	PublishRecorded = "publish-recorded"
	PublishTold     = "publish-told"
	PublishCleared  = "publish-cleared"
)

// Publishing returns the names of the places of a publication, in their order. The tests of blogsink come to each.
func Publishing() []string {
	return []string{PublishNoted, PublishAssets, PublishWritten, PublishRenamed, PublishRecorded, PublishTold, PublishCleared}
}

// All returns the names of all other places, in the order in which an event comes by.
func All() []string {
	return []string{
		Order, Identify, Dedupe, Vote, Alerts, Record, BeforeCommit, AfterCommit, AfterAck, BeforeDelivery, AfterDelivery,
		Checkpoint, Checkpointed, Migration, MigrationCopy, Backup,
	}
}
