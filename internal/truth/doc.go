// Package truth scores verdicts against labs of which the truth is known. It runs seeded labs through the real
// pipeline (identity, dedupe, vote, record into a journal in memory) and compares what Quorate held of each device, at
// every moment, with what was so, and does the same with what each monitor held by itself and with simple rules over
// several monitors. docs/truth.md says what is counted and how, and holds the numbers; `make truth` makes them again.
package truth
