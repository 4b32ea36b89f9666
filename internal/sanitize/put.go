package sanitize

import (
	"context"
	"net/netip"
	"strings"
)

// putKnown returns what comes in place of a known value.
func (c *Cleaner) putKnown(ctx context.Context, k Known) (string, error) {
	if k.Kind == KindSource {
		a, err := c.table.Source(ctx, k.Value, k.Product)
		return a.String(), err
	}
	if k.Device == "" {
		return c.put(ctx, &finder{kind: k.Kind}, k.Value)
	}
	a, err := c.table.Device(ctx, k.Device, k.Role)
	if strings.Contains(k.Value, ".") && err == nil {
		return a.String() + ".example.net", nil
	}
	return a.String(), err
}

// put returns what comes in place of a value.
func (c *Cleaner) put(ctx context.Context, f *finder, value string) (string, error) {
	if f.mark != "" {
		return f.mark, nil
	}
	var a Alias
	var err error
	switch f.kind {
	case KindIPv4, KindIPv6:
		return c.putAddress(ctx, value)
	case KindMAC:
		m, ok := hexOctets(value)
		if !ok {
			return "[hardware address]", nil
		}
		a, err = c.table.MAC(ctx, strings.Join(spellMAC(m)[:1], ""))
	case KindHost:
		a, err = c.table.Host(ctx, value)
		if short, _, ok := strings.Cut(a.String(), "."); ok && !strings.Contains(value, ".") {
			return short, err
		}
	case KindEmail:
		a, err = c.table.Email(ctx, value)
	case KindUser:
		a, err = c.table.User(ctx, value)
	case KindSSID:
		a, err = c.table.SSID(ctx, value)
	case KindLocation:
		return "[place]", nil
	case KindSerial:
		return "[serial number]", nil
	case KindPath:
		return "/home/example", nil
	case KindWord, KindDevice:
		return "[name]", nil
	default:
		return "[removed]", nil
	}
	return a.String(), err
}

// putAddress keeps what follows an address: the length of a network's prefix.
func (c *Cleaner) putAddress(ctx context.Context, value string) (string, error) {
	host, bits, network := strings.Cut(value, "/")
	host, _, _ = strings.Cut(host, "%")
	addr, bad := netip.ParseAddr(host)
	mark := "[address]"
	if bad == nil {
		a, err := c.table.Address(ctx, addr)
		if err != nil {
			return "", err
		}
		mark = a.String()
	}
	if network {
		mark += "/" + bits
	}
	return mark, nil
}
