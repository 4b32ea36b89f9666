package snmpdirect

import (
	"testing"

	"github.com/gosnmp/gosnmp"
)

// FuzzDecodeAnswer gives any datagram to what judges the answers to v2c and v3 questions: it never panics, and never
// takes for an answer what nobody signed.
func FuzzDecodeAnswer(f *testing.F) {
	v2c, v3 := decodeSession(f, "v2c"), decodeSession(f, "v3")
	for _, s := range []*session{v2c, v3} {
		good := goodAnswer(f, s)
		f.Add(good)
		f.Add(good[:len(good)/2])
	}
	f.Fuzz(func(t *testing.T, datagram []byte) {
		e, err := readEnvelope(datagram)
		if err != nil {
			return
		}
		for _, s := range []*session{v2c, v3} {
			a, judged := s.judge(request{}, append([]byte(nil), datagram...), &e)
			if judged != good {
				continue
			}
			if s == v3 && a.PDUType != gosnmp.Report && (!e.authenticated || !e.encrypted || e.user != "quorate") {
				t.Errorf("%s by %q was taken for an answer", a.PDUType, e.user)
			}
		}
	})
}

// FuzzDecodePacket gives any datagram to the decoder as traps reach it: of all versions, from anybody.
func FuzzDecodePacket(f *testing.F) {
	f.Add(goodAnswer(f, decodeSession(f, "v2c")))
	f.Add([]byte("\x30\x2b\x02\x01\x00\x04\x06public\xa4\x1e\x06\x08\x2b\x06\x01\x04\x01\x82\x37\x02\x40\x04\xc0\x00\x02\x01\x02\x01\x02\x02\x01\x00\x43\x01\x05\x30\x03\x30\x01\x06"))
	f.Add([]byte("\x30\x3a\x02\x01\x03\x30\x0e\x02\x02\x01\x01\x02\x03\x00\xff\xe3\x04\x01\x04\x02\x01\x03\x04\x10\x30\x0e\x04\x00\x02\x01\x00\x02\x01\x00\x04\x00\x04\x00\x04\x00\x30\x13\x04\x00\x04\x00\xa8\x0d\x02\x01\x00\x02\x01\x00\x02\x01\x00\x30\x02\x30\x00"))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		for _, codec := range []*gosnmp.GoSNMP{{Version: gosnmp.Version2c}, plainCodec()} {
			p, err := decode(codec, append([]byte(nil), datagram...))
			if (p == nil) != (err != nil) {
				t.Errorf("%v, %v", p, err)
			}
			if p != nil && len(p.Variables) > len(datagram) {
				t.Errorf("%d variable bindings in %d octets", len(p.Variables), len(datagram))
			}
		}
	})
}
