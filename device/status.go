package device

import "time"

// AgentState says whether the agent works within its limits.
type AgentState string

// The states of the agent. A degraded agent goes on: it takes what it can, loses nothing that it has acknowledged, and
// is well again by itself once the limit is gone.
const (
	AgentOK       AgentState = "ok"
	AgentDegraded AgentState = "degraded"
)

// LimitKind names what the agent is held up by. New ones may be added; readers show what they do not know.
type LimitKind string

// The limits.
const (
	// LimitDiskFull, LimitReadOnly and LimitDiskError: nothing can be stored. Sources wait, and nothing is acknowledged.
	LimitDiskFull  LimitKind = "disk_full"
	LimitReadOnly  LimitKind = "read_only"
	LimitDiskError LimitKind = "disk_error"
	// LimitDiskSlow: commits take seconds. Sources wait for them.
	LimitDiskSlow LimitKind = "disk_slow"
	// LimitOverload: more comes than can be committed, though the disk is well. Sources wait.
	LimitOverload LimitKind = "overload"
	// LimitSinkBehind: a sink, named by the subject, has not taken its events for a while. They are kept.
	LimitSinkBehind LimitKind = "sink_behind"
	// LimitWALHeld: somebody who reads the database does not end, so its write-ahead log cannot be shortened.
	LimitWALHeld LimitKind = "wal_held"
	// LimitRecordDamaged: stored bytes are not what was written.
	LimitRecordDamaged LimitKind = "record_damaged"
	// LimitPostLeaks: something private stands in a published post of the blog that the subject names.
	LimitPostLeaks LimitKind = "post_leaks"
	// LimitCertificate: the certificate of the page expires soon, or has.
	LimitCertificate LimitKind = "certificate"
)

// Limit is one limit that the agent is at.
type Limit struct {
	Limit LimitKind `json:"limit"`
	// Subject is what is at the limit where there are several: a sink.
	Subject string    `json:"subject,omitempty"`
	Since   time.Time `json:"since"`
	// Text is one sentence on what is wrong, Advice one on what a person can do about it.
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"`
}

// ConfigStatus is the configuration in force.
type ConfigStatus struct {
	// Generation is 1 from the start on and rises with each reload that took effect.
	Generation int       `json:"generation"`
	Hash       string    `json:"hash,omitempty"`
	LoadedAt   time.Time `json:"loaded_at,omitzero"`
	// Error is why the last attempt to reload was refused; empty where it was not.
	Error string `json:"error,omitempty"`
}

// SourceCounts counts the configured sources by how far they are believed.
type SourceCounts struct {
	Up      int `json:"up"`
	Blind   int `json:"blind"`
	Suspect int `json:"suspect"`
}

// SinkCounts counts the sinks by how they do; one that is stuck counts as failing.
type SinkCounts struct {
	OK      int `json:"ok"`
	Behind  int `json:"behind"`
	Failing int `json:"failing"`
}

// AgentStatus is how the agent does at one instant.
type AgentStatus struct {
	Name    string     `json:"name"`
	Version string     `json:"version"`
	State   AgentState `json:"state"`
	// Since is when State began, Started when the agent did.
	Since   time.Time `json:"since"`
	Started time.Time `json:"started"`
	// Limits are those that the agent is at, the one met first before the others; empty where it is ok.
	Limits []Limit `json:"limits"`

	Config ConfigStatus `json:"config"`
	// Waiting are the snapshots handed over and not yet committed.
	Waiting int          `json:"waiting"`
	Sources SourceCounts `json:"sources"`
	Sinks   SinkCounts   `json:"sinks"`
	LastSeq int64        `json:"last_seq"`
	// LastCommit is when the last commit was done, LastCommitTook how long it took, in seconds; zero before the first one.
	LastCommit     time.Time `json:"last_commit,omitzero"`
	LastCommitTook float64   `json:"last_commit_took,omitzero"`
	// MemoryBytes is what the agent's process holds of the system's memory.
	MemoryBytes int64 `json:"memory_bytes,omitzero"`
}
