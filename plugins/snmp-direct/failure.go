package snmpdirect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/gosnmp/gosnmp"
)

// class is why a request brought no usable answer, in the terms that decide what it says about the device.
type class string

const (
	classTimeout     class = "timeout"                    // nothing came back
	classRefused     class = "connection refused"         // the host says that nobody listens
	classUnreachable class = "host unreachable"           // a router, or the own network, says that nobody is there
	classNoRoute     class = "no route"                   // the own network is not up
	classResolve     class = "the name does not resolve"  // nothing was asked
	classMalformed   class = "malformed answer"           // something came back that is no SNMP
	classStatus      class = "error status"               // the agent answers with an error
	classEmpty       class = "answered without any value" // an agent that lets us in and shows nothing
	classOrder       class = "object identifiers go back" // a walk that would not end
	classLimit       class = "table without end"
	classLocal       class = "the request could not be sent"
	classPutOff      class = "there was no time for it in this poll" // asked for next time
)

// failure is the only kind of error that leaves client and walk, beside an ended context.
type failure struct {
	class  class
	status gosnmp.SNMPError // of classStatus
}

func (f *failure) Error() string {
	if f.class == classStatus {
		return fmt.Sprintf("the agent answers %s", statusName(f.status))
	}
	return string(f.class)
}

// answered reports whether the failure proves that the host is there.
func (f *failure) answered() bool {
	switch f.class {
	case classRefused, classMalformed, classStatus, classEmpty, classOrder, classLimit, classPutOff:
		return true
	}
	return false
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
	if errors.Is(err, gosnmp.ErrMaxRetriesExceeded) || errors.Is(err, context.DeadlineExceeded) {
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
