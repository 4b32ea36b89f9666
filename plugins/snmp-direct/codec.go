package snmpdirect

import (
	"errors"

	"github.com/gosnmp/gosnmp"
)

// errCodec stands for whatever gosnmp says of a datagram: its own words hold octets, and stacks where it panics.
var errCodec = errors.New("the datagram could not be encoded or decoded")

// decode is gosnmp's decoder, which has panicked on hostile datagrams before. Octet strings of the result alias the
// datagram. It authenticates nothing.
func decode(codec *gosnmp.GoSNMP, datagram []byte) (p *gosnmp.SnmpPacket, err error) {
	defer func() {
		if recover() != nil {
			p, err = nil, errCodec
		}
	}()
	if p, err = codec.SnmpDecodePacket(datagram); err != nil {
		return nil, errCodec
	}
	return p, nil
}

// encode makes the datagram of a packet, signed and encrypted as its flags say.
func encode(p *gosnmp.SnmpPacket) (datagram []byte, err error) {
	defer func() {
		if recover() != nil {
			datagram, err = nil, errCodec
		}
	}()
	// A panic while it signs becomes no datagram and no error.
	if datagram, err = p.MarshalMsg(); err != nil || len(datagram) == 0 {
		return nil, errCodec
	}
	return datagram, nil
}

// plainCodec decodes what a v3 agent says to those whom it does not know.
func plainCodec() *gosnmp.GoSNMP {
	return &gosnmp.GoSNMP{
		Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel,
		SecurityParameters: &gosnmp.UsmSecurityParameters{UserName: "nobody"}, // gosnmp wants one
	}
}
