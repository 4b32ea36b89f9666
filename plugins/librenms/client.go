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

// maxListed bounds the answers that are read row by row, in bytes: a hundred thousand sensors take more than the default
// of 64 MiB, and the alert log holds whole database rows of everything that is at fault.
const maxListed = 512 << 20

// How many rows of a list are held. A list that has more is of no use, since nobody knows what it holds beyond.
const (
	maxDevices = 30_000
	maxRows    = 250_000 // of sensors, ports, addresses
	maxRaised  = 20_000  // of alerts, neighbours
	noLimit    = 0       // of what is looked at and not held
)

func errTooMany(most int) error {
	return fmt.Errorf("LibreNMS lists more than %d, which is more than one source can follow", most)
}

// client speaks LibreNMS' API v0 and nothing of ours. What it reads of each row is in rows.go.
type client struct{ http *sourcehttp.Client }

// devices lists all devices, and counts the rows that are none.
func (c client) devices(ctx context.Context) ([]deviceRow, int, error) {
	var rows []deviceRow
	dropped, err := each(ctx, c, "/devices", nil, "devices", func(d deviceRow) bool {
		if d.DeviceID.String() == "" {
			return false
		}
		if len(rows) <= maxDevices {
			rows = append(rows, d)
		}
		return true
	})
	if err == nil && len(rows) > maxDevices {
		return nil, 0, errTooMany(maxDevices)
	}
	return rows, dropped, err
}

// device reads one device, whose times carry a zone.
func (c client) device(ctx context.Context, id string) (deviceRow, error) {
	var one *deviceRow
	_, err := each(ctx, c, "/devices/"+url.PathEscape(id), nil, "devices", func(d deviceRow) bool {
		one = &d
		return true
	})
	switch {
	case err != nil:
		return deviceRow{}, err
	case one == nil:
		return deviceRow{}, errors.New("no such device")
	}
	return *one, nil
}

// group lists the device_ids of a device group.
func (c client) group(ctx context.Context, name string) ([]string, error) {
	type member struct {
		DeviceID sourcehttp.Scalar `json:"device_id"`
	}
	var ids []string
	_, err := each(ctx, c, "/devicegroups/"+url.PathEscape(name), nil, "devices", func(m member) bool {
		if len(ids) < maxDevices {
			ids = append(ids, m.DeviceID.String())
		}
		return true
	})
	if f, ok := errors.AsType[*sourcehttp.Failure](err); ok && f.Code == http.StatusNotFound && f.Mentions("group not found") {
		return nil, fmt.Errorf(`LibreNMS has no device group %q: check "groups"`, name)
	}
	return ids, unlessEmpty(err)
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
	version := ""
	_, err := each(ctx, c, "/system", nil, "system", func(s system) bool {
		version = s.Version.Name()
		return true
	})
	return version, err
}

// list hands over the rows of a list that LibreNMS may answer with a 404 where it has none, most of them at most.
func list[T any](ctx context.Context, c client, path string, query url.Values, key string, most int, row func(T)) error {
	n := 0
	_, err := each(ctx, c, path, query, key, func(r T) bool {
		if n++; most == noLimit || n <= most {
			row(r)
		}
		return true
	}, sourcehttp.MaxBody(maxListed))
	if err == nil && most != noLimit && n > most {
		return errTooMany(most)
	}
	return unlessEmpty(err)
}

// each hands over the rows of an answer one by one, so that a list of a hundred thousand is never held as a whole. Rows
// that are no objects, and those that keep refuses, are counted.
func each[T any](ctx context.Context, c client, path string, query url.Values, key string, keep func(T) bool, options ...sourcehttp.CallOption) (int, error) {
	dropped := 0
	err := c.http.GetJSON(ctx, "/api/v0"+path, query, func(d *json.Decoder) error {
		beside, found, err := sourcehttp.Rows(d, key, func(raw json.RawMessage) error {
			var row T
			if json.Unmarshal(raw, &row) != nil || !keep(row) {
				dropped++
			}
			return nil
		})
		switch status := beside["status"].String(); {
		case err != nil:
			return err
		case status != "" && !strings.EqualFold(status, "ok"):
			if message := beside["message"].String(); known(message) {
				return fmt.Errorf("the answer says status %s: %q", c.http.Quote(sourcehttp.Cut(status, 20)), message)
			}
			return fmt.Errorf("the answer says status %s", c.http.Quote(sourcehttp.Cut(status, 20)))
		case !found:
			return fmt.Errorf("the answer has no %q: is this LibreNMS?", key)
		}
		return nil
	}, options...)
	return dropped, err
}
