package snmpagent

// varbind is one name and value of a reply, the name in BER.
type varbind struct {
	name  []byte
	value Value
}

const (
	tagSequence = 0x30
	tagResponse = 0xa2
)

// size is the number of octets that vb takes in a variable-bindings list.
func (vb varbind) size() int { return tlvSize(tlvSize(len(vb.name)) + tlvSize(len(vb.value.Content))) }

func tlvSize(content int) int {
	switch {
	case content < 0x80:
		return 2 + content
	case content <= 0xff:
		return 3 + content
	default:
		return 4 + content
	}
}

func appendHeader(b []byte, tag byte, length int) []byte {
	switch {
	case length < 0x80:
		return append(b, tag, byte(length))
	case length <= 0xff:
		return append(b, tag, 0x81, byte(length))
	default:
		return append(b, tag, 0x82, byte(length>>8), byte(length))
	}
}

func appendTLV(b []byte, tag byte, content []byte) []byte {
	return append(appendHeader(b, tag, len(content)), content...)
}

// reply is a response before its encoding.
type reply struct {
	version   byte
	community string
	requestID uint32
	status    uint8
	index     int
	varbinds  []varbind
}

// overhead bounds what a reply takes beside its variable bindings: four headers, version, request id, status, index.
func (r *reply) overhead() int { return 4*4 + 3 + 4 + len(r.community) + 6 + 3 + 5 }

func (r *reply) encode() []byte {
	list := 0
	for _, vb := range r.varbinds {
		list += vb.size()
	}
	id, index := signed(int64(int32(r.requestID))), signed(int64(r.index))
	pdu := tlvSize(len(id)) + 3 + tlvSize(len(index)) + tlvSize(list)
	message := 3 + tlvSize(len(r.community)) + tlvSize(pdu)

	b := make([]byte, 0, message+4)
	b = appendHeader(b, tagSequence, message)
	b = append(b, TagInteger, 1, r.version)
	b = appendTLV(b, TagOctetString, []byte(r.community))
	b = appendHeader(b, tagResponse, pdu)
	b = appendTLV(b, TagInteger, id)
	b = append(b, TagInteger, 1, r.status)
	b = appendTLV(b, TagInteger, index)
	b = appendHeader(b, tagSequence, list)
	for _, vb := range r.varbinds {
		b = appendHeader(b, tagSequence, tlvSize(len(vb.name))+tlvSize(len(vb.value.Content)))
		b = appendTLV(b, TagOID, vb.name)
		b = appendTLV(b, vb.value.Tag, vb.value.Content)
	}
	return b
}
