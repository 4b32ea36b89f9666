package api

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"time"
)

// httpsOnly is a listener for TLS that answers who speaks plain HTTP to it in plain words.
type httpsOnly struct{ net.Listener }

// Accept returns the next connection.
func (l httpsOnly) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &opening{Conn: conn}, nil
}

// opening is a connection whose first byte says what is spoken. It has one reader, as every connection of TLS.
type opening struct {
	net.Conn
	heard bool
}

var errPlainHTTP = errors.New("plain HTTP where TLS is spoken")

func (o *opening) Read(p []byte) (int, error) {
	n, err := o.Conn.Read(p)
	if n == 0 || o.heard {
		return n, err
	}
	o.heard = true
	if p[0] < 'A' || p[0] > 'Z' { // a method of HTTP; TLS begins with 22
		return n, err
	}
	_ = o.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = o.Write([]byte(plainAnswer()))
	// What is left unread when a connection is closed makes the system throw away the answer.
	_ = o.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.CopyN(io.Discard, o.Conn, headerRoom)
	return 0, errPlainHTTP
}

// NetConn is the connection below.
func (o *opening) NetConn() net.Conn { return o.Conn }

func plainAnswer() string {
	const body = "This address speaks HTTPS. Put https:// before it.\n"
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n", len(body))
	for _, name := range slices.Sorted(maps.Keys(securityHeaders)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, securityHeaders[name])
	}
	return b.String() + "\r\n" + body
}
