package snmpdirect

import (
	"errors"
	"io"
)

// Tags of BER that an envelope is made of.
const (
	tagInteger  = 0x02
	tagOctets   = 0x04
	tagSequence = 0x30
)

var errBER = errors.New("not the BER that was expected")

// ber reads tag, length and value one after the other. It reads no further than the envelope of a message, which may be
// whole in a datagram that is cut.
type ber struct {
	b  []byte
	at int
}

// header reads a tag and a length of the definite form. The value may be longer than what is there.
func (r *ber) header() (tag byte, length int, err error) {
	if len(r.b)-r.at < 2 {
		return 0, 0, io.ErrUnexpectedEOF
	}
	tag, first := r.b[r.at], r.b[r.at+1]
	r.at += 2
	if first < 0x80 {
		return tag, int(first), nil
	}
	octets := int(first & 0x7f)
	if octets == 0 || octets > 4 {
		return 0, 0, errBER
	}
	if len(r.b)-r.at < octets {
		return 0, 0, io.ErrUnexpectedEOF
	}
	for range octets {
		length = length<<8 | int(r.b[r.at])
		r.at++
	}
	return tag, length, nil
}

// into enters a value of the given tag.
func (r *ber) into(want byte) error {
	tag, _, err := r.header()
	if err == nil && tag != want {
		err = errBER
	}
	return err
}

// octets reads a whole value of the given tag.
func (r *ber) octets(want byte) ([]byte, error) {
	tag, n, err := r.header()
	switch {
	case err != nil:
		return nil, err
	case tag != want:
		return nil, errBER
	case n > len(r.b)-r.at:
		return nil, io.ErrUnexpectedEOF
	}
	v := r.b[r.at : r.at+n]
	r.at += n
	return v, nil
}

// integer reads a number that is not negative and fits 32 bits.
func (r *ber) integer() (uint32, error) {
	v, err := r.octets(tagInteger)
	if err != nil {
		return 0, err
	}
	if len(v) == 0 || len(v) > 5 || v[0]&0x80 != 0 || (len(v) == 5 && v[0] != 0) {
		return 0, errBER
	}
	var n uint32
	for _, o := range v {
		n = n<<8 | uint32(o)
	}
	return n, nil
}
