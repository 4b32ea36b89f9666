package reach

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"time"
)

// kind is what came of looking at one address by one method.
type kind int

const (
	silent   kind = iota // nothing came back from the device
	answered             // it is there, whatever it said
	ownFault             // nothing was asked, or could be heard: that is no word on the device
)

// outcome is what came of it, in words that are the same each time.
type outcome struct {
	kind  kind
	words string
	took  time.Duration // until the answer
	port  uint16        // that answered
	err   error         // of an ownFault, in safe words
}

func fault(err error) outcome { return outcome{kind: ownFault, err: plain(err)} }

// kindOf reads an error of sending or connecting. A device without an address on the wire and a router that finds none
// are silence; no route, no permission, no free port or file are our own.
func kindOf(err error) kind {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		return answered
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.EHOSTDOWN), errors.Is(err, syscall.ETIMEDOUT),
		errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return silent
	}
	return ownFault
}

// plain keeps of an error what the operating system says, without addresses.
func plain(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	return errors.New("a failure of this machine's network")
}

// words joins what the methods say.
func words(all []outcome) string {
	said := make([]string, len(all))
	for i, o := range all {
		said[i] = o.words
	}
	return strings.Join(said, "; ")
}
