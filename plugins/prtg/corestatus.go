package prtg

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/quorate/quorate/sdk/sourcehttp"
)

// coreStatus is what the core server says of itself, by name in lower case: releases differ in the case. It is nil where
// it says nothing.
type coreStatus map[string]sourcehttp.Scalar

// status asks the core server about itself. The address is another one in newer releases.
func (c client) status(ctx context.Context) (coreStatus, error) {
	var status coreStatus
	read := func(d *json.Decoder) error {
		beside, _, err := sourcehttp.Rows(d, "", nil)
		status = beside
		return err
	}
	err := c.http.GetJSON(ctx, "/api/getstatus.htm", c.login(url.Values{"id": {"0"}}), read)
	if answered(err) && !refused(err) {
		status = nil
		err = c.http.GetJSON(ctx, "/api/status.json", c.login(url.Values{}), read)
	}
	if err != nil {
		return nil, err
	}
	return status, nil
}

// answered reports whether a call failed although the server is there.
func answered(err error) bool {
	f, ok := errors.AsType[*sourcehttp.Failure](err)
	return ok && f.Kind != sourcehttp.KindTransport && f.Kind != sourcehttp.KindBusy
}
