// Package gitleaks lets a scanner of secrets that is not ours read every post, picture and shared output of this
// repository, and those that a test run has made (QUORATE_PRODUCED names their folder). It finds nothing there.
//
// It is a module of its own: the scanner brings some four hundred lines of go.sum, which the agent must not carry.
package gitleaks
