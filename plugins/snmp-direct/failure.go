package snmpdirect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"

	"github.com/gosnmp/gosnmp"
)

// class is why a request brought no usable answer, in the terms that decide what it says about the device.
type class string

const (
	classTimeout     class = "timeout"                   // nothing came back
	classLate        class = "answers come too late"     // to questions that had been given up
	classElsewhere   class = "another address answers"   // and the configuration does not say that it may
	classRefused     class = "connection refused"        // the host says that nobody listens
	classClosed      class = "connection closed"         // by the device, over TCP
	classUnreachable class = "host unreachable"          // a router, or the own network, says that nobody is there
	classNoRoute     class = "no route"                  // the own network is not up
	classResolve     class = "the name does not resolve" // nothing was asked
	classMalformed   class = "malformed answer"          // something came back that is no SNMP
	classStatus      class = "error status"              // the agent answers with an error
	classRejected    class = "credential rejected"       // by a v3 agent, which says so
	classMute        class = "no answer for this user"   // of a v3 agent that answers engine discovery
	classReport      class = "SNMPv3 report"
	classEmpty       class = "answered without any value" // an agent that lets us in and shows nothing
	classOrder       class = "object identifiers go back" // a walk that would not end
	classLimit       class = "table without end"
	classTable       class = "not read within table_timeout"
	classTime        class = "not read within device_timeout"
	classLocal       class = "the request could not be sent"
	classPutOff      class = "there was no time for it in this poll" // asked for next time
)

// failure is the only kind of error that leaves a session, beside an ended context.
type failure struct {
	class  class
	status gosnmp.SNMPError // of classStatus
	text   string           // in place of the class's own words
	cut    bool             // of classTime: the poll ended before the device had its time
}

func (f *failure) Error() string {
	switch {
	case f.text != "":
		return f.text
	case f.class == classStatus:
		return fmt.Sprintf("the agent answers %s", statusName(f.status))
	}
	return string(f.class)
}

// elsewhere says that an answer came from another address than the one that was asked.
func elsewhere(from, asked netip.AddrPort) *failure {
	text := fmt.Sprintf("answers from %s instead of %s: if both are this device, set answers_from = [%q]", from.Addr(), asked.Addr(), from.Addr())
	if from.Addr() == asked.Addr() {
		text = fmt.Sprintf("answers from another port of %s: if that is this device, set answers_from = [%q]", from.Addr(), from.Addr())
	}
	return &failure{class: classElsewhere, text: text}
}

// answered reports whether the device goes on to answer other questions.
func (f *failure) answered() bool {
	switch f.class {
	case classRefused, classMalformed, classStatus, classEmpty, classOrder, classLimit, classTable, classPutOff:
		return true
	}
	return false
}

// ended reports whether err is the end of the poll's context rather than something about the device.
func ended(err error) bool {
	if err == nil {
		return false
	}
	_, isFailure := errors.AsType[*failure](err)
	return !isFailure
}

// asFailure returns the failure in err; anything else that is no ended context counts as a local one.
func asFailure(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return &failure{class: classLocal}
}

// dialClass is the class of an error of opening the socket, which sends nothing yet.
func dialClass(err error) class {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return classResolve
	}
	return networkClass(err)
}

// networkClass reads the operating system's error number and nothing else of an error.
func networkClass(err error) class {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return classRefused
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return classClosed
	case errors.Is(err, errNoMessage):
		return classMalformed
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EHOSTDOWN):
		return classUnreachable
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.ENETDOWN), errors.Is(err, syscall.EADDRNOTAVAIL):
		return classNoRoute
	case isTimeout(err):
		return classTimeout
	}
	return classLocal
}

func isTimeout(err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

// statusName is RFC 3416's name of an error status.
func statusName(s gosnmp.SNMPError) string {
	names := [...]string{
		"noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength",
		"wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed",
		"undoFailed", "authorizationError", "notWritable", "inconsistentName",
	}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("error status %d", s)
}

// silence reports whether nothing usable came back, so that another question may do better.
func (f *failure) silence() bool {
	switch f.class {
	case classTimeout, classLate, classMalformed:
		return true
	}
	return false
}
