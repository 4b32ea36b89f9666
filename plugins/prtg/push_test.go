package prtg

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

func TestReceive(t *testing.T) {
	f := newFake(t)
	s := open(t, f, "")
	if _, err := poll(t, s); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, body, want string }{
		{
			"as it arrives",
			"sensorid=3003&deviceid=2002&host=192.0.2.10&status=Down&statesince=1/15/2026 10:42:10 AM&device=nas1&sensor=Ping&message=100 % loss & no reply (code=11010)",
			"2002",
		},
		{"the device's placeholder is not known there", "sensorid=100001&deviceid=%deviceid&status=Down&message=x", "2001"},
		{"no device", "sensorid=100002&status=Fehler", "2002"},
		{"a sensor that is new", "sensorid=77&status=Up", sdk.Everything},
		{"no number at all", "sensorid=%sensorid&deviceid=%deviceid&status=%status", sdk.Everything},
		{"a test of the template", "sensorid=&deviceid=&status=", sdk.Everything},
		{"of two the first counts", "deviceid=2001&device=x&deviceid=2002&message=y", "2001"},
		{"the message is no field", "status=Down&message=a&deviceid=2001", sdk.Everything},
		{"escaped", "sensorid=%31%30%30%30%30%30&status=Down", "2000"},
		{"with blanks and other letters", " DeviceID= 2002 &x=y\r\n", "2002"},
		{"nothing below zero", "deviceid=-5&sensorid=100000", "2000"},
		{"no fraction", "deviceid=2000.5&sensorid=1e5", sdk.Everything},
		{"larger than any number", "deviceid=99999999999999999999&sensorid=100000", "2000"},
		{"zero", "deviceid=0&sensorid=0", sdk.Everything},
		{"leading zeros", "deviceid=0000002001", "2001"},
		{"nothing", "", "!"},
		{"something else", `{"sensorid":3003}`, "!"},
		{"a key without a value", "sensorid&deviceid", "!"},
		{"a page", "<html><body>deviceid</body></html>", "!"},
		{"too long", "deviceid=2001&message=" + strings.Repeat("x", maxPush), "!"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			refs, err := s.Receive(t.Context(), sdk.Push{ContentType: "text/plain; charset=nonsense", Body: []byte(tt.body)})
			got := strings.Join(refs, " ")
			if err != nil {
				got = "!"
			}
			if got != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestPushFields(t *testing.T) {
	for _, tt := range []struct{ name, body, field, want string }{
		{"the message takes all the rest", "sensorid=1&message=100 % loss & no reply (code=11010)&status=Up", "message", "100 % loss & no reply (code=11010)&status=Up"},
		{"the first status counts", "status=Down&device=nas&status=Up&sensor=Ping&message=x", "status", "Down"},
		{"what is no key belongs to the name before", "device=R&D = fun&sensor=Ping", "device", "R&D = fun"},
		{"a key again belongs to the name before", "status=Down&device=x&status=Up&sensor=Ping", "device", "x&status=Up"},
		{"good and bad escapes", "device=a%20b%zz%4&sensor=100%", "device", "a b%zz%4"},
		{"the end of an escape", "sensor=100%", "sensor", "100%"},
		{"plus", "device=a+b", "device", "a b"},
		{"what comes before any key is nobody's", "x=1&y&device=a", "device", "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := pushFields(tt.body)[tt.field]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestReceiveWhilePolling is for the race detector.
func TestReceiveWhilePolling(t *testing.T) {
	s := open(t, newFake(t), "")
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 20 {
			if _, err := s.Receive(t.Context(), sdk.Push{Body: []byte("sensorid=100001")}); err != nil {
				t.Error(err)
			}
		}
	})
	for range 5 {
		if err := s.Poll(t.Context(), func(device.Observation) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	wg.Wait()
}

// FuzzReceive holds that whatever is pushed, the answer is an error, everything, or the number of one object.
func FuzzReceive(f *testing.F) {
	for _, body := range []string{
		"sensorid=3003&deviceid=2002&host=192.0.2.10&status=Down&statesince=1/15/2026 10:42:10 AM&device=nas1&sensor=Ping&message=100 % loss & no reply (code=11010)",
		"sensorid=%sensorid&deviceid=%deviceid", "&&&=&=&", "deviceid=%32%", "message=", "deviceid=\xff\x00", "device=x&status=Up&status=Down",
	} {
		f.Add(body)
	}
	s := New()
	f.Fuzz(func(t *testing.T, body string) {
		refs, err := s.Receive(t.Context(), sdk.Push{Body: []byte(body)})
		switch {
		case err != nil && len(refs) == 0:
			if !utf8.ValidString(err.Error()) || len(err.Error()) > 300 {
				t.Errorf("%q: %v", body, err)
			}
		case err == nil && len(refs) == 1 && (refs[0] == sdk.Everything || refs[0] != "" && strings.Trim(refs[0], "0123456789") == ""):
		default:
			t.Errorf("%q: %q, %v", body, refs, err)
		}
		if deviceID, ok := pushedID(pushFields(body)["deviceid"]); ok && deviceID <= 0 {
			t.Errorf("%q: %d", body, deviceID)
		}
	})
}
