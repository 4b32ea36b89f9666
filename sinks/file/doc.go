// Package file appends events to a file, one JSON object a line: the bytes that "quorate events --json" prints.
//
// Lines are on disk before they count as taken: each Deliver ends with fsync. Where the agent ended between that and its
// cursor, the same events come again; what is already in the file is found by its id and not written twice. A line that
// was cut off by a crash, a power cut or a full disk is cut away before the next one is written, so that none stays.
//
// The file is rotated by size and by day, between two deliveries: a rotated file is complete and never changed again,
// but for being compressed and, in the end, removed. A file that somebody else has moved away is left alone, and a new one is
// begun. Nobody else may write to the file: it is locked.
//
// A Sink starts no goroutine.
package file
