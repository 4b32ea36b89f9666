package librenms

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// anyRow is a row that is only counted.
type anyRow struct{}

// callFindings make each of the calls that a poll can do without, and say what is lost where one is refused.
func (s *Source) callFindings(ctx context.Context, rows []deviceRow) []sdk.Finding {
	count := func(path string, query url.Values, key string) func(context.Context) (int, string, error) {
		return func(ctx context.Context) (int, string, error) {
			n := 0
			err := list(ctx, s.api, path, query, key, noLimit, func(anyRow) { n++ })
			return n, "", err
		}
	}
	newest := url.Values{"limit": {"1"}, "sortorder": {"DESC"}}
	var found []sdk.Finding
	for _, c := range []struct {
		topic, lost string
		call        func(context.Context) (int, string, error)
	}{
		{"sensors", "nothing is known of the health of the devices", s.countSensors},
		{"ports", "nothing is known of ports, and MAC addresses, further addresses and neighbours go with them", s.countPorts},
		{"alerts", "LibreNMS' own alerts are not shown", count("/alerts", url.Values{"state": {"1,2,3,4,5"}}, "alerts")},
		{"alert log", "alerts do not tell which port, disk or sensor they are about", count("/logs/alertlog", newest, "logs")},
		{"event log", "it is not known since when a device is down", count("/logs/eventlog", newest, "logs")},
		{"interface addresses", "devices are known by the address alone that is polled", count("/resources/ip/addresses", nil, "ip_addresses")},
		{"ARP tables", "MAC addresses are those of the ports alone", count("/resources/ip/arp/all", nil, "arp")},
		{"neighbours", "what hangs on which port is not known from LLDP and CDP", count("/resources/links", nil, "links")},
		{"forwarding tables", "what hangs on which port is not known from the switches", count("/resources/fdb", nil, "ports_fdb")},
		{"maintenance", "a device under maintenance is called down", func(ctx context.Context) (int, string, error) {
			_, err := s.api.maintenance(ctx, rows[0].DeviceID.String())
			return 0, "Maintenance can be asked for.", err
		}},
	} {
		if ctx.Err() != nil {
			return found
		}
		n, text, err := c.call(ctx)
		found = append(found, callFinding(c.topic, c.lost, n, text, err))
	}
	return found
}

func callFinding(topic, lost string, n int, text string, err error) sdk.Finding {
	f := sdk.Finding{Topic: topic, Level: sdk.LevelOK, Value: strconv.Itoa(n), Text: text}
	switch {
	case err == nil:
		if text == "" {
			f.Text = fmt.Sprintf("The call for %s works.", topic)
		}
		return f
	case forbidden(err):
		f.Level = sdk.LevelProblem
		f.Text = fmt.Sprintf("Permission missing: the token's user may not read the %s, and %s. Give it the role global-read.", topic, lost)
	case unknownRoute(err):
		f.Level = sdk.LevelAdvice
		f.Text = fmt.Sprintf("This LibreNMS does not have the call for %s, and %s. A newer one has.", topic, lost)
	default:
		f.Level = sdk.LevelProblem
		f.Text = fmt.Sprintf("The call for %s fails, and %s: %s", topic, lost, advise(err))
	}
	f.Value = ""
	return f
}

func (s *Source) countSensors(ctx context.Context) (int, string, error) {
	var n, guessed, unknown int
	err := s.api.sensors(ctx, func(row sensorRow) {
		if row.Deleted.Bool() {
			return
		}
		n++
		switch class := row.Class.String(); {
		case class == "state":
			if _, ok := states[row.Type.String()]; !ok {
				unknown++
			}
		case row.Custom.String() != "Yes":
			guessed++
		}
	})
	text := fmt.Sprintf("%d sensors", n)
	if guessed > 0 {
		text += fmt.Sprintf(", %d of them with limits that LibreNMS guessed, which count half", guessed)
	}
	if unknown > 0 {
		text += fmt.Sprintf(", %d with states whose meaning is not known here, which claim nothing", unknown)
	}
	return n, text + ".", err
}

func (s *Source) countPorts(ctx context.Context) (int, string, error) {
	for i := s.ports.columns; ; i++ {
		n := 0
		err := list(ctx, s.api, "/ports", url.Values{"columns": {columns[i]}}, "ports", noLimit, func(row struct {
			Deleted sourcehttp.Scalar `json:"deleted"`
		}) {
			if !row.Deleted.Bool() {
				n++
			}
		})
		if !wrongColumn(err) || i+1 == len(columns) {
			return n, fmt.Sprintf("%d ports.", n), err
		}
	}
}
