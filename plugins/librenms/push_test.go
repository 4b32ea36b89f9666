package librenms

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quorate/quorate/sdk"
)

// receiver knows three devices, two of them by one host name.
func receiver(t *testing.T) *Source {
	t.Helper()
	s := New()
	var devices []seen
	for i, host := range []string{"sw1.example.net", "192.0.2.20", "twin.example.net", "twin.example.net"} {
		var row deviceRow
		_ = row.DeviceID.UnmarshalJSON([]byte(strconv.Itoa(i + 7)))
		_ = row.Hostname.UnmarshalJSON([]byte(strconv.Quote(host)))
		devices = append(devices, seen{row: row, id: row.DeviceID.Name()})
	}
	s.pushes.know(devices)
	return s
}

func TestReceive(t *testing.T) {
	example := func(name string) string {
		b, err := os.ReadFile(filepath.Join("testdata", "pushes", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	labels := func(pairs string) string { return `[{"labels":{` + pairs + `}}]` }
	for _, tt := range []struct {
		name, body string
		want       []string
	}{
		{"firing", example("firing.json"), []string{"9"}},
		{"recovery", example("recovery.json"), []string{"9"}},
		{"without options, by host name", labels(`"alertname":"x","instance":"SW1.example.net"`), []string{"7"}},
		{"without options, by address", labels(`"alertname":"x","instance":"192.0.2.20"`), []string{"8"}},
		{"a host name of two devices", labels(`"instance":"twin.example.net"`), []string{"*"}},
		{"an unresolved variable", labels(`"instance":"sw1.example.net","dyn_device_id":"device_id"`), []string{"7"}},
		{"a number as a number", labels(`"dyn_device_id":42`), []string{"42"}},
		{"a negative number", labels(`"dyn_device_id":"-7"`), []string{"*"}},
		{"several", `[{"labels":{"dyn_device_id":"7"}},{"labels":{"dyn_device_id":"8"}},{"labels":{"dyn_device_id":"7"}}]`, []string{"7", "8"}},
		{"several, one of them nobody", `[{"labels":{"dyn_device_id":"7"}},{"labels":{"instance":"x"}}]`, []string{"*"}},
		{"through Alertmanager", `{"version":"4","alerts":[{"labels":{"dyn_device_id":"7"}}]}`, []string{"7"}},
		{"the test button", labels(`"alertname":"Test-Rule","instance":"sw1.example.net","dyn_alert_id":"000","dyn_rule_id":"000","dyn_device_id":"7"`), nil},
		{"the test button without options", labels(`"alertname":"Test-Rule","instance":"sw1.example.net"`), nil},
		{"form", "alert_id=15&device_id=9&hostname=192.0.2.20&state=1&severity=critical&name=Device+Down&timestamp=2026-08-17+03%3A15%3A20&status_reason=icmp%2Csnmp", []string{"9"}},
		{"form, nothing escaped", "alert_id=15&device_id=9&hostname=192.0.2.20&state=1&severity=critical&name=A & B = 100% &timestamp=2026-08-17 03:15:20", []string{"9"}},
		{"form, by host name", "hostname=sw1.example.net&state=0", []string{"7"}},
		{"form, a field a line", "device_id=9\r\nstate=1\n", []string{"9"}},
		{"form, test button", "alert_id=000&device_id=9&hostname=192.0.2.20&name=Test-Rule", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := receiver(t)
			got, err := s.Receive(t.Context(), sdk.Push{Body: []byte(tt.body)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, body := range []string{"", "  ", "null", "[]", "{}", "[{}]", "[1]", `["a"]`, "[{", "a=b", "state=1", "<html>", strings.Repeat("[", 1000), "[" + strings.Repeat(" ", maxPush) + "]"} {
		if refs, err := receiver(t).Receive(t.Context(), sdk.Push{Body: []byte(body)}); err == nil {
			t.Errorf("%.20q is taken for a push about %q", body, refs)
		}
	}
}

// TestRepeatedPush is that a push which came before hastens nothing, that the next state of the alert does, and that
// what is remembered has an end.
func TestRepeatedPush(t *testing.T) {
	s := receiver(t)
	send := func(alert, state int, stamp string) int {
		t.Helper()
		form := url.Values{"alert_id": {strconv.Itoa(alert)}, "device_id": {"7"}, "state": {strconv.Itoa(state)}, "timestamp": {stamp}}
		refs, err := s.Receive(t.Context(), sdk.Push{Body: []byte(form.Encode())})
		if err != nil {
			t.Fatal(err)
		}
		return len(refs)
	}
	got := []int{send(1, 1, "a"), send(1, 1, "a"), send(1, 0, "a"), send(1, 1, "b"), send(2, 1, "a"), send(1, 1, ""), send(1, 1, "")}
	if diff := cmp.Diff([]int{1, 0, 1, 1, 1, 1, 1}, got); diff != "" {
		t.Error(diff)
	}
	for i := range 10 * maxPushSeen {
		send(i+10, 1, strings.Repeat("x", 1000))
	}
	if len(s.pushes.seen) != maxPushSeen || len(s.pushes.order) != maxPushSeen {
		t.Errorf("%d and %d pushes are remembered", len(s.pushes.seen), len(s.pushes.order))
	}
	for k := range s.pushes.seen {
		if len(k.stamp) > 200 {
			t.Fatal("whole texts are remembered")
		}
	}
}

// FuzzReceive is that a push, whatever it holds, names devices by number, everything, or nothing.
func FuzzReceive(f *testing.F) {
	for _, s := range []string{
		`[{"labels":{"dyn_device_id":"9","instance":"x"}}]`, "device_id=9&hostname=a", `{"alerts":[{"labels":{}}]}`, "hostname=%zz&&=&device_id=", `[{"labels":null}]`,
	} {
		f.Add([]byte(s))
	}
	s := New()
	f.Fuzz(func(t *testing.T, body []byte) {
		refs, err := s.Receive(t.Context(), sdk.Push{Body: body})
		if err != nil {
			if len(refs) > 0 || len(err.Error()) > 300 {
				t.Fatalf("%q, %v", refs, err)
			}
			return
		}
		if len(refs) > maxPushAlerts {
			t.Fatalf("%d refs", len(refs))
		}
		for _, r := range refs {
			if n, err := strconv.ParseUint(r, 10, 63); r != sdk.Everything && (err != nil || n == 0 || fmt.Sprint(n) != r) {
				t.Fatalf("ref %q", r)
			}
		}
	})
}
