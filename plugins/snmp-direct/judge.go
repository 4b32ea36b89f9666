package snmpdirect

import "github.com/gosnmp/gosnmp"

// judgement is what a datagram is that carries the id of a question.
type judgement int

const (
	good   judgement = iota
	broken           // the answer, and it cannot be read
	forged           // not from the one who could answer
)

// judge decodes a datagram that carries the id of a question of ours. Its octets become part of the answer.
func (s *session) judge(r request, datagram []byte, e *envelope) (*answer, judgement) {
	codec, proven := s.codec, true
	if s.usm != nil {
		switch {
		case e.authenticated && (r.discovery || !s.usm.authentic(datagram, e)):
			return nil, forged
		case !e.authenticated && (r.discovery || s.usm.level() != gosnmp.NoAuthNoPriv):
			// Who cannot sign yet, or will not sign for us, may report why and nothing else.
			codec, proven = plainCodec(), false
		}
	}
	p, err := decode(codec, datagram)
	switch {
	case err != nil:
		return nil, broken
	case s.usm != nil && p.PDUType == gosnmp.Report && len(p.Variables) == 1:
		return &answer{SnmpPacket: p, proven: proven}, good
	case !proven, s.usm != nil && s.usm.level() == gosnmp.AuthPriv && !e.encrypted:
		return nil, forged
	case p.PDUType != gosnmp.GetResponse, p.RequestID != e.id:
		return nil, broken
	}
	return &answer{SnmpPacket: p, proven: proven}, good
}
