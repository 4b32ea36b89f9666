package snmpdirect

import "github.com/gosnmp/gosnmp"

// envelope is what a datagram tells before it is decoded: enough to know whether it belongs to a question of ours, and
// whether its sender can be who it claims to be. A spoofed or garbled datagram gets no further.
type envelope struct {
	version gosnmp.SnmpVersion
	id      uint32 // request id of v1 and v2c, message id of v3

	// Of v3 alone.
	authenticated, encrypted bool
	engine                   engine
	user                     string
	mac                      [2]int // where the signature begins and ends
}

// readEnvelope reads the first fields of a message. The rest may be missing or broken.
func readEnvelope(datagram []byte) (e envelope, err error) {
	r := &ber{b: datagram}
	if err := r.into(tagSequence); err != nil {
		return e, err
	}
	version, err := r.integer()
	if err != nil {
		return e, err
	}
	switch e.version = gosnmp.SnmpVersion(version); {
	case version == uint32(gosnmp.Version3):
		return e, e.readV3(r)
	case version > uint32(gosnmp.Version2c):
		return e, errBER
	}
	if _, err := r.octets(tagOctets); err != nil { // the community
		return e, err
	}
	if _, _, err := r.header(); err != nil { // the PDU, of whatever kind
		return e, err
	}
	e.id, err = r.integer()
	return e, err
}

func (e *envelope) readV3(r *ber) (err error) {
	if err = r.into(tagSequence); err != nil {
		return err
	}
	if e.id, err = r.integer(); err != nil {
		return err
	}
	if _, err = r.integer(); err != nil { // the largest message that the sender takes
		return err
	}
	flags, err := r.octets(tagOctets)
	if err != nil {
		return err
	}
	model, err := r.integer()
	if err != nil {
		return err
	}
	if len(flags) != 1 || model != uint32(gosnmp.UserSecurityModel) {
		return errBER
	}
	e.authenticated, e.encrypted = flags[0]&1 != 0, flags[0]&2 != 0
	if err = r.into(tagOctets); err != nil {
		return err
	}
	if err = r.into(tagSequence); err != nil {
		return err
	}
	id, err := r.octets(tagOctets)
	if err != nil {
		return err
	}
	e.engine.id = string(id)
	if e.engine.boots, err = r.integer(); err != nil {
		return err
	}
	if e.engine.time, err = r.integer(); err != nil {
		return err
	}
	user, err := r.octets(tagOctets)
	if err != nil {
		return err
	}
	e.user = string(user)
	mac, err := r.octets(tagOctets)
	e.mac = [2]int{r.at - len(mac), r.at}
	return err
}
