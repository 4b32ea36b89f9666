package device

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// ID names a device of the agent for good: "d_" and ten letters or digits. A merged device's id resolves as an alias.
type ID string

// Crockford's alphabet, as ULIDs use it: no i, l, o and u.
var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID derives the id of a device from its first contact, so that the same input gives the same ids.
func NewID(salt string, first SourceRef, at time.Time) ID {
	h := sha256.New()
	hashParts(h.Write, salt, first.Source, first.Ref)
	var t [8]byte
	binary.BigEndian.PutUint64(t[:], uint64(at.UnixMicro()))
	h.Write(t[:])
	return ID("d_" + crockford.EncodeToString(h.Sum(nil))[:10])
}

// NewEventID derives a ULID: its time is at, its random part a hash of salt and seq. Salt is the record's own, so
// that two agents never give the same id; in a replay it is empty and the same file gives the same ids.
func NewEventID(salt string, seq int64, at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16)
	h := sha256.New()
	hashParts(h.Write, salt)
	var s [8]byte
	binary.BigEndian.PutUint64(s[:], uint64(seq))
	h.Write(s[:])
	copy(b[6:], h.Sum(nil))
	// 128 bits in 26 characters of 5 bits: two leading zero bits.
	var out [26]byte
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	for i := 25; i >= 0; i-- {
		out[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}

// hashParts writes parts so that their borders count: ("ab", "c") and ("a", "bc") differ.
func hashParts(write func([]byte) (int, error), parts ...string) {
	var n [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		_, _ = write(n[:])
		_, _ = write([]byte(p))
	}
}

// Slug returns s in lower case with everything but letters, digits and single hyphens removed, for ids in files and
// paths. It may be empty.
func Slug(s string) string {
	var b strings.Builder
	hyphen := false
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if hyphen && b.Len() > 0 {
				b.WriteByte('-')
			}
			hyphen = false
			b.WriteRune(r)
		default:
			hyphen = true
		}
	}
	return b.String()
}
