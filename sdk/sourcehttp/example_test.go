package sourcehttp_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// row is a white list: what is not in it is never read.
type row struct {
	ID    sourcehttp.Scalar `json:"id" xml:"id,attr"`
	Name  sourcehttp.Scalar `json:"name" xml:"name"`
	State sourcehttp.Scalar `json:"state" xml:"state"`
}

// maxDevices bounds what is held of one answer, since a list of tiny rows fits many times into its limit.
const maxDevices = 30_000

// list reads a list of devices, however long the answer is: nothing of it is held but what is kept here.
func list(ctx context.Context, monitor *sourcehttp.Client) ([]row, error) {
	var rows []row
	err := monitor.GetJSON(ctx, "/api/devices", url.Values{"limit": {"0"}}, func(d *json.Decoder) error {
		beside, found, err := sourcehttp.Rows(d, "devices", func(raw json.RawMessage) error {
			var r row
			if json.Unmarshal(raw, &r) == nil && r.ID.String() != "" {
				rows = append(rows, r)
			} // Otherwise one bad row costs one row.
			if len(rows) > maxDevices {
				return fmt.Errorf("more than %d devices", maxDevices)
			}
			return nil
		})
		if err == nil && !found {
			return fmt.Errorf("the answer has no list of devices and says %s", monitor.Quote(beside["message"].String()))
		}
		return err
	}, sourcehttp.MaxBody(512<<20))
	if f, ok := errors.AsType[*sourcehttp.Failure](err); ok && f.Code == http.StatusUnauthorized {
		// Asking again would only lock the account.
		return nil, sdk.Permanent(fmt.Errorf(`list devices: %w: set "token" to one that this monitor knows`, err))
	}
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err) // and no rows: what was read so far is no answer
	}
	return rows, nil
}

func ExampleClient_GetJSON() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Token") != "right" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"message":"%s is no token of ours"}`, r.Header.Get("X-Token"))
			return
		}
		fmt.Fprint(w, `{"version":"2.1","devices":[{"id":1,"name":"nas1","state":"up"},{"id":"2","name":"sw1","state":"down"},{"id":null}]}`)
	}))
	defer server.Close()

	for _, token := range []device.Secret{"right", "not-right"} {
		// Configure makes the client: it does no network I/O.
		monitor, err := sourcehttp.New(sourcehttp.Config{
			URL: server.URL, Header: map[string]device.Secret{"X-Token": token},
		}, sourcehttp.Options{})
		if err != nil {
			fmt.Println(err)
			return
		}
		rows, err := list(context.Background(), monitor)
		for _, r := range rows {
			fmt.Println(r.ID, r.Name, r.State)
		}
		if err != nil {
			fmt.Println(err, sdk.IsPermanent(err))
		}
		monitor.Close() // at the end of a poll
	}
	// Output:
	// 1 nas1 up
	// 2 sw1 down
	// list devices: GET /api/devices: 401 Unauthorized "(secret) is no token of ours": set "token" to one that this monitor knows true
}

// tree reads the same from a monitor that sends what it calls XML.
func tree(ctx context.Context, monitor *sourcehttp.Client) (rows []row, err error) {
	err = monitor.GetXML(ctx, "/api/devices.xml", nil, []string{"devices"}, func(d *xml.Decoder, _ xml.StartElement) error {
		for {
			t, err := d.Token()
			if err != nil {
				return err
			}
			switch t := t.(type) {
			case xml.StartElement:
				var r row
				if err := d.DecodeElement(&r, &t); err != nil {
					return err
				}
				rows = append(rows, r)
			case xml.EndElement:
				return nil // of the root
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", err)
	}
	return rows, nil
}

func ExampleClient_GetXML() {
	answers := []string{
		"<?xml version=\"1.0\"?><devices><device id='1'><name>nas & more\x00</name><state>up</state></device></devices>",
		"<!DOCTYPE html><html><title>Log in</title></html>",
		"<devices><device id='1'><name>nas1</name><device id='2'></device></devices>",
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, answers[0])
		answers = answers[1:]
	}))
	defer server.Close()
	monitor, err := sourcehttp.New(sourcehttp.Config{URL: server.URL}, sourcehttp.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer monitor.Close()
	for range 3 {
		rows, err := tree(context.Background(), monitor)
		for _, r := range rows {
			fmt.Println(r.ID, r.Name, r.State)
		}
		if err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// 1 nas & more up
	// list devices: GET /api/devices.xml: 200 OK with HTML instead of XML (it says "Log in")
	// list devices: GET /api/devices.xml: the answer is no usable XML: an element is not closed: "device"; check what answers at "url"
}
