package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// hostileList is a list as no lab has one. There is nothing to look at: none has an address.
func hostileList() []sdk.Followed {
	list := []sdk.Followed{{Device: strings.Repeat("d", device.MaxName)}, {Device: "../../etc/passwd"}, {Device: "a b\tc"}, {Device: "0"}}
	for _, name := range []string{
		"", " ", "\x1b[2J\x07", "a\nb\r\n\x00", "{{ site.title }}", "%s%n%d", "'; drop table devices; --", "<script>", "-rf", "$(reboot)",
		"\u202egnp.exe", strings.Repeat("ü", device.MaxName), strings.Repeat("\U0001f4a9", device.MaxName),
	} {
		list = append(list, sdk.Followed{Device: fmt.Sprintf("dev_%d", len(list)), Name: name})
	}
	for range 1_200 {
		list = append(list, sdk.Followed{Device: fmt.Sprintf("dev_%d", len(list)), Name: "the same"})
	}
	return list
}

func follow(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	i, err := p.Describe(ctx)
	if err != nil {
		return err
	}
	if !i.Can(sdk.CapabilityFollow) {
		return skipped("the source follows no devices")
	}
	own, err := k.followed(ctx, p, nil)
	if err != nil {
		return fmt.Errorf("an empty list: %w", err)
	}
	if _, err := k.followed(ctx, p, hostileList()); err != nil {
		return fmt.Errorf("hostile names and no addresses: %w", err)
	}
	for n := range k.c.Followed {
		// The whole list, then without its first, and so on.
		list := k.c.Followed[n:]
		polled, err := k.followed(ctx, p, list)
		if err != nil {
			return fmt.Errorf("a list of %d: %w", len(list), err)
		}
		for _, d := range list {
			if !slices.ContainsFunc(polled.Observations, func(o device.Observation) bool { return o.Follows == d.Device }) {
				return fmt.Errorf("a list of %d: no observation follows %q", len(list), d.Device)
			}
		}
	}
	again, err := k.followed(ctx, p, nil)
	if err != nil {
		return fmt.Errorf("an empty list after others: %w", err)
	}
	return sameIdentities(own, again)
}

// followed tells a list, with a monitor that hangs where that can be, and polls: what follows must be on the list.
func (k *kit) followed(ctx context.Context, p *process, list []sdk.Followed) (sdk.Polled, error) {
	if err := k.tell(ctx, p, list); err != nil {
		return sdk.Polled{}, err
	}
	polled, err := k.poll(ctx, p)
	if err != nil {
		return polled, fmt.Errorf("the poll after it: %w", err)
	}
	told := map[string]bool{"": true} // its own
	for _, d := range list {
		told[d.Device] = true
	}
	for _, o := range polled.Observations {
		if !told[o.Follows] {
			return polled, fmt.Errorf("ref %.80q follows %.80q, which is not on the list", o.Ref, o.Follows)
		}
	}
	return polled, nil
}

func (k *kit) tell(ctx context.Context, p *process, list []sdk.Followed) error {
	if k.c.Hang != nil {
		undo := k.c.Hang()
		defer undo()
	}
	call, cancel := context.WithTimeoutCause(ctx, callTime, fmt.Errorf("it was not taken within %v: %w", callTime, context.DeadlineExceeded))
	defer cancel()
	err := k.heard(p.Follow(call, list))
	if errors.Is(err, sdk.ErrUnavailable) {
		return fmt.Errorf("the plugin died of it: %w; stderr: %s", err, p.launched.tail())
	}
	return err
}
