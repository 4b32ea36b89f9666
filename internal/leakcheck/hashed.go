package leakcheck

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Hashed is the kind of a registry's list whose values are kept as keyed hashes: those that nobody needs any more, such as
// a secret that was rotated, and that no post may show all the same. An entry is what Hash makes:
//
//	<key in hex>:<length>[+<blanks>]:<HMAC-SHA-256 in hex>[:<kind>]
//
// The hash is of the value in small letters, as a text is read (see fold); length is its bytes, and blanks are how many of
// them are blanks, none where left out. kind is what a finding is called. Such values are found as whole words only.
const Hashed = "hashed"

// hashLimits: a shorter value is part of too many words, and a longer one is no credential.
const shortestHash, longestHash = 3, 512

// Hash returns the entries for a value of a registry's kind: one for each spelling that would be searched for if the value
// stood there in the clear. It returns none for a value that says nothing. The key is the caller's secret, of any length;
// entries with the same key are found faster.
func Hash(key []byte, kind, value string) []string {
	if name, ok := singular[kind]; ok {
		kind = name
	}
	s := speller{}
	s.add(kind, strings.TrimSpace(value))
	var out []string
	mac := hmac.New(sha256.New, key)
	for _, p := range s.patterns {
		// The beginning of a secret is easier to guess than the secret.
		if p.bound == boundPrefix || len(p.text) < shortestHash || len(p.text) > longestHash {
			continue
		}
		mac.Reset()
		mac.Write([]byte(p.text))
		length := strconv.Itoa(len(p.text))
		if n := strings.Count(p.text, " "); n > 0 {
			length += "+" + strconv.Itoa(n)
		}
		out = append(out, fmt.Sprintf("%x:%s:%x:%s", key, length, mac.Sum(nil), p.kind))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hashes finds values of which only the hash is known.
type hashes struct {
	keys []hashKey
	bad  bool // an entry cannot be read: nothing may pass for being looked for
}

type hashKey struct {
	key []byte
	// sizes are the lengths that there are, by number of blanks.
	sizes map[int]map[int]bool
	// most is the longest.
	most   int
	blanks int
	kinds  map[[sha256.Size]byte]string
}

func newHashes(entries []string) hashes {
	var h hashes
	for _, e := range entries {
		if h.add(e) != nil {
			h.bad = true
		}
	}
	return h
}

// add reads an entry. Its errors do not repeat it.
func (h *hashes) add(entry string) error {
	fields := strings.Split(entry, ":")
	if len(fields) < 3 || len(fields) > 4 {
		return fmt.Errorf("want key:length:hash or key:length:hash:kind, not %d fields", len(fields))
	}
	key, err := hex.DecodeString(fields[0])
	if err != nil || len(key) == 0 {
		return fmt.Errorf("the key is no text of hex digits")
	}
	lengthText, blankText, some := strings.Cut(fields[1], "+")
	length, err := strconv.Atoi(lengthText)
	if err != nil || length < shortestHash || length > longestHash {
		return fmt.Errorf("the length is not between %d and %d", shortestHash, longestHash)
	}
	blanks := 0
	if some {
		if blanks, err = strconv.Atoi(blankText); err != nil || blanks < 0 || blanks > length {
			return fmt.Errorf("the number of blanks is none of a text of %d bytes", length)
		}
	}
	sum, err := hex.DecodeString(fields[2])
	if err != nil || len(sum) != sha256.Size {
		return fmt.Errorf("the hash has not %d bytes in hex", sha256.Size)
	}
	kind := Hashed
	if len(fields) == 4 {
		kind = fields[3]
	}
	i := slices.IndexFunc(h.keys, func(k hashKey) bool { return string(k.key) == string(key) })
	if i < 0 {
		i = len(h.keys)
		h.keys = append(h.keys, hashKey{key: key, sizes: map[int]map[int]bool{}, kinds: map[[sha256.Size]byte]string{}})
	}
	k := &h.keys[i]
	if k.sizes[blanks] == nil {
		k.sizes[blanks] = map[int]bool{}
	}
	k.sizes[blanks][length] = true
	k.most, k.blanks = max(k.most, length), max(k.blanks, blanks)
	k.kinds[[sha256.Size]byte(sum)] = kind
	return nil
}

// scan hashes the words of a view, and what several of them make together, and looks each up.
func (h *hashes) scan(v *view) []hit {
	var hits []hit
	for i := range h.keys {
		k := &h.keys[i]
		s := hashScan{k: k, v: v, mac: hmac.New(sha256.New, k.key), seen: map[string]string{}}
		for start := 0; start < len(v.lower); start++ {
			if blank(v.lower[start]) || start > 0 && (glued(v.cased[start-1], v.cased[start]) || !utf8.RuneStart(v.lower[start])) {
				continue
			}
			hits = s.from(start, hits)
		}
	}
	return hits
}

type hashScan struct {
	k    *hashKey
	v    *view
	mac  hash.Hash
	seen map[string]string // a text's kind, "" where it is no value: posts repeat their words
	sum  [sha256.Size]byte
}

// from looks up all that begins at start.
func (s *hashScan) from(start int, hits []hit) []hit {
	text, blanks := s.v.lower, 0
	for end := start + 1; end <= len(text) && end-start <= s.k.most; end++ {
		if blank(text[end-1]) {
			if blanks++; blanks > s.k.blanks {
				return hits
			}
			continue
		}
		if !s.k.sizes[blanks][end-start] || end < len(text) && glued(s.v.cased[end-1], s.v.cased[end]) && (text[end] != 's' || !isAlpha(text[end-1])) {
			continue
		}
		if kind := s.kind(text[start:end]); kind != "" {
			hits = append(hits, hit{kind, start, end})
		}
	}
	return hits
}

func (s *hashScan) kind(text []byte) string {
	if kind, ok := s.seen[string(text)]; ok {
		return kind
	}
	s.mac.Reset()
	s.mac.Write(text)
	kind := s.k.kinds[[sha256.Size]byte(s.mac.Sum(s.sum[:0]))]
	s.seen[string(text)] = kind
	return kind
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }
