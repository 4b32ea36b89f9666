package librenms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// client speaks LibreNMS' API v0 and nothing of ours.
type client struct{ http *sourcehttp.Client }

// deviceRow is the white list of what is read of a device: the API sends the SNMP credentials along, in clear text.
type deviceRow struct {
	DeviceID      sourcehttp.Scalar `json:"device_id"`
	Hostname      sourcehttp.Scalar `json:"hostname"`
	SysName       sourcehttp.Scalar `json:"sysName"`
	Display       sourcehttp.Scalar `json:"display"`
	IP            sourcehttp.Scalar `json:"ip"`
	OverwriteIP   sourcehttp.Scalar `json:"overwrite_ip"`
	OS            sourcehttp.Scalar `json:"os"`
	Type          sourcehttp.Scalar `json:"type"`
	Hardware      sourcehttp.Scalar `json:"hardware"`
	Version       sourcehttp.Scalar `json:"version"`
	Serial        sourcehttp.Scalar `json:"serial"`
	EngineID      sourcehttp.Scalar `json:"snmpEngineID"`
	Location      sourcehttp.Scalar `json:"location"`
	Status        sourcehttp.Scalar `json:"status"`
	StatusReason  sourcehttp.Scalar `json:"status_reason"`
	Ignore        sourcehttp.Scalar `json:"ignore"`
	Disabled      sourcehttp.Scalar `json:"disabled"`
	SNMPDisable   sourcehttp.Scalar `json:"snmp_disable"`
	LastPolled    sourcehttp.Scalar `json:"last_polled"`
	PolledTook    sourcehttp.Scalar `json:"last_polled_timetaken"`
	LastPing      sourcehttp.Scalar `json:"last_ping"`
	PingTook      sourcehttp.Scalar `json:"last_ping_timetaken"`
	LastDiscovery sourcehttp.Scalar `json:"last_discovered"`
	Uptime        sourcehttp.Scalar `json:"uptime"`
	ParentID      sourcehttp.Scalar `json:"dependency_parent_id"`
}

// sensorRow is what is read of a sensor.
type sensorRow struct {
	DeviceID sourcehttp.Scalar `json:"device_id"`
	Deleted  sourcehttp.Scalar `json:"sensor_deleted"`
	Class    sourcehttp.Scalar `json:"sensor_class"`
	Type     sourcehttp.Scalar `json:"sensor_type"`
	Descr    sourcehttp.Scalar `json:"sensor_descr"`
	Current  sourcehttp.Scalar `json:"sensor_current"`
	High     sourcehttp.Scalar `json:"sensor_limit"`
	HighWarn sourcehttp.Scalar `json:"sensor_limit_warn"`
	Low      sourcehttp.Scalar `json:"sensor_limit_low"`
	LowWarn  sourcehttp.Scalar `json:"sensor_limit_low_warn"`
	Alert    sourcehttp.Scalar `json:"sensor_alert"`
	Custom   sourcehttp.Scalar `json:"sensor_custom"`
}

// devices lists all devices, and counts the rows that are none.
func (c client) devices(ctx context.Context) ([]deviceRow, int, error) {
	return list(ctx, c, "/devices", "devices", func(d deviceRow) bool { return d.DeviceID.String() != "" })
}

// device reads one device, whose times carry a zone.
func (c client) device(ctx context.Context, id string) (deviceRow, error) {
	rows, _, err := list(ctx, c, "/devices/"+url.PathEscape(id), "devices", func(deviceRow) bool { return true })
	if err == nil && len(rows) == 0 {
		err = errors.New("no such device")
	}
	if err != nil {
		return deviceRow{}, err
	}
	return rows[0], nil
}

// group lists the device_ids of a device group.
func (c client) group(ctx context.Context, name string) ([]string, error) {
	type member struct {
		DeviceID sourcehttp.Scalar `json:"device_id"`
	}
	rows, _, err := list(ctx, c, "/devicegroups/"+url.PathEscape(name), "devices", func(m member) bool { return m.DeviceID.String() != "" })
	if f, ok := errors.AsType[*sourcehttp.Failure](err); ok && f.Code == http.StatusNotFound && f.Mentions("group not found") {
		return nil, fmt.Errorf(`LibreNMS has no device group %q: check "groups"`, name)
	}
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.DeviceID.String()
	}
	return ids, unlessEmpty(err)
}

// sensors hands over every sensor of every device.
func (c client) sensors(ctx context.Context, row func(sensorRow)) error {
	_, _, err := list(ctx, c, "/resources/sensors", "sensors", func(s sensorRow) bool {
		row(s)
		return false
	})
	return unlessEmpty(err)
}

// maintenance reports whether a device is under maintenance now.
func (c client) maintenance(ctx context.Context, id string) (bool, error) {
	var answer struct {
		Under *sourcehttp.Scalar `json:"is_under_maintenance"`
	}
	err := c.http.GetJSON(ctx, "/api/v0/devices/"+url.PathEscape(id)+"/maintenance", nil, func(d *json.Decoder) error { return d.Decode(&answer) })
	if err == nil && answer.Under == nil {
		err = errors.New(`no "is_under_maintenance" in the answer`)
	}
	return err == nil && answer.Under.Bool(), err
}

// version reads what release the server is, "26.7.0".
func (c client) version(ctx context.Context) (string, error) {
	type system struct {
		Version sourcehttp.Scalar `json:"local_ver"`
	}
	rows, _, err := list(ctx, c, "/system", "system", func(system) bool { return true })
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0].Version.String(), nil
}

// list reads the rows that keep accepts. Rows that are no objects, and those that keep refuses, are counted.
func list[T any](ctx context.Context, c client, path, key string, keep func(T) bool) ([]T, int, error) {
	var rows []T
	dropped := 0
	err := c.http.GetJSON(ctx, "/api/v0"+path, nil, func(d *json.Decoder) error {
		beside, found, err := sourcehttp.Rows(d, key, func(raw json.RawMessage) error {
			var row T
			if json.Unmarshal(raw, &row) == nil && keep(row) {
				rows = append(rows, row)
			} else {
				dropped++
			}
			return nil
		})
		switch status := beside["status"].String(); {
		case err != nil:
			return err
		case status != "" && !strings.EqualFold(status, "ok"):
			return fmt.Errorf("the answer says status %s: %s", c.http.Quote(status), c.http.Quote(beside["message"].String()))
		case !found:
			return fmt.Errorf("the answer has no %q: is this LibreNMS?", key)
		}
		return nil
	})
	return rows, dropped, err
}

// unlessEmpty is err, but for the 404 with which LibreNMS says "none". The 404 of an unknown route is not that.
func unlessEmpty(err error) error {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	if ok && f.Code == http.StatusNotFound && f.Mentions(`"error"`) && !unknownRoute(f) {
		return nil // "None" is an answer.
	}
	return err
}

func unknownRoute(f *sourcehttp.Failure) bool {
	return f.Mentions("route doesn't exist") || f.Mentions(`route doesn\u0027t exist`)
}

// advise adds to a failed call what the owner of this LibreNMS can do about it.
func advise(err error) error {
	var f *sourcehttp.Failure
	if !errors.As(err, &f) {
		return err
	}
	switch {
	case f.Code == http.StatusUnauthorized:
		return fmt.Errorf(`%w: LibreNMS does not know this token; make one under Settings, API, API Settings and set "token"`, err)
	case f.Code == http.StatusForbidden:
		return fmt.Errorf("%w: the token's user may not do that; give it the role global-read", err)
	case f.Code == http.StatusNotFound && unknownRoute(f):
		return fmt.Errorf("%w: this LibreNMS is too old for the call", err)
	case f.Code == http.StatusNotFound:
		return fmt.Errorf(`%w: "url" must be the address of LibreNMS itself, without /api/v0`, err)
	case f.Code >= 500:
		return fmt.Errorf("%w: look into LibreNMS' logs/librenms.log and run its validate.php", err)
	case f.Kind == sourcehttp.KindNotJSON:
		return fmt.Errorf(`%w: something else than LibreNMS' API answers there (a log-in page, a proxy); check "url"`, err)
	}
	return err
}
