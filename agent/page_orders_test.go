package agent

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quorate/quorate/device"
)

// form asks the page over the agent's socket and returns the status, where it leads, and the page. A nil form is a GET.
func (s *stage) form(path string, form url.Values) (status int, to, page string) {
	s.t.Helper()
	socket := filepath.Join(s.dataDir, SocketName)
	c := &http.Client{
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer c.CloseIdleConnections()
	var resp *http.Response
	var err error
	if form == nil {
		resp, err = c.Get("http://localhost" + path)
	} else {
		resp, err = c.PostForm("http://localhost"+path, form)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(body)
}

// repair looks at what an order would change and has it done.
func (s *stage) repair(at string, order url.Values) {
	s.t.Helper()
	status, _, page := s.form(at+"/preview?"+order.Encode(), nil)
	_, rest, ok := strings.Cut(page, `name="seen" value="`)
	seen, _, _ := strings.Cut(rest, `"`)
	if status != http.StatusOK || !ok {
		s.t.Fatalf("preview: %d\n%.2000s", status, page)
	}
	order.Set("seen", seen)
	if status, to, page := s.form(at+"/identity", order); status != http.StatusSeeOther || !strings.HasPrefix(to, at+"?done=") {
		s.t.Fatalf("%d to %q\n%.2000s", status, to, page)
	}
}

// TestRepairsByThePage: a split and a merge by the forms of the page are previewed, carried out and on record.
func TestRepairsByThePage(t *testing.T) {
	t.Parallel()
	s := newStage(t, "", nil)
	read := &reader{s.Agent}
	var one device.Current
	s.until("both sources have the device", func() bool {
		var ok bool
		one, ok = read.Device("nas1", now())
		return ok && len(one.Bindings) == 2
	})
	at := "/devices/" + string(one.ID)
	ref := ""
	for _, b := range one.Bindings {
		if b.Source == "b" {
			ref = b.Source + "/" + b.Ref
		}
	}
	if status, _, page := s.form(at+"/preview?kind=merge&other=nobody", nil); status != http.StatusUnprocessableEntity || !strings.Contains(page, "there is no device") {
		t.Errorf("a merge with nobody: %d", status)
	}
	s.repair(at, url.Values{"kind": {"split"}, "ref": {ref}})
	s.event("the split", func(e device.Event) bool {
		return e.Type == device.EventDeviceSplit && e.Device != nil && e.Device.ID == one.ID
	})
	var other device.Current
	s.until("there are two", func() bool {
		for _, d := range read.Devices(now()) {
			if d.ID != one.ID {
				other = d
			}
		}
		return other.ID != ""
	})
	s.repair(at, url.Values{"kind": {"merge"}, "other": {string(other.ID)}})
	s.event("the merge", func(e device.Event) bool { return e.Type == device.EventDeviceMerged })
	s.until("they are one again", func() bool {
		d, ok := read.Device(string(one.ID), now())
		return ok && len(d.Bindings) == 2 && len(read.Devices(now())) == 1
	})
	status, _, page := s.form(at+"/identity", nil)
	if status != http.StatusOK || !strings.Contains(page, "<b>split</b> by person") || !strings.Contains(page, "<b>merge</b> by person") || !strings.Contains(page, "kind=undo") {
		t.Errorf("what was done: %d\n%.3000s", status, page)
	}
	if status, _, page := s.form(at, nil); status != http.StatusOK || !strings.Contains(page, `id="lanes-wide-title"`) {
		t.Errorf("the page: %d\n%.2000s", status, page)
	}
}
