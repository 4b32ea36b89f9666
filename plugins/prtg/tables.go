package prtg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// The columns that are asked for. Most of them come with a twin that ends in _raw, and that one is read.
const (
	deviceColumns = "objid,parentid,probe,group,device,host,active,status,location,totalsens," +
		"upsens,warnsens,downsens,downacksens,partialdownsens,pausedsens,unusualsens,undefinedsens"
	sensorColumns = "objid,parentid,sensor,type,tags,status,message,lastvalue,lastcheck,lastup,interval"
	probeColumns  = "objid,name,condition,active,status"
)

var errNoRow = errors.New("it is no object with fields")

// readTables makes the picture from the tables of devices and sensors.
func (s *Source) readTables(ctx context.Context) (*picture, error) {
	p := newPainter(s.theirNow())
	root := string(s.config.RootID)
	r, err := s.api.read(ctx, table{
		content: "devices", columns: deviceColumns, root: root,
		begin: func() { p.devices = p.devices[:0]; clear(p.hasDevice) },
		row: func(raw json.RawMessage) (bool, error) {
			var row deviceRow
			if json.Unmarshal(raw, &row) != nil {
				return false, errNoRow
			}
			return p.device(&row)
		},
	})
	if err != nil {
		return nil, s.failed("list devices", err)
	}
	p.add(r)
	switch {
	case len(p.devices) == 0 && root != "":
		return nil, fmt.Errorf(`list devices: PRTG shows no device below object %s: check "root_id", and the account's read access`, root)
	case len(p.devices) == 0:
		return nil, errors.New("list devices: PRTG shows no device at all: give the account read access to the devices")
	}
	r, err = s.api.read(ctx, table{
		content: "sensors", columns: sensorColumns, root: root,
		begin: func() { p.sensors = p.sensors[:0]; clear(p.hasSensor) },
		row: func(raw json.RawMessage) (bool, error) {
			var row sensorRow
			if json.Unmarshal(raw, &row) != nil {
				return false, errNoRow
			}
			return p.sensor(&row)
		},
	})
	if err != nil {
		return nil, s.failed("list sensors", err)
	}
	p.add(r)
	if n := p.counted(); n > 0 && len(p.sensors) == 0 {
		return nil, fmt.Errorf("list sensors: PRTG counts %d sensors and shows none of them: give the account read access to them, as to the devices", n)
	}
	return p.done(), nil
}
