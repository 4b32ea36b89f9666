// Package leaktext holds texts with something private in them, and texts without, for the tests of what takes private values
// out (internal/sanitize) and of what looks for them (internal/leakcheck, quorate post verify). Neither knows how these
// texts are made: the package imports nothing of ours.
//
// No private address and nothing that looks like a live credential stands in it: values are put together, or drawn, when a
// test runs.
package leaktext
