package prtg

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/sdk"
	"github.com/quorate/quorate/sdk/sourcehttp"
)

// Check tells the person who sets the source up what it finds. It asks for all that a poll asks for, by both ways.
func (s *Source) Check(ctx context.Context) ([]sdk.Finding, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.api.http.Close()
	status, err := s.api.status(ctx)
	if err != nil && (refused(err) || !answered(err)) {
		return nil, s.failed("ask for the status", err)
	}
	probes, took, err := s.readProbes(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.readTables(ctx)
	if err != nil {
		return nil, err
	}
	p.add(took)
	s.choice.tookTables(p.took.bytes, s.now())
	s.places = placesOf(p)
	chosen, err := s.choose(p)
	if err != nil {
		return nil, err
	}
	found := []sdk.Finding{serverFinding(status, p.took.version)}
	found = append(found, accountFindings(status)...)
	found = append(found, s.transportFindings()...)
	found = append(found, s.clockFindings(status)...)
	found = append(found, s.probeFindings(probes, p)...)
	found = append(found, s.deviceFindings(p, chosen)...)
	found = append(found, sensorFindings(p, chosen, s.theirNow())...)
	reading, err := s.readingFinding(ctx, p)
	if err != nil {
		return nil, err
	}
	return append(found, reading), nil
}

func serverFinding(status coreStatus, version string) sdk.Finding {
	if v := status["version"].Name(); v != "" {
		version = strings.TrimSuffix(v, "+")
	}
	f := sdk.Finding{Topic: "server", Level: sdk.LevelOK, Value: version, Text: "PRTG " + version + " answers."}
	if version == "" {
		f.Text = "PRTG answers, and does not tell its version."
	}
	if c := status["clustertype"].Name(); c != "" {
		f.Text += " It is part of a cluster (" + c + "): what is down for some of the nodes only is read as split."
	}
	if status["prtgupdateavailable"].Bool() {
		f.Level = sdk.LevelAdvice
		f.Text += " A newer release can be installed."
	}
	return f
}

// accountFindings tell what the account may do beyond what is needed: reading.
func accountFindings(status coreStatus) []sdk.Finding {
	f := sdk.Finding{Topic: "account", Level: sdk.LevelOK}
	switch {
	case !status["isadminuser"].IsSet() && !status["readonlyuser"].IsSet():
		return nil
	case status["isadminuser"].Bool():
		f.Level, f.Value = sdk.LevelAdvice, "administrator"
		f.Text = "The account is an administrator: make a user with read access to the devices alone, and an API key of level Read for it."
	case status["readonlyuser"].Bool():
		f.Value, f.Text = "read-only", "The account may only read, which is all that is needed."
	default:
		f.Level, f.Value = sdk.LevelAdvice, "read-write"
		f.Text = "The account may also change things in PRTG; a read-only user, with an API key of level Read, is enough."
	}
	return []sdk.Finding{f}
}

// transportFindings tell of credentials that travel in clear text.
func (s *Source) transportFindings() []sdk.Finding {
	encrypted := s.api.http.Encrypted()
	if encrypted == "" {
		return nil
	}
	return []sdk.Finding{{
		Topic: "transport", Level: sdk.LevelProblem, Value: "http",
		Text: "The credentials stand in the address of each call and travel in clear text: let PRTG serve https, and trust its certificate by ca_file or pin_sha256.",
		HCL:  fmt.Sprintf("url = %q", encrypted),
	}}
}

// clockFindings compare the clocks, and say that the account's zone is of no matter.
func (s *Source) clockFindings(status coreStatus) []sdk.Finding {
	var found []sdk.Finding
	if theirs, ours, ok := s.api.http.Clock(); ok {
		skew := theirs.Sub(ours).Round(time.Second)
		f := sdk.Finding{Topic: "clock", Level: sdk.LevelOK, Value: skew.String(), Text: "PRTG's clock and this machine's agree."}
		if skew.Abs() > 2*time.Second {
			f.Level = sdk.LevelAdvice
			f.Text = fmt.Sprintf("PRTG's clock differs from this machine's by %s. Its times are shifted by that; better let both follow the same time server.", skew)
		}
		found = append(found, f)
	}
	zone := status["usertimezone"].Name()
	text := "All times are read in UTC; the account's own zone is of no matter."
	return append(found, sdk.Finding{Topic: "time zone", Level: sdk.LevelOK, Value: zone, Text: text})
}

func (s *Source) probeFindings(all probes, p *picture) []sdk.Finding {
	if s.told.probesSecret {
		return []sdk.Finding{{
			Topic: "probes", Level: sdk.LevelAdvice,
			Text: "The account may not list the probes, so that devices behind a disconnected one are noticed late: give it read access to the root group.",
		}}
	}
	lost := all.disconnected()
	behind := 0
	for i := range p.devices {
		if all.lost(p.devices[i].probe) {
			behind++
		}
	}
	f := sdk.Finding{Topic: "probes", Level: sdk.LevelOK, Value: strconv.Itoa(len(all)), Text: "All probes are connected."}
	if len(lost) > 0 {
		f.Level = sdk.LevelProblem
		f.Text = fmt.Sprintf("Disconnected: %s. PRTG says nothing new of the %d devices behind, and so they have no vote from here.", some(lost, 5), behind)
	}
	return []sdk.Finding{f}
}

// readingFinding tells which way the polls will read PRTG.
func (s *Source) readingFinding(ctx context.Context, tables *picture) (sdk.Finding, error) {
	f := sdk.Finding{Topic: "reading", Level: sdk.LevelOK, Value: "tables"}
	tree, err := s.readTree(ctx)
	switch {
	case s.refusal != nil:
		return f, s.refusal
	case ctx.Err() != nil:
		return f, err
	case err != nil:
		s.choice.failed(s.now())
		f.Text = fmt.Sprintf("Polls read PRTG's tables (%s); its sensor tree cannot be used: %v.", megabytes(tables.took.bytes), err)
	case !s.places.settle(tree):
		s.choice.differs(s.now())
		f.Text = fmt.Sprintf("Polls read PRTG's tables (%s); its sensor tree holds other devices or sensors.", megabytes(tables.took.bytes))
	default:
		s.choice.tookTree(tree.took.bytes, s.now())
		if tree.took.bytes < tables.took.bytes {
			f.Value = "tree"
		}
		f.Text = fmt.Sprintf("PRTG's tables are %s and its sensor tree %s; polls read what is smaller.", megabytes(tables.took.bytes), megabytes(tree.took.bytes))
	}
	return f, nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// some lists the first of many names.
func some(names []string, most int) string {
	quoted := make([]string, 0, most)
	for _, n := range names[:min(len(names), most)] {
		quoted = append(quoted, strconv.Quote(sourcehttp.Cut(n, 40)))
	}
	if more := len(names) - most; more > 0 {
		quoted = append(quoted, fmt.Sprintf("%d more", more))
	}
	return strings.Join(quoted, ", ")
}
