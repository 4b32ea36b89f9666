package device

import "time"

// Explanation is a verdict with what a person reads of it.
type Explanation struct {
	// Text is the verdict in a sentence, Now how the device stood at At in another; empty where that adds nothing.
	Text string `json:"text"`
	Now  string `json:"now,omitempty"`
	// Verdict is the stored record. Where none was ever given it is the device as it stood, with Seq 0.
	Verdict
	// At is when it stood so, and Stand the whole of it, with the votes as they counted. Missing says why nobody knows.
	At      time.Time `json:"at,omitzero"`
	Stand   *Current  `json:"stand,omitempty"`
	Missing string    `json:"missing,omitempty"`
}
