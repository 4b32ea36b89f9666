package reach

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/quorate/quorate/sdk"
)

// Check tells which methods are permitted here, and how much there is to look at. It sends nothing.
func (s *Source) Check(context.Context) ([]sdk.Finding, error) {
	if !s.ready {
		return nil, errors.New("not configured")
	}
	var all []sdk.Finding
	if s.set.icmp {
		all = append(all, s.checkICMP("icmp", false), s.checkICMP("icmp6", true))
	}
	if s.set.tcp {
		all = append(all, sdk.Finding{Topic: "tcp", Level: sdk.LevelOK, Value: list(s.set.ports), Text: "Connections are tried to these ports, and a port that refuses is an answer."})
	}
	text := fmt.Sprintf("Devices of the configuration that are looked at: %d.", len(s.set.targets))
	if s.set.follow {
		text += " Every device that other sources report is looked at, too."
	}
	all = append(all, sdk.Finding{Topic: "targets", Level: sdk.LevelOK, Value: strconv.Itoa(len(s.subjects)), Text: text})
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.counts; c != (replies{}) {
		all = append(all, sdk.Finding{Topic: "echoes", Level: sdk.LevelOK, Value: strconv.FormatUint(c.taken, 10),
			Text: fmt.Sprintf("Answers to echoes: %d. Beside them came, and count for nothing, late or twice: %d; not for this source: %d.", c.taken, c.unasked, c.foreign)})
	}
	return all, nil
}

func (s *Source) checkICMP(topic string, v6 bool) sdk.Finding {
	f := sdk.Finding{Topic: topic, Level: sdk.LevelOK}
	var source netip.Addr
	if s.set.source.IsValid() && s.set.source.Is4() != v6 {
		source = s.set.source
	}
	socket, datagram, err := s.open(v6, source)
	switch {
	case err == nil:
		_ = socket.Close()
		f.Value, f.Text = "raw socket", "Echoes can be sent, by a raw socket."
		if datagram {
			f.Value, f.Text = "datagram socket", "Echoes can be sent, without a privilege."
		}
	case !errors.Is(err, errNotPermitted):
		f.Level, f.Text = sdk.LevelAdvice, fmt.Sprintf("Echoes cannot be sent: %v.", err)
	case s.set.tcp:
		f.Level, f.Text = sdk.LevelAdvice, "Echoes are not permitted: TCP alone looks, and silence is down at half confidence. To permit them, "+permit+"."
	default:
		f.Level, f.Text = sdk.LevelProblem, "Echoes are not permitted, and \"methods\" has nothing else. To permit them, "+permit+"."
	}
	return f
}
