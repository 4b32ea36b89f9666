package snmpdirect

import (
	"bytes"

	"github.com/gosnmp/gosnmp"
)

// readV3 reads a v3 message. A trap is signed by the keys of its sender's engine; an inform by those of ours, which its
// sender asks for first, without a user.
func (r *trapReader) readV3(datagram []byte, e *envelope) (trap, refusal) {
	if e.user == "" && !e.authenticated {
		return r.introduce(datagram)
	}
	if !e.engine.valid() {
		return trap{}, refusedMalformed
	}
	for _, c := range r.users {
		if c.User != e.user {
			continue
		}
		codec := &gosnmp.GoSNMP{Version: gosnmp.Version3}
		u := newUSM(c, codec)
		signed, encrypted := u.level() != gosnmp.NoAuthNoPriv, u.level() == gosnmp.AuthPriv
		if signed != e.authenticated || encrypted != e.encrypted || u.use(e.engine) != nil {
			continue
		}
		b := bytes.Clone(datagram)
		if signed && !u.authentic(b, e) {
			continue
		}
		p, err := decode(codec, b)
		if err != nil {
			return trap{}, refusedMalformed
		}
		t, why := told(p)
		if why != "" {
			return trap{}, why
		}
		if signed {
			t.engine = e.engine
		}
		if p.PDUType == gosnmp.InformRequest {
			return r.inform(t, p, u, e)
		}
		if e.engine.id == r.own.id {
			return trap{}, refusedMalformed // our engine sends no traps
		}
		return t, ""
	}
	return trap{}, refusedCredential
}

// introduce answers the question for our engine id (RFC 3414, 4).
func (r *trapReader) introduce(datagram []byte) (trap, refusal) {
	p, err := decode(plainCodec(), datagram)
	if err != nil {
		return trap{}, refusedMalformed
	}
	out := r.reportTo(p, reportEngine)
	out.MsgFlags = gosnmp.NoAuthNoPriv
	out.SecurityParameters = &gosnmp.UsmSecurityParameters{
		AuthoritativeEngineID: r.own.id, AuthoritativeEngineBoots: r.own.boots, AuthoritativeEngineTime: r.own.now(),
	}
	reply, err := encode(out)
	if err != nil {
		return trap{}, refusedMalformed
	}
	return trap{ask: true, reply: reply}, ""
}

// inform answers an inform: that it has arrived, or by which clock it should be sent again.
func (r *trapReader) inform(t trap, p *gosnmp.SnmpPacket, u *usm, e *envelope) (trap, refusal) {
	if e.engine.id != r.own.id {
		return trap{}, refusedCredential // it is for another receiver
	}
	t.engine = engine{} // it is ours, and its clock is checked here
	if u.use(r.own) != nil {
		return trap{}, refusedMalformed
	}
	var out *gosnmp.SnmpPacket
	now, late := r.own.now(), false
	if e.authenticated && (e.engine.boots != r.own.boots || e.engine.time+timeWindow < now || e.engine.time > now+timeWindow) {
		out, late = r.reportTo(p, reportTime), true
		out.MsgFlags = gosnmp.AuthNoPriv
	} else {
		out = r.reportTo(p, "")
		out.PDUType, out.Variables, out.MsgFlags = gosnmp.GetResponse, p.Variables, u.level()
	}
	u.prepare(out, false)
	out.ContextName, out.ContextEngineID = p.ContextName, p.ContextEngineID
	reply, err := encode(out)
	if err != nil && !late {
		out.Variables = nil // a value that cannot be sent back
		reply, err = encode(out)
	}
	if err != nil {
		return trap{}, refusedMalformed
	}
	t.reply, t.ask = reply, late
	return t, ""
}

func (r *trapReader) reportTo(p *gosnmp.SnmpPacket, name string) *gosnmp.SnmpPacket {
	const largest = 65507 // octets of a datagram that we read
	return &gosnmp.SnmpPacket{
		Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, PDUType: gosnmp.Report, MsgID: p.MsgID, RequestID: p.RequestID,
		MsgMaxSize: largest, ContextEngineID: r.own.id, Variables: []gosnmp.SnmpPDU{{Name: name, Type: gosnmp.Counter32, Value: uint32(1)}},
	}
}
