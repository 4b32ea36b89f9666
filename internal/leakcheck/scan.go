package leakcheck

// hit is a finding within a view.
type hit struct {
	kind       string
	start, end int
}

// detector finds one class of what has a shape of its own.
type detector func(*scanner)

func newDetectors() []detector {
	return []detector{
		(*scanner).ipv4, (*scanner).colons, (*scanner).nibbles, (*scanner).macs, (*scanner).names, (*scanner).mails,
		(*scanner).tokens, (*scanner).base64,
	}
}

// structured finds what has a shape of its own: addresses, names, keys.
func (c *Checker) structured(v *view) []hit {
	s := scanner{v: v, s: v.lower}
	for _, find := range c.detectors {
		find(&s)
	}
	return s.hits
}

type scanner struct {
	v    *view
	s    []byte
	hits []hit
}

func (c *scanner) add(kind string, start, end int) {
	c.hits = append(c.hits, hit{kind, start, end})
}

func (c *scanner) at(i int) byte {
	if i < 0 || i >= len(c.s) {
		return 0
	}
	return c.s[i]
}

// before returns up to n bytes of the same line before i.
func (c *scanner) before(i, n int) string {
	from := max(0, i-n)
	for j := i - 1; j >= from; j-- {
		if c.s[j] == '\n' {
			from = j + 1
			break
		}
	}
	return string(c.s[from:i])
}

// run returns the end of the run of bytes from i for which ok holds.
func (c *scanner) run(i int, ok func(byte) bool) int {
	for i < len(c.s) && ok(c.s[i]) {
		i++
	}
	return i
}
