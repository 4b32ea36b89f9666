package sourcetest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/quorate/quorate/sdk"
)

// check is one numbered promise of the contract; why is the promise in a sentence.
type check struct {
	name, why string
	run       func(ctx context.Context, k *kit) error
}

func checks() []check {
	return []check{
		{"01 handshake", "the first line of stdout is the handshake, with nothing before it", handshake},
		{"02 started by hand", "without the agent's environment: a sentence on stderr, a status other than 0, nothing on stdout", byHand},
		{"03 health", "the health service answers SERVING for \"plugin\", also while a poll runs", health},
		{"04 info", "Describe gives a valid answer, the same each time", info},
		{"05 bad configuration", "a wrong configuration is an error that names the attribute, and the plugin lives on", badConfig},
		{"06 configure is quick", "Configure does no network I/O: it ends at once although the monitor hangs", configureQuick},
		{"07 stable refs", "two polls give the same devices with the same identities, and so does a new process", stableRefs},
		{"08 valid observations", "every observation fits the data contract: limits, words, units, addresses, times", validObservations},
		{"09 cancel", "a cancelled poll ends within a second, and the next one works", cancelled},
		{"10 faults", "a monitor that is down, slow or refuses is an error, never a device that is down", faults},
		{"11 scale", "1,000 devices come in one poll, and many polls leak neither memory nor descriptors", scale},
		{"12 two at once", "two processes of one source do not share state", twoAtOnce},
		{"13 probe", "Probe answers for the ref it was asked about, also while a poll runs, and an unknown ref is an error", probe},
		{"14 end", "the plugin ends on Shutdown, on SIGTERM and when the agent is gone", ends},
		{"15 mutual TLS", "who has no certificate of the agent is not served", mutualTLS},
		{"16 steady claims", "two polls of a monitor that stands still give equal claims: no measurement is in the words", steadyClaims},
		{"17 receive", "a push, however hostile, is refs or an error at once, without asking the monitor, and no poll says anything else for it", receive},
		{"18 follow", "a list, however odd its names, is taken at once and replaces the one before: nothing else is followed", follow},
		{"19 watch", "a watch tells one thing at a time and waits until it is stored, disturbs neither polls nor Drain, and ends when it is cancelled", watch},
		{"20 silent stdout", "nothing is written to stdout after the handshake", silentStdout},
		{"21 no secrets", "no sensitive value is in a log line, an error, an observation or the command line", noSecrets},
	}
}

func handshake(ctx context.Context, k *kit) error {
	p, err := k.start(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	line, _, _ := p.launched.said()
	fields := strings.Split(strings.TrimSpace(line), "|")
	switch {
	case len(fields) < 6:
		return fmt.Errorf("the handshake %.200q has %d fields, not six", line, len(fields))
	case fields[2] != "unix":
		return fmt.Errorf("the plugin listens on %q, not on a unix socket", fields[2])
	case len(fields[5]) < 50:
		return errors.New("the handshake holds no certificate")
	}
	return nil
}

func byHand(ctx context.Context, k *kit) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var stdout, stderr strings.Builder
	cmd := exec.CommandContext(ctx, k.argv[0], k.argv[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append([]string{}, k.c.Env...), &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return errors.New("it runs on")
	case err == nil:
		return errors.New("it ended with status 0")
	case !errors.As(err, &exit):
		return err
	case stdout.Len() > 0:
		return fmt.Errorf("it wrote to stdout: %.200q", stdout.String())
	case strings.TrimSpace(stderr.String()) == "":
		return errors.New("it wrote nothing to stderr")
	}
	return nil
}

func health(ctx context.Context, k *kit) error {
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	if err := p.healthy(ctx); err != nil {
		return err
	}
	if k.c.Hang != nil {
		undo := k.c.Hang()
		defer undo()
	}
	poll, cancel := context.WithTimeout(ctx, k.timeout)
	done := make(chan struct{})
	go func() {
		// How this poll ends does not matter here.
		_, _ = p.Poll(poll, 1)
		close(done)
	}()
	if k.c.Hang != nil {
		err = p.busy(ctx)
	}
	err = errors.Join(err, p.healthy(ctx))
	cancel()
	<-done
	return err
}

func badConfig(ctx context.Context, k *kit) error {
	p, err := k.start(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	refuse := func(b Bad) error {
		call, cancel := context.WithTimeout(ctx, callTime)
		defer cancel()
		err := k.heard(p.Configure(call, "test", []byte(b.Config)))
		switch {
		case err == nil:
			return fmt.Errorf("%s: it was accepted", b.Name)
		case errors.Is(err, sdk.ErrUnavailable):
			return fmt.Errorf("%s: the plugin died of it: %w; stderr: %s", b.Name, err, p.launched.tail())
		case !strings.Contains(err.Error(), b.Want):
			return fmt.Errorf("%s: the error does not say %q: %w", b.Name, b.Want, err)
		case !sdk.IsPermanent(err):
			return fmt.Errorf("%s: the error is not INVALID_ARGUMENT: %w", b.Name, err)
		}
		return nil
	}
	for _, b := range append([]Bad{{Name: "broken JSON", Config: `{"`}, {Name: "a list", Config: `[1]`}}, k.c.Bad...) {
		if err := refuse(b); err != nil {
			return err
		}
	}
	call, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if err := p.Configure(call, "test", []byte(k.c.Config)); err != nil {
		return fmt.Errorf("the good configuration after bad ones: %w", k.heard(err))
	}
	return nil
}

func configureQuick(ctx context.Context, k *kit) error {
	if k.c.Hang == nil {
		return skipped("the case has no Hang")
	}
	p, err := k.start(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	undo := k.c.Hang()
	defer undo()
	call, cancel := context.WithTimeout(ctx, cancelTime)
	defer cancel()
	return k.heard(p.Configure(call, "test", []byte(k.c.Config)))
}

func cancelled(ctx context.Context, k *kit) error {
	if k.c.Hang == nil {
		return skipped("the case has no Hang")
	}
	p, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer p.stop()
	undo := k.c.Hang()
	poll, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		_, err := p.Poll(poll, 1)
		done <- err
	}()
	// The poll has begun when a drain must wait for it.
	if err := p.busy(ctx); err != nil {
		cancel()
		undo()
		return errors.Join(err, <-done)
	}
	cancel()
	if err := <-done; err == nil {
		undo()
		return errors.New("the poll of a monitor that hangs ended well")
	}
	drain, stop := context.WithTimeout(ctx, cancelTime)
	defer stop()
	err = p.Drain(drain)
	undo()
	if err != nil {
		return fmt.Errorf("the cancelled poll runs on after %v: %w", cancelTime, err)
	}
	if _, err := k.poll(ctx, p); err != nil {
		return fmt.Errorf("the poll after a cancelled one: %w", err)
	}
	return nil
}

// busy waits until a call runs in the plugin, which is seen by a drain that does not end.
func (p *process) busy(ctx context.Context) error {
	for range 50 {
		call, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		err := p.Drain(call)
		cancel()
		if err != nil {
			return ctx.Err()
		}
	}
	return errors.New("drain does not wait for a poll that runs")
}

func twoAtOnce(ctx context.Context, k *kit) error {
	a, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return err
	}
	defer a.stop()
	b, err := k.configured(ctx, k.c.Config)
	if err != nil {
		return fmt.Errorf("a second process beside the first: %w", err)
	}
	defer b.stop()
	first, err := k.poll(ctx, a)
	if err != nil {
		return err
	}
	second, err := k.poll(ctx, b)
	if err != nil {
		return fmt.Errorf("poll of the second process: %w", err)
	}
	return sameIdentities(first, second)
}

func ends(ctx context.Context, k *kit) error {
	for _, way := range []struct {
		name string
		end  func(p *process)
	}{
		{"Shutdown", func(p *process) { p.plugin.Kill() }},
		{"SIGTERM", func(p *process) { _ = syscall.Kill(p.launched.cmd.Process.Pid, syscall.SIGTERM) }},
		{"the end of the life pipe", func(p *process) { _ = p.launched.life.Close() }},
	} {
		p, err := k.configured(ctx, k.c.Config)
		if err != nil {
			return err
		}
		way.end(p)
		ended := p.launched.ended(endTime)
		forced := p.launched.forced()
		p.stop()
		if !ended || forced {
			return fmt.Errorf("the plugin did not end on %s", way.name)
		}
	}
	return nil
}

func mutualTLS(ctx context.Context, k *kit) error {
	p, err := k.start(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	for _, way := range []struct {
		name  string
		creds credentials.TransportCredentials
	}{
		{"without TLS", insecure.NewCredentials()},
		// The point is that we show no certificate, not whose we see.
		{"without a certificate", credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})},
	} {
		conn, err := grpc.NewClient("unix://"+p.dialable().String(), grpc.WithTransportCredentials(way.creds))
		if err != nil {
			return err
		}
		call, cancel := context.WithTimeout(ctx, callTime)
		_, err = sdk.NewClient(conn).Describe(call)
		cancel()
		if err := conn.Close(); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err == nil {
			return fmt.Errorf("a caller %s was served", way.name)
		}
	}
	return nil
}

func silentStdout(_ context.Context, k *kit) error {
	for _, l := range k.all {
		if _, after, _ := l.said(); after > 0 {
			return fmt.Errorf("%d bytes followed the handshake", after)
		}
	}
	return nil
}
