package leakcheck

import "golang.org/x/net/publicsuffix"

// tlds reports whether a label is a top-level domain of the internet: the list names it, it is not taken for one by
// the list's rule for unknown names.
func tlds(label string) bool {
	suffix, icann := publicsuffix.PublicSuffix("x." + label)
	return icann && suffix == label || suffix == "x."+label && icann
}
