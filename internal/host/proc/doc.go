// Package proc looks after what a process starts: who belongs to it, also what has left its process group or its
// parent, what they hold together, and how all of them are ended.
//
// The kernel knows parents, groups and sessions, and each of them can be left. So an agent adopts what loses its parent
// (Adopt), and a Family remembers who was seen in it. Nothing here runs by itself: the caller looks again and again,
// with one Table for all its families.
package proc
