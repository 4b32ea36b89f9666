package snmpagent

import (
	"time"

	"github.com/gosnmp/gosnmp"
)

// respond is the datagram that answers req, or nil for silence. The caller holds a.mu.
func (a *Agent) respond(req *gosnmp.SnmpPacket, f *Faults) []byte {
	switch {
	case req == nil, f.Silent,
		req.Version != gosnmp.Version1 && req.Version != gosnmp.Version2c,
		req.Community != a.community,
		f.Drop > 0 && a.random.Float64() < f.Drop:
		return nil
	}
	s := &answer{agent: a, faults: f, now: a.clock(), v1: req.Version == gosnmp.Version1, reply: reply{
		version: byte(req.Version), community: req.Community, requestID: req.RequestID + f.RequestID,
	}}
	asked := make([]OID, len(req.Variables))
	for i, v := range req.Variables {
		o, err := ParseOID(v.Name)
		if err != nil {
			return nil
		}
		asked[i] = o
	}
	switch req.PDUType {
	case gosnmp.GetRequest:
		s.get(asked)
	case gosnmp.GetNextRequest:
		s.getNext(asked)
	case gosnmp.GetBulkRequest:
		switch {
		case s.v1 || f.Bulk == BulkIgnored:
			return nil
		case f.Bulk == BulkAsNext:
			s.getNext(asked)
		case f.Bulk == BulkGenErr:
			s.fail(gosnmp.GenErr, 0, asked)
		default:
			s.getBulk(asked, int(req.NonRepeaters), int(req.MaxRepetitions))
		}
	case gosnmp.SetRequest:
		status := gosnmp.NotWritable
		if s.v1 {
			status = gosnmp.NoSuchName // RFC 3584 section 4.4
		}
		s.fail(status, 1, asked)
	default:
		return nil
	}
	return s.reply.encode()
}

// answer is one reply in the making.
type answer struct {
	agent  *Agent
	faults *Faults
	now    time.Time
	v1     bool
	reply  reply
	size   int // octets of the variable bindings so far
}

// add appends a variable binding and reports whether it fitted into size octets in all.
func (s *answer) add(vb varbind, limit int) bool {
	if s.size+vb.size()+s.reply.overhead() > limit {
		return false
	}
	s.size += vb.size()
	s.reply.varbinds = append(s.reply.varbinds, vb)
	return true
}

// fail turns the reply into an error that repeats the names that were asked.
func (s *answer) fail(status gosnmp.SNMPError, index int, asked []OID) {
	s.reply.status, s.reply.index = uint8(status), index
	s.reply.varbinds = s.reply.varbinds[:0]
	if status == gosnmp.TooBig && !s.v1 {
		return // RFC 3416 section 4.2.1: with an empty list
	}
	for _, o := range asked {
		s.reply.varbinds = append(s.reply.varbinds, varbind{o.content(), Value{Tag: TagNull}})
	}
}

// broken applies Faults.Status where o, which is about to be answered, is touched by it.
func (s *answer) broken(o OID, asked []OID) bool {
	if s.faults.Status == gosnmp.NoError || !o.HasPrefix(s.faults.Under) {
		return false
	}
	s.fail(s.faults.Status, s.faults.Index, asked)
	return true
}

func (s *answer) hidden(o OID) bool { return len(s.faults.Hidden) > 0 && o.HasPrefix(s.faults.Hidden) }

func (s *answer) get(asked []OID) {
	for i, o := range asked {
		if s.broken(o, asked) {
			return
		}
		at, ok := findLive(s.agent.live, o)
		vb := varbind{name: o.content()}
		switch {
		case s.hidden(o):
			vb.value, ok = Value{Tag: tagNoSuchObject}, false
		case !ok:
			vb.value = Value{Tag: tagNoSuchInstance}
		default:
			vb.value = s.agent.live[at].at(s.now)
		}
		if s.v1 && (!ok || vb.value.Tag == TagCounter64) {
			s.fail(gosnmp.NoSuchName, i+1, asked)
			return
		}
		if !s.add(vb, s.agent.maxSize) {
			s.fail(gosnmp.TooBig, 0, asked)
			return
		}
	}
}

func (s *answer) getNext(asked []OID) {
	for i, o := range asked {
		next, vb := s.next(o)
		if s.broken(next, asked) {
			return
		}
		if s.v1 && vb.value.Tag == tagEndOfMibView {
			s.fail(gosnmp.NoSuchName, i+1, asked)
			return
		}
		if !s.add(vb, s.agent.maxSize) {
			s.fail(gosnmp.TooBig, 0, asked)
			return
		}
	}
}

// getBulk follows RFC 3416 section 4.2.3: the non-repeaters once, then the repeaters row by row, cut where the
// datagram is full.
func (s *answer) getBulk(asked []OID, nonRepeaters, repetitions int) {
	limit := s.agent.maxSize
	if s.faults.MaxSize > 0 {
		limit = 60_000 // what a UDP datagram holds, and well above any MaxSize
	}
	nonRepeaters = min(nonRepeaters, len(asked))
	row := append([]OID(nil), asked[nonRepeaters:]...)
	one := func(o OID) (next OID, more, ended bool) {
		next, vb := s.next(o)
		switch {
		case s.broken(next, asked):
			return next, false, false
		case s.faults.MaxVarbinds > 0 && len(s.reply.varbinds) >= s.faults.MaxVarbinds:
			return next, false, false
		case !s.add(vb, limit):
			if len(s.reply.varbinds) == 0 {
				s.fail(gosnmp.TooBig, 0, asked)
			}
			return next, false, false
		}
		return next, true, vb.value.Tag == tagEndOfMibView
	}
	for _, o := range asked[:nonRepeaters] {
		if _, more, _ := one(o); !more {
			return
		}
	}
rows:
	for range repetitions {
		allEnded := true
		for i, o := range row {
			next, more, ended := one(o)
			if !more {
				break rows
			}
			row[i] = next
			allEnded = allEnded && ended
		}
		if allEnded {
			break
		}
	}
	if s.faults.MaxSize > 0 && s.reply.status == 0 && s.size+s.reply.overhead() > s.faults.MaxSize {
		s.fail(gosnmp.TooBig, 0, asked)
	}
}

// next is the object after o, by name and as a variable binding; at the end of the view it is o itself.
func (s *answer) next(o OID) (OID, varbind) {
	all, f := s.agent.live, s.faults
	if len(f.Endless) > 0 && o.HasPrefix(f.Endless) && len(o) > len(f.Endless) {
		n := append(OID(nil), o...)
		n[len(n)-1]++
		return n, varbind{n.content(), Int(1)}
	}
	i, exact := findLive(all, o)
	if exact {
		i++
	}
	if len(f.Repeat) > 0 && o.HasPrefix(f.Repeat) && len(o) > len(f.Repeat) {
		i, _ = findLive(all, f.Repeat)
	}
	for i < len(all) && (s.hidden(all[i].oid) || (s.v1 && all[i].value.Tag == TagCounter64)) {
		i++
	}
	if i == len(all) {
		return o, varbind{o.content(), Value{Tag: tagEndOfMibView}}
	}
	return all[i].oid, varbind{all[i].name, all[i].at(s.now)}
}
