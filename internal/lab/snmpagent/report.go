package snmpagent

import (
	"github.com/gosnmp/gosnmp"
)

// tagReport is the PDU by which an SNMPv3 agent says that it could not take a request.
const tagReport = 0xa8

// unknownEngineIDs is usmStatsUnknownEngineIDs.0, of RFC 3414.
var unknownEngineIDs = OID{1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0}

// report answers a question for the engine id, and every other SNMPv3 request, with the agent's engine id: the first
// half of what RFC 3414 section 4 calls discovery. It returns nil for an agent without one.
func (a *Agent) report(req *gosnmp.SnmpPacket) []byte {
	if len(a.engineID) == 0 {
		return nil
	}
	sequence := func(parts ...[]byte) []byte {
		var b []byte
		for _, p := range parts {
			b = append(b, p...)
		}
		return appendTLV(nil, tagSequence, b)
	}
	octets := func(b []byte) []byte { return appendTLV(nil, TagOctetString, b) }
	number := func(n int64) []byte { return appendTLV(nil, TagInteger, signed(n)) }
	const (
		noFlags    = 0 // neither authenticated nor encrypted, and no answer wanted
		userBased  = 3 // the security model
		largestPDU = 1472
	)
	name := varbind{unknownEngineIDs.content(), Counter32(1)}
	pdu := append(append(number(int64(int32(req.RequestID))), number(0)...), number(0)...)
	pdu = append(pdu, sequence(sequence(appendTLV(nil, TagOID, name.name), appendTLV(nil, name.value.Tag, name.value.Content)))...)
	return sequence(
		number(3),
		sequence(number(int64(req.MsgID)), number(largestPDU), octets([]byte{noFlags}), number(userBased)),
		octets(sequence(octets(a.engineID), number(1), number(1), octets(nil), octets(nil), octets(nil))),
		sequence(octets(a.engineID), octets(nil), appendTLV(nil, tagReport, pdu)),
	)
}
