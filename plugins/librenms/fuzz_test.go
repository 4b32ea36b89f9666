package librenms

import (
	"net/http"
	"testing"
	"time"

	"github.com/quorate/quorate/device"
)

// FuzzAnswers is that whatever LibreNMS answers to the calls that a poll can do without, and to those about single
// devices, the poll holds, says nothing that the data contract refuses, and changes nobody's reach.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{
		`{"status":"ok","alerts":[{"id":1,"device_id":1,"state":1,"timestamp":"2026-08-20 11:00:00","name":"x"}],"logs":[{"id":1,"device_id":1,"rule_id":1,"details":{"rule":[{"ifName":"1"}]}}]}`,
		`{"status":"ok","sensors":[{"device_id":"1","sensor_class":"state","sensor_type":"raidStatusState","sensor_descr":"a","sensor_current":11}]}`,
		`{"ports":[{"port_id":1,"device_id":1,"ifName":"1","ifPhysAddress":"00005e005301","ifSpeed":1e300,"ifInOctets_rate":-1,"poll_period":0}]}`,
		`{"ip_addresses":[{"port_id":1,"ipv4_address":"192.0.2.2"}],"arp":[{"mac_address":"00005e005301","ipv4_address":"192.0.2.2"}]}`,
		`{"links":[{"local_port_id":1,"remote_hostname":"x"}],"ports_fdb":[{"port_id":1,"mac_address":"00005e005302"}]}`,
		`{"logs":[{"event_id":1,"device_id":1,"datetime":"2026-08-20 11:59:00","type":"down","severity":5,"message":"\u202e"}]}`,
		`{"status":"error"}`, `[]`, `{"alerts":[[[]]],"logs":{}}`, "\xff",
	} {
		f.Add([]byte(s))
	}
	now := time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte) {
		srv := newFake(t)
		at(srv, now)
		srv.zone = time.UTC
		srv.answer = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/v0/devices" {
				send(w, map[string]any{"devices": []any{srv.row(1, nil), srv.row(2, map[string]any{"status": 0, "status_reason": "snmp"})}})
				return
			}
			_, _ = w.Write(body)
		}
		s := open(t, srv, `,"timezone":"UTC"`)
		for range 2 {
			reach := 0
			err := s.Poll(t.Context(), func(o device.Observation) error {
				for _, c := range o.Claims {
					if c.Facet == device.FacetReach && c.State == device.StateUp {
						reach++
					}
				}
				if len(o.Addresses) == 0 {
					t.Error("no address")
				}
				return o.Validate()
			})
			// A device that may be under maintenance abstains.
			if err == nil && reach < 1 {
				t.Errorf("%d devices are up", reach)
			}
			if err != nil && len(err.Error()) > 600 {
				t.Error(err)
			}
		}
		srv.CloseClientConnections()
	})
}
