package librenms

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/sdk"
)

// Check tells the person who sets the source up what it finds: it makes every call that a poll makes, and says of each
// what came or why nothing did.
func (s *Source) Check(ctx context.Context) ([]sdk.Finding, error) {
	if s.api.http == nil {
		return nil, errNotConfigured
	}
	defer s.api.http.Close()
	rows, _, err := s.api.devices(ctx)
	if err != nil {
		return nil, fmt.Errorf("list devices: %w", advise(err))
	}
	if len(rows) == 0 {
		return nil, errNoDevice
	}
	version, err := s.api.version(ctx)
	if err != nil {
		version = "" // Not every token may ask.
	}
	found := []sdk.Finding{serverFinding(version)}
	found = append(found, s.transportFindings()...)
	found = append(found, s.clockFindings()...)
	r := round{now: s.theirNow(), step: time.Duration(s.config.Step)}
	zone, known := s.zoneFinding(ctx, rows, r.now)
	found = append(found, zone)
	if !known {
		return append(found, s.callFindings(ctx, rows)...), ctx.Err()
	}
	all := dated(rows, s.zone, &r)
	found = append(found, pollerFinding(&r), stepFinding(all, &r))
	chosen, err := s.choose(ctx, all)
	if err != nil {
		return nil, err
	}
	found = append(found, deviceFindings(all, chosen)...)
	return append(found, s.callFindings(ctx, rows)...), ctx.Err()
}

// oldRelease is the first year whose releases are not called old.
const oldRelease = 24

func serverFinding(version string) sdk.Finding {
	f := sdk.Finding{Topic: "server", Level: sdk.LevelOK, Value: version, Text: "LibreNMS " + version + " answers."}
	year, month, ok := release(version)
	switch {
	case version == "":
		f.Level, f.Text = sdk.LevelAdvice, "LibreNMS answers, and does not tell its version: taken for one before 26.7, where a lone failed ping is a device that is down."
	case ok && year < oldRelease:
		f.Level = sdk.LevelAdvice
		f.Text += " It is old: some of the calls below it may not have, and its times may need the option timezone. Update it."
	case ok && (year < 26 || year == 26 && month < 7):
		f.Text += " It tries SNMP only after a ping was answered, so that a device which filters pings is down for it."
	}
	return f
}

// transportFindings tell of a token that travels in clear text.
func (s *Source) transportFindings() []sdk.Finding {
	encrypted := s.api.http.Encrypted()
	if encrypted == "" {
		return nil
	}
	return []sdk.Finding{{
		Topic: "transport", Level: sdk.LevelProblem, Value: "http",
		Text: "The token, and the SNMP credentials that LibreNMS sends along, travel in clear text: let it serve https, and trust its certificate by ca_file or pin_sha256.",
		HCL:  fmt.Sprintf("url = %q", encrypted),
	}}
}

func (s *Source) clockFindings() []sdk.Finding {
	theirs, ours, ok := s.api.http.Clock()
	if !ok {
		return []sdk.Finding{{Topic: "clock", Level: sdk.LevelAdvice, Text: "The answers have no Date header, so that LibreNMS' clock is taken to be right: let its web server send one."}}
	}
	skew := theirs.Sub(ours).Round(time.Second)
	f := sdk.Finding{Topic: "clock", Level: sdk.LevelOK, Value: skew.String(), Text: "LibreNMS' clock and this machine's agree."}
	if skew.Abs() > 2*time.Second {
		f.Level = sdk.LevelAdvice
		f.Text = fmt.Sprintf("LibreNMS' clock differs from this machine's by %s. Its times are shifted by that; better let both follow the same time server.", skew)
	}
	return []sdk.Finding{f}
}

// zoneFinding says how the times are dated, and whether they can be.
func (s *Source) zoneFinding(ctx context.Context, rows []deviceRow, now time.Time) (sdk.Finding, bool) {
	f := sdk.Finding{Topic: "time zone", Level: sdk.LevelOK}
	if s.zone.loc != nil {
		f.Value, f.Text = s.zone.loc.String(), "The times of the API are read in the configured zone."
		return f, true
	}
	if err := s.learn(ctx, rows, now); err != nil {
		f.Level, f.Text = sdk.LevelProblem, "The API writes local times and does not tell their zone: set the option timezone to that of LibreNMS' database."
		local := ""
		for _, d := range rows {
			local = max(local, newest(d))
		}
		if t, err := time.Parse(naive, local); err == nil {
			guess := t.Sub(now).Round(15 * time.Minute)
			f.Value = offsetName(guess)
			f.Text += " By its newest measurement it looks like " + f.Value + "."
			f.HCL = zoneHCL(guess)
		}
		return f, false
	}
	if !s.zone.known {
		f.Text = "The times of the API carry their zone."
		return f, true
	}
	f.Value = offsetName(s.zone.offset)
	f.Text = "The zone was learnt from LibreNMS itself, and is again every hour: " + f.Value + "."
	return f, true
}

// offsetName writes an offset like UTC+02:00.
func offsetName(d time.Duration) string {
	return "UTC" + time.Unix(0, 0).In(time.FixedZone("", int(d.Seconds()))).Format("-07:00")
}

// zoneHCL sets a fixed offset. The zones of that name count the other way round.
func zoneHCL(d time.Duration) string {
	hours := int(d.Hours())
	switch {
	case d%time.Hour != 0 || hours < -12 || hours > 14:
		return ""
	case hours == 0:
		return `timezone = "UTC"`
	}
	return fmt.Sprintf(`timezone = "Etc/GMT%+d" # %s; the name of its zone, such as "Europe/Berlin", follows summer time too`, -hours, offsetName(d))
}

func pollerFinding(r *round) sdk.Finding {
	if err := alive(r); err != nil {
		return sdk.Finding{Topic: "poller", Level: sdk.LevelProblem, Text: err.Error() + "."}
	}
	f := sdk.Finding{Topic: "poller", Level: sdk.LevelOK, Text: "LibreNMS measures: its poller is alive."}
	if r.heartbeat.IsZero() {
		f.Level, f.Text = sdk.LevelAdvice, "LibreNMS has not measured any device yet."
	} else {
		f.Value = max(r.now.Sub(r.heartbeat), 0).Round(time.Second).String()
	}
	return f
}

// stepFinding compares the step with how old the measurements are: of devices that are up and measured every step none is
// much older than that.
func stepFinding(devices []seen, r *round) sdk.Finding {
	var ages []time.Duration
	for _, d := range devices {
		if status, _ := d.row.Status.Int(); status == 1 && !d.disabled() && !d.polled.IsZero() {
			ages = append(ages, r.now.Sub(d.polled)-d.took)
		}
	}
	f := sdk.Finding{Topic: "step", Level: sdk.LevelOK, Value: r.step.String(), Text: "The measurements are about as old as the step says."}
	slices.Sort(ages)
	if len(ages) < 5 {
		f.Text = "There are too few devices to see whether the step is right."
		return f
	}
	// One in ten may be slow.
	if old := ages[len(ages)*9/10]; old > 2*r.step {
		likely := (old + time.Minute).Truncate(time.Minute)
		f.Level = sdk.LevelAdvice
		f.Text = fmt.Sprintf("Many measurements are up to %s old: LibreNMS' poller does not keep up (look at its page Poller), or measures less often than the step says.", old.Round(time.Second))
		f.HCL = fmt.Sprintf(`step = "%ds"`, int(likely.Seconds()))
	}
	return f
}

func deviceFindings(all, chosen []seen) []sdk.Finding {
	var up, down, disabled, ignored, never int
	for _, d := range chosen {
		status, _ := d.row.Status.Int()
		switch {
		case d.disabled():
			disabled++
		case d.row.Ignore.Bool():
			ignored++
		case d.last().IsZero(), status == 0 && d.polled.IsZero():
			never++
		case status == 1:
			up++
		default:
			down++
		}
	}
	f := sdk.Finding{
		Topic: "devices", Level: sdk.LevelOK, Value: strconv.Itoa(len(chosen)),
		Text: fmt.Sprintf("%d devices: %d up, %d down, %d disabled, %d ignored, %d never polled.", len(chosen), up, down, disabled, ignored, never),
	}
	if rest := len(all) - len(chosen); rest > 0 {
		f.Text += fmt.Sprintf(" %d more are left out by groups, include and exclude.", rest)
	}
	found := []sdk.Finding{f}
	if silent := disabled + ignored + never; silent > 0 {
		found = append(found, sdk.Finding{
			Topic: "silent devices", Level: sdk.LevelAdvice, Value: strconv.Itoa(silent),
			Text: "LibreNMS has no vote on devices that it does not poll or ignores: poll them, or remove them there.",
		})
	}
	shared := 0
	for _, id := range polledBy(chosen) {
		if id == "" {
			shared++
		}
	}
	if shared > 0 {
		found = append(found, sdk.Finding{
			Topic: "addresses", Level: sdk.LevelAdvice, Value: strconv.Itoa(shared),
			Text: "That many addresses are polled as several devices, so that none of these is known by its address.",
		})
	}
	return found
}

// release reads the two numbers of a version like 26.7.0.
func release(version string) (year, month int, ok bool) {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	year, err1 := strconv.Atoi(major)
	month, err2 := strconv.Atoi(minor)
	return year, month, err1 == nil && err2 == nil
}
