package prtg

import (
	"errors"
	"log/slog"
	"strconv"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// Config is the body of the config block of a source "prtg". Exactly one of the three ways to log in is set.
type Config struct {
	URL       string        `json:"url"`
	APIToken  device.Secret `json:"api_token"`
	Username  string        `json:"username"`
	Passhash  device.Secret `json:"passhash"`
	Password  device.Secret `json:"password"`
	CAFile    string        `json:"ca_file"`
	PinSHA256 string        `json:"pin_sha256"`
	RootID    number        `json:"root_id"`
	Include   []string      `json:"include"`
	Exclude   []string      `json:"exclude"`
}

// number is an object id, which people write with quotes and without.
type number string

// UnmarshalJSON takes a whole number or a string of digits.
func (n *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" || s == "" {
		*n = ""
		return nil
	}
	if v, err := strconv.ParseUint(s, 10, 63); err != nil || strconv.FormatUint(v, 10) != s {
		return errors.New(`"root_id" must be the number of a PRTG object: it is in its page's address, "?id=2010"`)
	}
	*n = number(s)
	return nil
}

// schema is what the agent checks the block against, with file and line, before Configure sees it.
func schema() sdk.Schema {
	return sdk.Schema{Attributes: []sdk.Attribute{
		{Name: "url", Type: sdk.TypeString, Required: true, Doc: "Address of the PRTG core server: https://prtg.example.net"},
		{Name: "api_token", Type: sdk.TypeString, Sensitive: true, Doc: "API key, of PRTG 22.3 and newer (account settings, API Keys); read access is enough"},
		{Name: "username", Type: sdk.TypeString, Doc: "Name of the account, with passhash or password"},
		{Name: "passhash", Type: sdk.TypeString, Sensitive: true, Doc: "The account's passhash: a number (account settings, Show Passhash), no API key"},
		{Name: "password", Type: sdk.TypeString, Sensitive: true, Doc: "The account's password, where neither API key nor passhash can be had"},
		{Name: "ca_file", Type: sdk.TypeString, Doc: "PEM file with the authority that signed PRTG's certificate"},
		{Name: "pin_sha256", Type: sdk.TypeString, Doc: "SHA-256 fingerprint of PRTG's own certificate; nothing else about it is checked then"},
		{Name: "root_id", Type: sdk.TypeNumber, Doc: "Only devices below this probe, group or device"},
		{Name: "include", Type: sdk.TypeStrings, Doc: "Only devices whose name, host, group, probe or object id matches one of these: * and ? are wild, 192.0.2.0/24 is a range"},
		{Name: "exclude", Type: sdk.TypeStrings, Doc: "No devices that match one of these"},
	}}
}

// check finds what the schema cannot. Its texts name attributes and never a value.
func (c *Config) check() error {
	ways := 0
	for _, s := range []device.Secret{c.APIToken, c.Passhash, c.Password} {
		if s != "" {
			ways++
		}
	}
	switch {
	case c.URL == "":
		return errors.New(`prtg: "url" is missing: set it to the address of the PRTG core server, such as "https://prtg.example.net"`)
	case c.Passhash != "" && c.Username == "" && c.APIToken == "":
		//nolint:staticcheck // Three sentences for a person, each with its period.
		return errors.New(`prtg: "passhash" is set but "username" is not. PRTG accepts a passhash only together with the user name it belongs to. ` +
			`If this value is an API key (PRTG: account settings, API Keys), set it as "api_token" instead.`)
	case ways == 0 && c.Username != "":
		return errors.New(`prtg: "username" is set but neither "passhash" nor "password" is: set one of them, or an API key as "api_token" alone`)
	case ways == 0:
		return errors.New(`prtg: no way to log in: set "api_token", or "username" with "passhash", or "username" with "password"`)
	case ways > 1:
		return errors.New(`prtg: more than one of "api_token", "passhash" and "password" is set: keep one`)
	case c.APIToken != "" && c.Username != "":
		return errors.New(`prtg: "username" is set beside "api_token": an API key stands alone, remove "username"`)
	case c.APIToken == "" && c.Username == "":
		return errors.New(`prtg: "password" is set but "username" is not: set the name of the account`)
	}
	if strings.Trim(c.Passhash.Reveal(), "0123456789") != "" {
		slog.Warn(`prtg: "passhash" is normally a number; this looks like a password or an API key: use "password" or "api_token"`)
	}
	return nil
}

// query is the secret that each call logs in with; the user name stands beside it.
func (c *Config) query() map[string]device.Secret {
	switch {
	case c.APIToken != "":
		return map[string]device.Secret{"apitoken": c.APIToken}
	case c.Passhash != "":
		return map[string]device.Secret{"passhash": c.Passhash}
	}
	return map[string]device.Secret{"password": c.Password}
}

// login names the way to log in, for people.
func (c *Config) login() (who, causes string) {
	switch {
	case c.APIToken != "":
		return "for an API key", `an API key that was removed or belongs to another server, a release before 22.3, which knows none, a passhash given as "api_token" (use "username" and "passhash")`
	case c.Passhash != "":
		return "for user " + strconv.Quote(c.Username) + " with passhash",
			`an API key given as passhash (use "api_token"), a password given as passhash, a changed password`
	}
	return "for user " + strconv.Quote(c.Username) + " with password", "a wrong user name, a changed password, a passhash given as password"
}
