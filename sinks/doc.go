// Package sinks holds what sinks share; each sink is a folder below it.
//
// A sink takes events in order and says how many of them it has taken; when it is called, how often it is asked again
// and where it left off is the business of whoever runs it. A sink never looks at anything but the events it is given.
// Filter lets a sink take only the events that its owner wants: the others count as taken.
package sinks
