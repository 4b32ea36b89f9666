package notify

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

const token = "s3cret-t0ken"

// post sends one message to a URL.
func post(t *testing.T, url string, m message) error {
	t.Helper()
	to, err := newTarget(device.Secret(url))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = (&outbound{target: to}).send(ctx, &m, time.Now())
	return err
}

func TestNtfy(t *testing.T) {
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		fmt.Fprint(w, `{"id":"x"}`)
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	err := post(t, "ntfy://:"+token+"@"+host+"/lab?disabletls=yes&priority=high", message{ID: 1, Title: "Küche is down", Body: "librenms says so.", Link: "http://192.0.2.1:8600/devices/d_1"})
	if err != nil {
		t.Fatal(err)
	}
	if got.URL.Path != "/lab" || got.Header.Get("Title") != "Küche is down" || string(body) != "librenms says so." || got.Header.Get("Click") != "http://192.0.2.1:8600/devices/d_1" || got.Header.Get("Priority") != "High" {
		t.Errorf("%s %v %q", got.URL, got.Header, body)
	}
}

// A message has its own title and address, whatever the one before had.
func TestMessagesDoNotMix(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Title")+" "+r.Header.Get("Click"))
		fmt.Fprint(w, `{"id":"x"}`)
	}))
	defer server.Close()
	to, err := newTarget(device.Secret("ntfy://" + strings.TrimPrefix(server.URL, "http://") + "/lab?disabletls=yes"))
	if err != nil {
		t.Fatal(err)
	}
	o := &outbound{target: to}
	for i, m := range []message{{Title: "one", Link: "http://192.0.2.1/"}, {Title: "two"}, {Title: "three", Link: "http://192.0.2.3/"}} {
		m.ID = int64(i)
		if _, err := o.send(t.Context(), &m, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"one http://192.0.2.1/", "two ", "three http://192.0.2.3/"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGenericWebhook(t *testing.T) {
	var got map[string]string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	if err := post(t, "generic://"+host+"/x?template=json&disabletls=yes", message{ID: 1, Title: "nas1 is down", Body: "prtg says so.", Link: "http://192.0.2.1/"}); err != nil {
		t.Fatal(err)
	}
	if got["title"] != "nas1 is down" || got["message"] != "prtg says so.\nhttp://192.0.2.1/" {
		t.Errorf("got %v", got)
	}
}

// mailbox is an SMTP server that takes one mail.
func mailbox(t *testing.T) (address string, mail <-chan []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	out := make(chan []string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		r := textproto.NewReader(bufio.NewReader(c))
		say := func(s string) { fmt.Fprintf(c, "%s\r\n", s) }
		say("220 mail.example.net")
		for {
			line, err := r.ReadLine()
			if err != nil {
				return
			}
			switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
			case "DATA":
				say("354 go on")
				lines, err := r.ReadDotLines()
				if err != nil {
					return
				}
				out <- lines
				say("250 taken")
			case "QUIT":
				say("221 bye")
				return
			default:
				say("250 fine")
			}
		}
	}()
	return l.Addr().String(), out
}

// A name of a device can neither add a header to a mail nor end it.
func TestMail(t *testing.T) {
	address, mail := mailbox(t)
	evil := "nas1\r\nBcc: all@example.net\r\n\r\n.\r\nüber"
	m := (&teller{zone: time.UTC}).make(start, name(evil)+" is down", plain(".\r\n.\r\nQUIT "+evil), nil)
	if err := post(t, "smtp://"+address+"/?from=quorate@example.net&to=owner@example.net&starttls=no", m); err != nil {
		t.Fatal(err)
	}
	lines := <-mail
	head := 0
	for i, line := range lines {
		if line == "" {
			head = i
			break
		}
		if strings.HasPrefix(line, "Bcc") {
			t.Errorf("header %q", line)
		}
		if strings.HasPrefix(line, "Subject:") && line != "Subject: =?utf-8?q?nas1_Bcc:_all=EF=BC=A0example.net_._=C3=BCber_is_down?=" {
			t.Errorf("subject %q", line)
		}
	}
	if head == 0 || len(lines) != head+2 || lines[head+1] != ". . QUIT nas1 Bcc: all＠example.net . über" {
		t.Errorf("mail %q", lines)
	}
}

// TestErrorsHoldNoSecret: neither what the library says nor what the service answers gets out.
func TestErrorsHoldNoSecret(t *testing.T) {
	answers := func(status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"code":%d,"errorCode":%d,"error":"%s"}`, status, status, token)
		}))
		t.Cleanup(server.Close)
		return strings.TrimPrefix(server.URL, "http://")
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	gone := strings.TrimPrefix(closed.URL, "http://")
	secure := httptest.NewTLSServer(nil)
	defer secure.Close()
	for _, c := range []struct{ url, want string }{
		{"ntfy://:" + token + "@" + answers(403) + "/" + token + "?disabletls=yes", "ntfy: HTTP 403 Forbidden"},
		{"ntfy://:" + token + "@" + gone + "/" + token + "?disabletls=yes", "ntfy: the connection was refused"},
		{"ntfy://" + strings.TrimPrefix(secure.URL, "https://") + "/" + token, "ntfy: nobody known has signed its certificate"},
		{"generic://" + answers(500) + "/" + token + "?disabletls=yes", "generic: HTTP 500 Internal Server Error"},
		{"gotify://" + answers(401) + "/Aaa.bbb.ccc.ddd?disabletls=yes", "gotify: HTTP 401 Unauthorized"},
		{"smtp://u:" + token + "@" + gone + "/?from=a@example.net&to=b@example.net", "smtp: the connection was refused"},
	} {
		err := post(t, c.url, message{ID: 1, Title: "t", Body: "b"})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.url, err, c.want)
		}
	}
	for _, c := range []struct{ url, want string }{
		{"ntfy://" + token + "@host", `is nothing that the service "ntfy" understands`},
		{"nfty://" + token, `names the service "nfty", which shoutrrr does not have`},
		{token, `has no service before "://"; shoutrrr's URLs look like ntfy://host/topic`},
		{"logger://", `names the service "logger", which tells nobody`},
		{"ntfy://%zz" + token, `is no URL; shoutrrr's look like ntfy://host/topic`},
		{"slack://" + token, `is nothing that the service "slack" understands`},
	} {
		if _, err := newTarget(device.Secret(c.url)); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.url, err, c.want)
		}
	}
	// A home server is not asked before there is something to tell.
	if _, err := newTarget(device.Secret("matrix://user:" + token + "@" + gone + "/?rooms=!a:example.net")); err != nil {
		t.Error(err)
	}
	err := Config{URLs: []device.Secret{"nfty://" + token}, Settle: "1h", PerHour: -1, Link: "x", Timezone: "Nowhere"}.Check()
	if err == nil || strings.Contains(err.Error(), token) || strings.Count(err.Error(), ";") != 4 {
		t.Errorf("got %v", err)
	}
}

// A service that answers nothing holds nobody: the delivery ends in its time, and the message is not sent a second time
// while it may still be taken.
func TestServiceThatHangs(t *testing.T) {
	var mu sync.Mutex
	posts := 0
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		posts++
		mu.Unlock()
		<-release
	}))
	defer server.Close()
	to, err := newTarget(device.Secret("generic://" + strings.TrimPrefix(server.URL, "http://") + "/x?disabletls=yes"))
	if err != nil {
		t.Fatal(err)
	}
	o := &outbound{target: to}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := o.send(ctx, &message{ID: 7, Title: "t", Body: "b"}, time.Now()); err == nil || err.Error() != "generic: no answer in time" {
			t.Errorf("got %v", err)
		}
		cancel()
	}
	close(release)
	id, err := o.send(t.Context(), &message{ID: 7, Title: "t", Body: "b"}, time.Now())
	mu.Lock()
	defer mu.Unlock()
	if err != nil || id != 7 || posts != 1 {
		t.Errorf("%d posts, message %d, %v", posts, id, err)
	}
}

// Attempts that never end are given up after a while, and are no more than a few.
func TestAttemptsThatNeverEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	var conns []net.Conn
	var mu sync.Mutex
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c) // says nothing
			mu.Unlock()
		}
	}()
	to, err := newTarget(device.Secret("smtp://" + l.Addr().String() + "/?from=a@example.net&to=b@example.net"))
	if err != nil {
		t.Fatal(err)
	}
	o := &outbound{target: to}
	now := start
	for i := range 40 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_, err = o.send(ctx, &message{ID: 1, Title: "t", Body: "b"}, now)
		cancel()
		now = now.Add(time.Minute)
		if err == nil {
			t.Fatalf("attempt %d was taken", i)
		}
	}
	if n := o.hanging.Load(); n != maxHanging || err.Error() != "smtp: 4 attempts hang without an answer" {
		t.Errorf("%d hang, %v", n, err)
	}
	_ = l.Close()
	mu.Lock()
	for _, c := range conns {
		_ = c.Close()
	}
	mu.Unlock()
	for range 1000 { // those that are still in the listener's queue
		if o.hanging.Load() == 0 {
			break
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-t.Context().Done():
		}
	}
}
