package snmpdirect

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/gosnmp/gosnmp"
)

// engine is a device's SNMPv3 engine: who it is, how often it has started, and its clock in seconds since then.
type engine struct {
	id          string // raw octets
	boots, time uint32
	at          time.Time // when time was true
}

// now is the engine's clock as it is likely to stand.
func (e *engine) now() uint32 { return e.time + uint32(time.Since(e.at)/time.Second) }

// usm is the user of a v3 session, with its keys for one engine.
type usm struct {
	parameters *gosnmp.UsmSecurityParameters
	engine     engine
	answers    bool // this session has had an answer to a discovery
	proven     bool // and one to the user
}

func newUSM(c *Credential, codec *gosnmp.GoSNMP) *usm {
	u := &usm{parameters: &gosnmp.UsmSecurityParameters{
		UserName:               c.User,
		AuthenticationProtocol: authProtocols[c.AuthProtocol], AuthenticationPassphrase: c.AuthPassword.Reveal(),
		PrivacyProtocol: privProtocols[c.PrivProtocol], PrivacyPassphrase: c.PrivPassword.Reveal(),
	}}
	codec.SecurityModel, codec.SecurityParameters, codec.ContextName = gosnmp.UserSecurityModel, u.parameters, c.Context
	codec.MsgFlags = gosnmp.Reportable | u.level()
	return u
}

// level is what the user's messages are protected by.
func (u *usm) level() gosnmp.SnmpV3MsgFlags {
	switch {
	case u.parameters.PrivacyProtocol > gosnmp.NoPriv:
		return gosnmp.AuthPriv
	case u.parameters.AuthenticationProtocol > gosnmp.NoAuth:
		return gosnmp.AuthNoPriv
	}
	return gosnmp.NoAuthNoPriv
}

// use makes e the engine that is asked; the keys are made for it.
func (u *usm) use(e engine) error {
	if u.engine.id != e.id {
		u.parameters.AuthoritativeEngineID = e.id
		u.parameters.SecretKey, u.parameters.PrivacyKey = nil, nil
		if err := u.parameters.InitSecurityKeys(); err != nil {
			return errCodec
		}
	}
	u.engine = e
	return nil
}

// prepare completes a packet that is about to be sent.
func (u *usm) prepare(p *gosnmp.SnmpPacket, discovery bool) {
	if discovery {
		p.MsgFlags, p.SecurityParameters, p.ContextName = gosnmp.Reportable, &gosnmp.UsmSecurityParameters{}, ""
		return
	}
	u.parameters.AuthoritativeEngineBoots, u.parameters.AuthoritativeEngineTime = u.engine.boots, u.engine.now()
	if u.level() == gosnmp.AuthPriv {
		u.parameters.PrivacyParameters = salt(u.parameters.PrivacyProtocol, u.engine.boots)
	}
	p.SecurityParameters, p.ContextEngineID = u.parameters.Copy(), u.engine.id
}

// salt makes each message's encryption its own. gosnmp's own salts begin at 1 in a handle that has decoded nothing yet,
// and would repeat within a second.
func salt(p gosnmp.SnmpV3PrivProtocol, boots uint32) []byte {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	if p == gosnmp.DES {
		binary.BigEndian.PutUint32(b, boots) // RFC 3414, 8.1.1.1
	}
	return b
}

// macSizes are the octets of a signature by protocol.
var macSizes = map[gosnmp.SnmpV3AuthProtocol]int{
	gosnmp.MD5: 12, gosnmp.SHA: 12, gosnmp.SHA224: 16, gosnmp.SHA256: 24, gosnmp.SHA384: 32, gosnmp.SHA512: 48,
}

// authentic checks the signature of a datagram, and blanks it. The message id that it covers is ours and random, so that
// no old message passes, whatever clock it bears: agents that forget how often they started are not locked out.
func (u *usm) authentic(datagram []byte, e *envelope) bool {
	protocol := u.parameters.AuthenticationProtocol
	mac := datagram[e.mac[0]:e.mac[1]]
	if u.level() == gosnmp.NoAuthNoPriv || e.engine.id != u.engine.id || e.user != u.parameters.UserName || len(mac) != macSizes[protocol] {
		return false
	}
	theirs := bytes.Clone(mac)
	clear(mac)
	h := hmac.New(protocol.HashType().New, u.parameters.SecretKey)
	_, _ = h.Write(datagram)
	return hmac.Equal(h.Sum(nil)[:len(theirs)], theirs)
}
