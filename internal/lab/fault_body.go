package lab

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// gigabyte is the size of the bodies that are too large. None of them lies anywhere as a whole, and each ends when the
// client goes.
const gigabyte = 1 << 30

// snap gives no HTTP answer at all, and reports whether the fault is of that kind.
func snap(w http.ResponseWriter, r *http.Request, kind FaultKind) bool {
	switch kind {
	case FaultSilent:
		<-r.Context().Done()
	case FaultReset:
		// A connection that is closed with unread or unsent data thrown away is reset.
		if conn := taken(w); conn != nil {
			if tcp, ok := plain(conn).(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // a connection that has ended already needs no reset
			}
			_ = conn.Close()
		}
	case FaultNoHTTP:
		if conn := taken(w); conn != nil {
			_, _ = conn.Write([]byte("SSH-2.0-OpenSSH_9.6\r\n\x00\x01\x02\r\n\r\n"))
			_ = conn.Close()
		}
	default:
		return false
	}
	return true
}

// taken takes the connection from the server, nil where the client has gone or speaks HTTP/2.
func taken(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil
	}
	return conn
}

// plain is the connection below TLS.
func plain(c net.Conn) net.Conn {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return c
}

// endless is what bodies that do not end are made of.
type endless struct {
	mime string
	head string // the beginning of a good answer, up to its rows
	row  string // where %d stands for a number of its own
	text string // the beginning of a text within a row
	deep string // the beginning of a list, or of an element, that may hold others
}

// endlessJSON is of rows of JSON. Row is an object.
func endlessJSON(head, row string) endless {
	return endless{mime: typeJSON, head: head, row: row + ",", text: `{"text":"`, deep: "["}
}

// bloat answers with more than anybody can want, and reports whether the fault is of that kind.
func (f *fails) bloat(w http.ResponseWriter, r *http.Request, kind FaultKind) bool {
	body := f.pages.endless(r)
	head, unit, size := body.head, "", int64(gigabyte)
	switch kind {
	case FaultHuge, FaultBomb:
	case FaultBlanks:
		unit = " "
	case FaultLongText:
		head, unit = head+body.text, "x"
	case FaultDeep:
		unit, size = body.deep, int64(len(body.deep))<<20
	default:
		return false
	}
	w.Header().Set("Content-Type", body.mime)
	switch kind {
	case FaultHuge:
		rows(w, head, body.row, gigabyte)
	case FaultBomb:
		w.Header().Set("Content-Encoding", "gzip")
		// Members of gzip in a row are one body: one with thousands of rows is sent again and again.
		part := gzipped([]byte(strings.Repeat(fmt.Sprintf(body.row, 1), gigabyte>>10/len(body.row))))
		repeat(w, string(gzipped([]byte(head))), part, int64(len(part))<<10)
	default:
		repeat(w, head, bytes.Repeat([]byte(unit), chunk/len(unit)), size)
	}
	return true
}

// rows writes rows with a number of their own until size bytes are written or the client has gone.
func rows(w io.Writer, head, row string, size int) {
	b := []byte(head)
	for n, written := 1, 0; written < size; n++ {
		b = fmt.Appendf(b, row, n)
		if len(b) >= chunk {
			if _, err := w.Write(b); err != nil {
				return
			}
			written += len(b)
			b = b[:0]
		}
	}
}

// repeat writes head and then part again and again, size bytes in all, while the client takes them.
func repeat(w io.Writer, head string, part []byte, size int64) {
	_, err := io.WriteString(w, head)
	for written := int64(0); err == nil && written < size; written += int64(len(part)) {
		_, err = w.Write(part)
	}
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	// A buffer takes everything.
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

// spoil sends the good answer in a bad way, and reports whether the fault is of that kind.
func spoil(w http.ResponseWriter, r *http.Request, fault Fault, good func(http.ResponseWriter)) bool {
	switch fault.Kind {
	case FaultCutOff:
		good(&cutter{ResponseWriter: w})
		return true
	case FaultHalf, FaultTwice, FaultWrongType, FaultSlow:
	default:
		return false
	}
	kept := &recorder{header: w.Header(), status: http.StatusOK}
	good(kept)
	body := kept.body.Bytes()
	switch fault.Kind {
	case FaultHalf:
		body = body[:len(body)/2]
	case FaultTwice:
		w.Header().Set("Content-Encoding", "gzip, gzip")
		body = gzipped(gzipped(body))
	case FaultWrongType:
		w.Header().Set("Content-Type", "image/png")
	case FaultSlow:
		w.WriteHeader(kept.status)
		drip(w, r, body, fault.Pace)
		return true
	}
	w.WriteHeader(kept.status)
	_, _ = w.Write(body) // a client that has gone needs no answer
	return true
}

// drip sends a byte each pace until the client goes.
func drip(w http.ResponseWriter, r *http.Request, body []byte, pace time.Duration) {
	if pace <= 0 {
		pace = 100 * time.Millisecond
	}
	flush := http.NewResponseController(w)
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil || flush.Flush() != nil || !pause(r, pace) {
			return
		}
	}
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *recorder) Header() http.Header         { return k.header }
func (k *recorder) WriteHeader(status int)      { k.status = status }
func (k *recorder) Write(b []byte) (int, error) { return k.body.Write(b) }

// cutter promises the whole body and sends half of it: the server then closes the connection.
type cutter struct {
	http.ResponseWriter
	cut bool
}

func (c *cutter) Write(b []byte) (int, error) {
	if c.cut {
		return len(b), nil
	}
	c.cut = true
	c.Header().Set("Content-Length", strconv.Itoa(len(b)))
	if _, err := c.ResponseWriter.Write(b[:len(b)/2]); err != nil {
		return 0, err
	}
	return len(b), nil
}
