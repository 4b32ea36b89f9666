package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"math/big"
	"strings"
)

// What a secret begins with says what it is, to people and to programs that look for secrets in the wrong place.
const (
	tokenPrefix   = "qtk_"
	sessionPrefix = "qse_"
	linkPrefix    = "qln_"
	ticketPrefix  = "qti_"
)

const (
	secretBytes = 32
	// 62^43 is above 2^256, and 62^6 above 2^32.
	randomDigits, sumDigits = 43, 6
	secretLength            = len(tokenPrefix) + randomDigits + sumDigits
)

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// digest is what is kept of a secret. A secret has 256 random bits: it needs no salt and no slow hash.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

// is compares in a time that tells nothing of either.
func (d digest) is(other digest) bool { return subtle.ConstantTimeCompare(d[:], other[:]) == 1 }

// MarshalText writes it in hex.
func (d digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *digest) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(d) {
		return errors.New("not a sum of 32 bytes in hex")
	}
	copy(d[:], b)
	return nil
}

// newSecret returns a fresh one: prefix, 256 random bits and a checksum.
func newSecret(prefix string) string {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // it never fails: without randomness the program ends
	text := prefix + base62(new(big.Int).SetBytes(b[:]), randomDigits)
	return text + checksum(text)
}

// wellFormed reports whether text can be a secret of that prefix: what was cut or mistyped is refused unasked.
func wellFormed(prefix, text string) bool {
	if len(text) != secretLength || !strings.HasPrefix(text, prefix) {
		return false
	}
	body := text[:secretLength-sumDigits]
	return strings.Trim(body[len(prefix):], digits) == "" && checksum(body) == text[secretLength-sumDigits:]
}

func checksum(text string) string {
	return base62(new(big.Int).SetUint64(uint64(crc32.ChecksumIEEE([]byte(text)))), sumDigits)
}

// base62 writes n, which fits, with that many digits.
func base62(n *big.Int, width int) string {
	out, base, rest := make([]byte, width), big.NewInt(int64(len(digits))), new(big.Int)
	for i := width - 1; i >= 0; i-- {
		n.DivMod(n, base, rest)
		out[i] = digits[rest.Int64()]
	}
	return string(out)
}
