package snmpdirect

import (
	"fmt"

	"github.com/gosnmp/gosnmp"

	"github.com/quorate/quorate/device"
)

// Credential is one way to be let in, by version and name.
type Credential struct {
	Version      string        `json:"version"`
	Name         string        `json:"name"`
	Community    device.Secret `json:"community"`
	User         string        `json:"user"`
	AuthProtocol string        `json:"auth_protocol"`
	AuthPassword device.Secret `json:"auth_password"`
	PrivProtocol string        `json:"priv_protocol"`
	PrivPassword device.Secret `json:"priv_password"`
	Context      string        `json:"context"`
}

// The protocols by the names that the configuration gives them. Those with -C extend short keys as Cisco and others do.
var (
	authNames     = []string{"MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"}
	authProtocols = map[string]gosnmp.SnmpV3AuthProtocol{
		"": gosnmp.NoAuth, "MD5": gosnmp.MD5, "SHA": gosnmp.SHA, "SHA-224": gosnmp.SHA224,
		"SHA-256": gosnmp.SHA256, "SHA-384": gosnmp.SHA384, "SHA-512": gosnmp.SHA512,
	}
	privNames     = []string{"DES", "AES-128", "AES-192", "AES-256", "AES-192-C", "AES-256-C"}
	privProtocols = map[string]gosnmp.SnmpV3PrivProtocol{
		"": gosnmp.NoPriv, "DES": gosnmp.DES, "AES-128": gosnmp.AES, "AES-192": gosnmp.AES192,
		"AES-256": gosnmp.AES256, "AES-192-C": gosnmp.AES192C, "AES-256-C": gosnmp.AES256C,
	}
)

const (
	maxCommunity = 127 // octets that gosnmp encodes rightly
	maxUser      = 32  // octets, by RFC 3414
	minPassword  = 8   // octets, by RFC 3414
	maxContext   = 255 // octets, by RFC 3411
)

func (c *Credential) check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("credential %q %.60q: %w", c.Version, c.Name, fmt.Errorf(format, args...))
	}
	switch c.Version {
	case "v1", "v2c", "v3":
	default:
		return fmt.Errorf(`credential %.60q %.60q: there is no such version: write "v3", "v2c" or "v1"`, c.Version, c.Name)
	}
	switch {
	case c.Name == "" || len(c.Name) > device.MaxName:
		return wrong("the name is empty or longer than %d octets", device.MaxName)
	case c.Version == "v3":
		return c.checkUser(wrong)
	case c.Community == "":
		return wrong(`"community" is missing`)
	case len(c.Community) > maxCommunity:
		return wrong(`"community" is longer than %d octets`, maxCommunity)
	case c.User != "" || c.AuthProtocol != "" || c.AuthPassword != "" || c.PrivProtocol != "" || c.PrivPassword != "" || c.Context != "":
		return wrong(`only "community" belongs to version %s: for a user and passwords write credential "v3"`, c.Version)
	}
	return nil
}

func (c *Credential) checkUser(wrong func(string, ...any) error) error {
	_, auth := authProtocols[c.AuthProtocol]
	_, priv := privProtocols[c.PrivProtocol]
	switch {
	case c.Community != "":
		return wrong(`"community" belongs to versions v1 and v2c: a v3 agent knows a "user"`)
	case c.User == "" || len(c.User) > maxUser:
		return wrong(`"user" is missing or longer than %d octets`, maxUser)
	case !auth:
		return wrong(`"auth_protocol" is %.20q: the protocols are %v`, c.AuthProtocol, authNames)
	case !priv:
		return wrong(`"priv_protocol" is %.20q: the protocols are %v`, c.PrivProtocol, privNames)
	case (c.AuthProtocol == "") != (c.AuthPassword == ""):
		return wrong(`"auth_protocol" and "auth_password" go together: give both, or none`)
	case (c.PrivProtocol == "") != (c.PrivPassword == ""):
		return wrong(`"priv_protocol" and "priv_password" go together: give both, or none`)
	case c.PrivProtocol != "" && c.AuthProtocol == "":
		return wrong(`SNMPv3 does not encrypt what it does not authenticate: give "auth_protocol" and "auth_password", too`)
	case c.AuthPassword != "" && len(c.AuthPassword) < minPassword:
		return wrong(`"auth_password" is shorter than %d octets: agents take no such password`, minPassword)
	case c.PrivPassword != "" && len(c.PrivPassword) < minPassword:
		return wrong(`"priv_password" is shorter than %d octets: agents take no such password`, minPassword)
	case len(c.Context) > maxContext:
		return wrong(`"context" is longer than %d octets`, maxContext)
	}
	return nil
}

func (c *Credential) snmpVersion() gosnmp.SnmpVersion {
	switch c.Version {
	case "v1":
		return gosnmp.Version1
	case "v3":
		return gosnmp.Version3
	}
	return gosnmp.Version2c
}
