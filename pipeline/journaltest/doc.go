// Package journaltest proves that a pipeline.Journal keeps its promises.
package journaltest
