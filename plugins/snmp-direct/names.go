package snmpdirect

import "strings"

// below returns what follows root and a dot in name.
func below(name, root string) (string, bool) {
	if len(name) <= len(root)+1 || name[len(root)] != '.' || name[:len(root)] != root {
		return "", false
	}
	return name[len(root)+1:], true
}

// compareNames orders dotted names by their arcs as numbers.
func compareNames(a, b string) int {
	a, b = strings.TrimPrefix(a, "."), strings.TrimPrefix(b, ".")
	for {
		switch {
		case a == "" && b == "":
			return 0
		case a == "":
			return -1
		case b == "":
			return 1
		}
		var x, y uint64
		x, a = arc(a)
		y, b = arc(b)
		if x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
}

func arc(s string) (uint64, string) {
	var n uint64
	for i := range len(s) {
		if s[i] == '.' {
			return n, s[i+1:]
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n, ""
}
