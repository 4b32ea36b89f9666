package posts

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// mint makes canaries: each of its values occurs nowhere else.
type mint struct {
	r    *rand.Rand
	seen map[string]bool
	// made are all of them by kind, for the finder.
	made map[string][]string
}

func newMint(r *rand.Rand) *mint {
	return &mint{r: r, seen: map[string]bool{}, made: map[string][]string{}}
}

// once repeats draw until it gives what it has not given.
func (m *mint) once(kind string, draw func() string) string {
	for {
		v := draw()
		if !m.seen[v] {
			m.seen[v] = true
			m.made[kind] = append(m.made[kind], v)
			return v
		}
	}
}

// word is ten letters that can be spoken and are in no dictionary. Its letters are rare ones, so that words of posts
// do not look like it.
func (m *mint) word() string { return m.once("word", m.letters) }

func (m *mint) letters() string {
	const consonants, vowels = "bdfgkpvxzwq", "aou"
	var b strings.Builder
	for range 5 {
		b.WriteByte(consonants[m.r.IntN(len(consonants))])
		b.WriteByte(vowels[m.r.IntN(len(vowels))])
	}
	return b.String()
}

// token is a credential: letters of both cases and digits.
func (m *mint) token() string {
	return m.once("token", func() string {
		return m.letters() + fmt.Sprintf("%06d", m.r.IntN(1000000)) + strings.ToUpper(m.letters())
	})
}

// serial is a serial number.
func (m *mint) serial() string {
	return m.once("serial", func() string { return strings.ToUpper(m.letters()[:6]) + fmt.Sprintf("%07d", m.r.IntN(10000000)) })
}

// ipv4 is a private address.
func (m *mint) ipv4() string {
	return m.once("ipv4", func() string { return fmt.Sprintf("10.%d.%d.%d", 40+m.r.IntN(200), 20+m.r.IntN(230), 20+m.r.IntN(230)) })
}

// ipv6 is a unique local address.
func (m *mint) ipv6() string {
	return m.once("ipv6", func() string {
		return fmt.Sprintf("fd%02x:%x:%x::%x", m.r.IntN(256), 0x1000+m.r.IntN(0xefff), 0x1000+m.r.IntN(0xefff), 0x1000+m.r.IntN(0xefff))
	})
}

// mac is an address of a card, outside of the range for documentation.
func (m *mint) mac() string {
	return m.once("mac", func() string {
		return fmt.Sprintf("a8:%02x:%02x:%02x:%02x:%02x", 0x10+m.r.IntN(0xf0), 0x10+m.r.IntN(0xf0), 0x10+m.r.IntN(0xf0), 0x10+m.r.IntN(0xf0), 0x10+m.r.IntN(0xf0))
	})
}
