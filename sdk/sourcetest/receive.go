package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// Push is what the monitor of a case sends. Want are the refs that it names, in any order: sdk.Everything where it names
// none, nil where there is nothing to hasten.
type Push struct {
	Name, ContentType, Body string
	Want                    []string
}

// hostilePushes are bodies that no monitor sends on purpose. Whoever knows the token of a source can send them.
func hostilePushes() []Push {
	bodies := []struct{ name, body string }{
		{"empty", ""},
		{"a blank", " "},
		{"64 KiB of zeros", strings.Repeat("\x00", 64<<10)},
		{"1 MiB of zeros", strings.Repeat("\x00", 1<<20)},
		{"no UTF-8", "\xff\xfe\x80[{\"labels\":{\"instance\":\"\xff\"}}]"},
		{"control characters", "\x1b[2J\x07\r\n\x00"},
		{"null", "null"},
		{"a number", "1e999"},
		{"an empty list", "[]"},
		{"an empty object", "{}"},
		{"empty objects", "[{},{}]"},
		{"nulls", "[null,{\"labels\":null}]"},
		{"wrong types", `[{"labels":{"instance":{"a":[1]},"alertname":[],"dyn_device_id":{}},"annotations":7,"startsAt":{}}]`},
		{"another shape", `{"alerts":"x","labels":[],"status":1}`},
		{"cut off", `[{"labels":{"instance":"`},
		{"deep", strings.Repeat("[", 30_000)},
		{"deep objects", strings.Repeat(`{"labels":`, 6_000)},
		{"repeated keys", `[{"labels":{"dyn_device_id":"1","dyn_device_id":"2"},"labels":{}}]`},
		{"many", "[" + strings.Repeat(`{"labels":{"instance":"x"}},`, 2_000) + `{}]`},
		{"broken escapes", "a=%&b=%zz&%=&==&&&=x&sensorid=%31%&device_id=%00"},
		{"odd numbers", "sensorid=-1&deviceid=99999999999999999999999&device_id=0x1&alert_id=1e3"},
		{"many fields", strings.Repeat("sensorid=1&device_id=1&", 2_000)},
		{"a long key", strings.Repeat("k", 64<<10) + "=1"},
		{"markup", `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "` + strings.Repeat("c", 1000) + `">]><a>&b;&b;</a>`},
		{"a template", "{{ $hostname }}%sensorid{{ site.title }}"},
	}
	kinds := []string{"", "application/json", "application/x-www-form-urlencoded", "text/plain; charset=nothing", "/;;="}
	var all []Push
	for _, b := range bodies {
		for _, kind := range kinds {
			all = append(all, Push{Name: b.name, ContentType: kind, Body: b.body})
		}
	}
	return all
}

func receive(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	i, err := p.Describe(ctx)
	if err != nil {
		return err
	}
	if !i.Can(sdk.CapabilityReceive) {
		return skipped("the source takes no pushes")
	}
	// A push may come before the first poll.
	if err := k.hostile(ctx, p); err != nil {
		return fmt.Errorf("before the first poll: %w", err)
	}
	before, err := k.poll(ctx, p)
	if err != nil {
		return fmt.Errorf("the poll after hostile pushes: %w", err)
	}
	if err := k.beside(ctx, p); err != nil {
		return err
	}
	for _, push := range k.c.Pushes {
		refs, err := k.receive(ctx, p, push)
		if err != nil {
			return fmt.Errorf("%s: %w", push.Name, err)
		}
		if want := slices.Sorted(slices.Values(push.Want)); !slices.Equal(slices.Sorted(slices.Values(refs)), want) {
			return fmt.Errorf("%s: it names %.400q, want %.400q", push.Name, refs, want)
		}
	}
	after, err := k.poll(ctx, p)
	if err != nil {
		return fmt.Errorf("the poll after pushes: %w", err)
	}
	return sameWords(before, after)
}

// hostile sends what nobody should. Where the monitor can hang it does: a push is read without asking it.
func (k *kit) hostile(ctx context.Context, p *process) error {
	if k.c.Hang != nil {
		undo := k.c.Hang()
		defer undo()
	}
	for _, push := range hostilePushes() {
		refs, err := k.receive(ctx, p, push)
		switch {
		case errors.Is(err, sdk.ErrUnavailable):
			return fmt.Errorf("%s, as %q: the plugin died of it: %w; stderr: %s", push.Name, push.ContentType, err, p.launched.tail())
		case errors.Is(err, context.DeadlineExceeded):
			return fmt.Errorf("%s, as %q: %w", push.Name, push.ContentType, err)
		case err == nil:
			err = checkRefs(refs)
		case len(err.Error()) > 500:
			err = fmt.Errorf("the error has %d characters, which begin %.200q", len(err.Error()), err.Error())
		default:
			err = nil
		}
		if err != nil {
			return fmt.Errorf("%s, as %q: %w", push.Name, push.ContentType, err)
		}
	}
	return p.healthy(ctx)
}

// beside sends pushes while a poll runs.
func (k *kit) beside(ctx context.Context, p *process) error {
	poll, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := p.Poll(poll, k.polls+1)
		done <- err
	}()
	for _, push := range hostilePushes()[:10] {
		if _, err := k.receive(ctx, p, push); errors.Is(err, sdk.ErrUnavailable) {
			return errors.Join(fmt.Errorf("%s, while a poll runs: the plugin died of it: %w", push.Name, err), <-done)
		}
	}
	if err := <-done; err != nil {
		return fmt.Errorf("a poll beside pushes: %w", k.heard(err))
	}
	return nil
}

func (k *kit) receive(ctx context.Context, p *process, push Push) ([]string, error) {
	call, cancel := context.WithTimeoutCause(ctx, callTime, fmt.Errorf("it was not read within %v: %w", callTime, context.DeadlineExceeded))
	defer cancel()
	refs, err := p.Receive(call, sdk.Push{ContentType: push.ContentType, Body: []byte(push.Body)})
	k.said = append(k.said, refs...)
	return refs, k.heard(err)
}

// checkRefs checks what the agent would have to leave out.
func checkRefs(refs []string) error {
	for _, r := range refs {
		if r == "" || len(r) > device.MaxName || !utf8.ValidString(r) {
			return fmt.Errorf("%.80q is no ref", r)
		}
	}
	return nil
}

// sameWords compares two polls of a monitor that stands still, between which it is said to have pushed.
func sameWords(before, after sdk.Polled) error {
	said := map[string][]string{}
	for _, o := range before.Observations {
		said[o.Ref] = append(timeless(o.Claims), "abstain "+string(o.Abstain))
	}
	for _, o := range after.Observations {
		if now := append(timeless(o.Claims), "abstain "+string(o.Abstain)); !reflect.DeepEqual(said[o.Ref], now) {
			return fmt.Errorf("a push was believed: ref %q says %.400q after it, and %.400q before", o.Ref, now, said[o.Ref])
		}
	}
	if len(before.Observations) != len(after.Observations) {
		return fmt.Errorf("a push was believed: %d devices before it, %d after it", len(before.Observations), len(after.Observations))
	}
	return nil
}
