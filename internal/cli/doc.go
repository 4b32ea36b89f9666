// Package cli is the command line: it parses flags, calls the rooms that do the work and prints what they return.
//
// Nothing here decides anything about devices. Commands that ask a running agent go through the unix socket in its
// data folder, so that the operating system says who may; a command's exit code is part of its contract.
package cli
