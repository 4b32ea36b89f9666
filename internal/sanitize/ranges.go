package sanitize

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Sizes of the fictional ranges.
const (
	ipv4Hosts = 762 // 254 in each of the three documentation networks of RFC 5737
	macHosts  = 256 // 00:00:5e:00:53:00 to ff, RFC 9542
	numbered  = 9999
)

var ipv4Networks = [3]string{"192.0.2", "198.51.100", "203.0.113"}

// Device returns the role name of a device, such as nas-1. The number is the first free one: it says nothing about
// the device but when it was first spoken of.
func (t *Table) Device(ctx context.Context, id string, role Role) (Alias, error) {
	return t.of(ctx, KindDevice, id, numbered, false, func(i int) string { return fmt.Sprintf("%s-%d", role.word(), i+1) })
}

// Host returns the full name of a device in the documentation domain.
func (t *Table) Host(ctx context.Context, name string) (Alias, error) {
	return t.of(ctx, KindHost, strings.ToLower(name), numbered, false, func(i int) string { return fmt.Sprintf("host-%d.example.net", i+1) })
}

// Address returns a documentation address, or a role name when all of them are given out.
func (t *Table) Address(ctx context.Context, a netip.Addr) (Alias, error) {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		return t.of(ctx, KindIPv6, a.String(), 1<<16, true, func(i int) string { return fmt.Sprintf("2001:db8::%x", i+1) })
	}
	got, err := t.of(ctx, KindIPv4, a.String(), ipv4Hosts, true, func(i int) string {
		return fmt.Sprintf("%s.%d", ipv4Networks[i/254], i%254+1)
	})
	return t.orRole(ctx, got, err, KindIPv4, a.String())
}

// MAC returns a documentation MAC, or a role name when all of them are given out.
func (t *Table) MAC(ctx context.Context, mac string) (Alias, error) {
	got, err := t.of(ctx, KindMAC, mac, macHosts, true, func(i int) string { return fmt.Sprintf("00:00:5e:00:53:%02x", i) })
	return t.orRole(ctx, got, err, KindMAC, mac)
}

// Email returns an address in the documentation domain.
func (t *Table) Email(ctx context.Context, mail string) (Alias, error) {
	return t.of(ctx, KindEmail, strings.ToLower(mail), numbered, false, func(i int) string { return fmt.Sprintf("person-%d@example.net", i+1) })
}

// User returns the name of an account.
func (t *Table) User(ctx context.Context, name string) (Alias, error) {
	return t.of(ctx, KindUser, strings.ToLower(name), numbered, false, func(i int) string { return fmt.Sprintf("user-%d", i+1) })
}

// SSID returns the name of a wireless network.
func (t *Table) SSID(ctx context.Context, name string) (Alias, error) {
	return t.of(ctx, KindSSID, name, numbered, false, func(i int) string {
		if i == 0 {
			return "example-wifi"
		}
		return fmt.Sprintf("example-wifi-%d", i+1)
	})
}

// Source returns what a post calls a source: its product, numbered from the second of the same product on.
func (t *Table) Source(ctx context.Context, name string, p Product) (Alias, error) {
	return t.of(ctx, KindSource, name, numbered, false, func(i int) string {
		if i == 0 {
			return p.String()
		}
		return fmt.Sprintf("%s %d", p, i+1)
	})
}

// orRole names a value by a number where its range is used up: an alias is never given twice, and the range is never
// left.
func (t *Table) orRole(ctx context.Context, a Alias, err error, kind Kind, value string) (Alias, error) {
	if !errors.Is(err, errExhausted) {
		return a, err
	}
	return t.of(ctx, kind, value, numbered, false, func(i int) string { return fmt.Sprintf("device-%03d", i+1) })
}
