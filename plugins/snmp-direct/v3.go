package snmpdirect

import (
	"time"

	"github.com/gosnmp/gosnmp"
)

// What SNMPv3 agents report (RFC 3412, 3413, 3414).
const (
	reportLevel          = ".1.3.6.1.6.3.15.1.1.1.0"
	reportTime           = ".1.3.6.1.6.3.15.1.1.2.0"
	reportUser           = ".1.3.6.1.6.3.15.1.1.3.0"
	reportEngine         = ".1.3.6.1.6.3.15.1.1.4.0"
	reportDigest         = ".1.3.6.1.6.3.15.1.1.5.0"
	reportDecryption     = ".1.3.6.1.6.3.15.1.1.6.0"
	reportNoContext      = ".1.3.6.1.6.3.12.1.4.0"
	reportUnknownContext = ".1.3.6.1.6.3.12.1.5.0"
)

// exchange asks one question and returns its answer. Of a v3 device it finds the engine first, where none is known, and
// puts its clock right, or its id, where the device reports that they are not: once each.
func (s *session) exchange(r request) (*answer, error) {
	if s.usm == nil {
		return s.try(r)
	}
	if s.usm.engine.id == "" {
		if err := s.meet(); err != nil {
			return nil, err
		}
	}
	synchronised, found := false, false
	for {
		a, err := s.try(r)
		if err != nil {
			if !found && s.moved(err) {
				found = true
				continue
			}
			return nil, s.explain(err)
		}
		theirs := engineOf(a)
		if a.PDUType != gosnmp.Report {
			// Only here, where the device has shown that it is the one: a report alone changes nothing that lasts.
			s.usm.proven = true
			if theirs.id == s.usm.engine.id {
				s.usm.engine, s.peer.engine = theirs, theirs
			}
			return a, nil
		}
		switch name := a.Variables[0].Name; {
		case name == reportTime && !synchronised && theirs.id == s.usm.engine.id:
			synchronised = true
		case name == reportEngine && !found && theirs.valid():
			found = true
		default:
			return nil, s.report(name)
		}
		if err := s.usm.use(theirs); err != nil {
			return nil, &failure{class: classLocal}
		}
	}
}

// meet takes the engine that is known from earlier polls, else asks for it.
func (s *session) meet() error {
	e := s.peer.engine
	if e.id == "" {
		var err error
		if e, err = s.discover(0); err != nil {
			return err
		}
		s.usm.answers = true
	}
	if s.usm.use(e) != nil {
		return &failure{class: classLocal}
	}
	return nil
}

// discover asks who the engine is. It takes no user: an agent answers it whatever the credentials are worth.
func (s *session) discover(attempts int) (engine, error) {
	r := ask(gosnmp.GetRequest, nil)
	r.discovery, r.attempts = true, attempts
	a, err := s.try(r)
	if err != nil {
		return engine{}, err
	}
	e := engineOf(a)
	if !e.valid() {
		return engine{}, &failure{class: classMalformed}
	}
	return e, nil
}

// moved reports whether a device that is silent to a user answers as another engine than the one that was asked: it was
// replaced or reset, and does not report what it does not understand.
func (s *session) moved(err error) bool {
	if f := asFailure(err); ended(err) || f.class != classTimeout || s.usm.proven || s.usm.answers {
		return false
	}
	e, err := s.discover(1)
	if err != nil {
		return false
	}
	s.usm.answers = true
	return e.id != s.usm.engine.id && s.usm.use(e) == nil
}

// explain tells a device that is silent to this user from a silent one.
func (s *session) explain(err error) error {
	if f := asFailure(err); ended(err) || f.class != classTimeout || s.usm.proven || !s.usm.answers {
		return err
	}
	return s.rejected(classMute, "the agent answers nobody under this user: check priv_password, priv_protocol, context and what the user may read")
}

func (s *session) report(name string) error {
	switch name {
	case reportUser:
		return s.rejected(classRejected, `the agent does not know the user: check "user"`)
	case reportDigest:
		return s.rejected(classRejected, "the agent finds the password wrong: check auth_password and auth_protocol")
	case reportLevel:
		return s.rejected(classRejected, "the agent wants another security level for this user: give both auth_protocol and priv_protocol, or one less")
	case reportDecryption:
		return s.rejected(classRejected, "the agent cannot decrypt: check priv_password and priv_protocol")
	case reportNoContext, reportUnknownContext:
		return s.rejected(classRejected, `the agent does not have the context: check "context"`)
	case reportTime:
		return s.rejected(classReport, "the agent's clock does not stay: it refuses the time that it has just told")
	case reportEngine:
		return s.rejected(classReport, "the agent does not know the engine that it has just named")
	}
	return s.rejected(classReport, "the agent refuses SNMPv3 messages")
}

func (s *session) rejected(c class, what string) error {
	return &failure{class: c, text: `credential "` + s.way.credential.Name + `": ` + what}
}

// engineOf is the engine that a message names as its own.
func engineOf(a *answer) engine {
	p, ok := a.SecurityParameters.(*gosnmp.UsmSecurityParameters)
	if !ok || p == nil {
		return engine{}
	}
	return engine{id: p.AuthoritativeEngineID, boots: p.AuthoritativeEngineBoots, time: p.AuthoritativeEngineTime, at: time.Now()}
}

// valid reports whether an engine's id is one (RFC 3411, 5).
func (e *engine) valid() bool { return len(e.id) >= 5 && len(e.id) <= 32 }
