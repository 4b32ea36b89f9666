// Package execsource is the source "exec": any program that prints observations as JSON lines.
//
// Each poll starts the program anew: exit status 0 means that this was all, anything else that the poll failed. A line
// that is no valid observation is rejected with its number, and the rest stands. The program is an argument vector,
// never a shell's; its environment is what the configuration says and nothing else; it runs in a process group of
// its own that is ended with it. Poll owns every goroutine it starts and returns when all have ended.
package execsource
