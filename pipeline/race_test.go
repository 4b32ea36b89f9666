//go:build race

package pipeline

// raced says that the tests run under the race detector, which takes ten times as long.
const raced = true
