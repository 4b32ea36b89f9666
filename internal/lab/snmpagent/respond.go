package snmpagent

import (
	"cmp"
	"time"

	"github.com/gosnmp/gosnmp"
)

// respond is the datagram that answers req, nil for silence, and what a slow table costs. The caller holds a.mu.
func (a *Agent) respond(req *gosnmp.SnmpPacket, f *Faults) ([]byte, time.Duration) {
	if req != nil && req.Version == gosnmp.Version3 && !f.Silent {
		return a.report(req), 0
	}
	switch {
	case req == nil, f.Silent,
		req.Version != gosnmp.Version1 && req.Version != gosnmp.Version2c,
		req.Community != a.community,
		f.Drop > 0 && a.random.Float64() < f.Drop:
		return nil, 0
	}
	s := &answer{agent: a, faults: f, now: a.clock(), v1: req.Version == gosnmp.Version1, limit: cmp.Or(f.Datagram, a.maxSize), reply: reply{
		version: byte(req.Version), community: req.Community, requestID: req.RequestID + f.RequestID,
	}}
	asked := make([]OID, len(req.Variables))
	for i, v := range req.Variables {
		o, err := ParseOID(v.Name)
		if err != nil {
			return nil, 0
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
			return nil, 0
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
		return nil, 0
	}
	s.reply.varbinds = s.reply.varbinds[:max(0, len(s.reply.varbinds)-f.Fewer)]
	if f.Malform == "" {
		return s.reply.encode(), s.slow
	}
	f.Malform.names(&s.reply)
	return f.Malform.message(s.reply.encode()), s.slow
}

// answer is one reply in the making.
type answer struct {
	agent  *Agent
	faults *Faults
	now    time.Time
	v1     bool
	limit  int // octets of a datagram
	reply  reply
	size   int // octets of the variable bindings so far
	slow   time.Duration
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

// broken applies Faults.Status where o, which is about to be answered in place of asked[i], is touched by it.
func (s *answer) broken(o OID, asked []OID, i int) bool {
	if s.faults.Status == gosnmp.NoError || !o.HasPrefix(s.faults.Under) {
		return false
	}
	index := s.faults.Index
	if s.faults.RightIndex {
		index = i + 1
	}
	s.fail(s.faults.Status, index, asked)
	return true
}

func (s *answer) get(asked []OID) {
	for i, o := range asked {
		if s.broken(o, asked, i) {
			return
		}
		at, ok := findLive(s.agent.live, o)
		vb := varbind{name: o.content()}
		switch {
		case within(o, s.faults.Hidden):
			vb.value = Value{Tag: tagNoSuchObject}
		case !ok || s.gap(o):
			vb.value = Value{Tag: tagNoSuchInstance}
		default:
			vb.value = s.value(&s.agent.live[at])
		}
		if s.v1 && (vb.value.Tag >= tagNoSuchObject || vb.value.Tag == TagCounter64) {
			s.fail(gosnmp.NoSuchName, i+1, asked)
			return
		}
		if !s.add(vb, s.limit) {
			s.fail(gosnmp.TooBig, 0, asked)
			return
		}
	}
}

func (s *answer) getNext(asked []OID) {
	for i, o := range asked {
		next, vb := s.next(o)
		if s.broken(next, asked, i) {
			return
		}
		if s.v1 && vb.value.Tag >= tagNoSuchObject {
			s.fail(gosnmp.NoSuchName, i+1, asked)
			return
		}
		if !s.add(vb, s.limit) {
			s.fail(gosnmp.TooBig, 0, asked)
			return
		}
	}
}

// getBulk follows RFC 3416 section 4.2.3: the non-repeaters once, then the repeaters row by row, cut where the
// datagram is full.
func (s *answer) getBulk(asked []OID, nonRepeaters, repetitions int) {
	limit := s.limit
	if s.faults.MaxSize > 0 {
		limit = 60_000 // what a UDP datagram holds, and well above any MaxSize
	}
	nonRepeaters = min(nonRepeaters, len(asked))
	row := append([]OID(nil), asked[nonRepeaters:]...)
	one := func(o OID, i int) (next OID, more, ended bool) {
		next, vb := s.next(o)
		switch {
		case s.broken(next, asked, i):
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
	for i, o := range asked[:nonRepeaters] {
		if _, more, _ := one(o, i); !more {
			return
		}
	}
rows:
	for range repetitions {
		allEnded := true
		for i, o := range row {
			next, more, ended := one(o, nonRepeaters+i)
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
	if below(o, f.Endless) {
		n := append(OID(nil), o...)
		n[len(n)-1]++
		return n, varbind{n.content(), Int(1)}
	}
	i, exact := findLive(all, o)
	if exact && !below(o, f.Stuck) {
		i++
	}
	if below(o, f.Repeat) {
		i, _ = findLive(all, f.Repeat)
	}
	for i < len(all) && (within(all[i].oid, f.Hidden) || s.gap(all[i].oid) || (s.v1 && all[i].value.Tag == TagCounter64)) {
		i++
	}
	if i == len(all) {
		return o, varbind{o.content(), Value{Tag: tagEndOfMibView}}
	}
	return all[i].oid, varbind{all[i].name, s.value(&all[i])}
}

// value is what is said of an object, with the faults that change it.
func (s *answer) value(l *live) Value {
	f := s.faults
	v := l.at(s.now)
	switch {
	case within(l.oid, f.Missing):
		v = Value{Tag: tagNoSuchObject}
	case within(l.oid, f.Retyped):
		v = v.retyped()
	case v.Tag == TagOctetString && within(l.oid, f.Emptied):
		v.Content = nil
	}
	if within(l.oid, f.Slow) {
		s.slow += f.SlowBy
	}
	return v
}

// gap reports whether Faults.Sparse or Faults.Flicker leave o out.
func (s *answer) gap(o OID) bool {
	f := s.faults
	if len(f.Sparse)+len(f.Flicker) == 0 || len(o) == 0 || o[len(o)-1]%2 == 0 {
		return false
	}
	return below(o, f.Sparse) || (s.agent.requests%2 == 0 && below(o, f.Flicker))
}

// within reports whether o is tree or lies under it; below leaves out tree itself. An empty tree holds nothing.
func within(o, tree OID) bool { return len(tree) > 0 && o.HasPrefix(tree) }

func below(o, tree OID) bool { return len(o) > len(tree) && within(o, tree) }
