// Package backtest judges the recorded polls again, under other settings, and says what would have been different.
//
// Two courses run side by side from the same state: one by the settings of then, which must come out as recorded, and
// one by the settings in question. As long as the two are the same there is one course. The package reads the record and
// never writes; it owns no goroutine.
package backtest
