// Package e2e tests the program as its users meet it: the real binary as a process, real plugin processes beside it,
// the simulated home lab on the other side of the wire. Nothing in it reaches into the agent; what a test knows it
// has from the command line, the API, the live stream and the files that the program leaves.
package e2e
