package librenms

import (
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

const defaultStep = 5 * time.Minute

// Config is the body of the config block of a source "librenms".
type Config struct {
	URL       string          `json:"url"`
	Token     device.Secret   `json:"token"`
	Step      device.Duration `json:"step"`
	CAFile    string          `json:"ca_file"`
	PinSHA256 string          `json:"pin_sha256"`
	Timezone  string          `json:"timezone"`
	Groups    []string        `json:"groups"`
	Include   []string        `json:"include"`
	Exclude   []string        `json:"exclude"`
}

// schema is what the agent checks the block against, with file and line, before Configure sees it.
func schema() sdk.Schema {
	return sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "url", Type: sdk.TypeString, Required: true, Doc: "Address of LibreNMS, without /api/v0: https://librenms.example.net"},
		{Name: "token", Type: sdk.TypeString, Required: true, Sensitive: true, Doc: "API token of a user who may see all devices (global read)"},
		{Name: "step", Type: sdk.TypeDuration, Default: `"300s"`, Doc: "How often LibreNMS itself measures: its rrd step"},
		{Name: "ca_file", Type: sdk.TypeString, Doc: "PEM file with the authority that signed LibreNMS' certificate"},
		{Name: "pin_sha256", Type: sdk.TypeString, Doc: "SHA-256 fingerprint of LibreNMS' own certificate; nothing else about it is checked then"},
		{Name: "timezone", Type: sdk.TypeString, Doc: "Time zone of LibreNMS' database, Area/City; learnt from the API if absent"},
		{Name: "groups", Type: sdk.TypeStrings, Doc: "Only devices in one of these LibreNMS device groups"},
		{Name: "include", Type: sdk.TypeStrings, Doc: "Only devices whose name, host name, address or device_id matches one of these: * and ? are wild, 192.0.2.0/24 is a range"},
		{Name: "exclude", Type: sdk.TypeStrings, Doc: "No devices that match one of these"},
	}}
}

// check fills defaults and finds what the schema cannot.
func (c *Config) check() error {
	if c.Step == 0 {
		c.Step = device.Duration(defaultStep)
	}
	switch step := time.Duration(c.Step); {
	case c.URL == "":
		return errors.New(`"url" is missing: set it to the address of LibreNMS, such as "https://librenms.example.net"`)
	case c.Token == "":
		return errors.New(`"token" is missing: make one in LibreNMS under Settings, API, API Settings`)
	case step < time.Second || step > 24*time.Hour:
		return fmt.Errorf(`"step" is %s: set how often LibreNMS measures, between 1s and 24h; it is 300s unless you changed it`, step)
	}
	return nil
}

// location loads the configured time zone; nil means that it is to be learnt.
func (c *Config) location() (*time.Location, error) {
	if c.Timezone == "" {
		return nil, nil
	}
	loc, err := time.LoadLocation(c.Timezone)
	if err != nil || c.Timezone == "Local" {
		return nil, fmt.Errorf(`"timezone": %q is not known here: want a name such as "Europe/Berlin" or "UTC" (and the system's time zone data)`, sourcehttp.Cut(c.Timezone, 60))
	}
	return loc, nil
}
