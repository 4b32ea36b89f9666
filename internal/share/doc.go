// Package share makes the output of a command fit for a forum or an issue.
//
// Three nets work one after the other, and none knows of the others. A cleaner of internal/sanitize replaces what the
// agent knows to be private, and what looks so, by the aliases that posts use. Of the words that are left only those
// stand that the program itself says, numbers, times and aliases: anything else, such as the words of a source, is
// replaced by a mark. Then internal/leakcheck reads the finished bytes, and a single finding refuses all of it.
//
// A Masker is made for one output and thrown away. It starts no goroutine and does no I/O but through the table of
// aliases.
package share
