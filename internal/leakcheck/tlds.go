package leakcheck

import "golang.org/x/net/publicsuffix"

// isTLD reports whether a label is a top-level domain of the internet: the list of public suffixes names it.
func isTLD(label string) bool {
	suffix, icann := publicsuffix.PublicSuffix("x." + label)
	return icann && (suffix == label || suffix == "x."+label)
}
