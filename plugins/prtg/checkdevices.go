package prtg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quorate/quorate/sdk"
)

// deviceFindings tell which devices the source speaks of, and which of them no other source can know again.
func (s *Source) deviceFindings(p *picture, chosen []int) []sdk.Finding {
	text := fmt.Sprintf("PRTG shows %d devices.", len(p.devices))
	if len(chosen) < len(p.devices) {
		text = fmt.Sprintf("%d of PRTG's %d devices pass include and exclude.", len(chosen), len(p.devices))
	}
	found := []sdk.Finding{{Topic: "devices", Level: sdk.LevelOK, Value: strconv.Itoa(len(chosen)), Text: text}}
	var alone, empty []string
	lonely := lonely(p.devices)
	for _, i := range chosen {
		d := &p.devices[i]
		if id := identity(d, lonely); len(id.Addresses) == 0 && len(id.Hostnames) == 0 {
			alone = append(alone, fmt.Sprintf("%s (%d)", d.name, d.id))
		}
		if len(p.of(d.id)) == 0 {
			empty = append(empty, d.name)
		}
	}
	if n := hidden(p, chosen); n > 0 {
		found = append(found, sdk.Finding{
			Topic: "permissions", Level: sdk.LevelProblem, Value: strconv.Itoa(n),
			Text: fmt.Sprintf("For %d devices PRTG counts other numbers of sensors than it shows to this account: give it read access to whole groups, so that nothing that is down stays hidden.", n),
		})
	}
	if len(alone) > 0 {
		found = append(found, sdk.Finding{
			Topic: "identity", Level: sdk.LevelAdvice, Value: strconv.Itoa(len(alone)),
			Text: fmt.Sprintf("The host of %s is empty, this machine itself or a label that several share, so that no other source can know them again. "+
				`Name the host in PRTG, or pin each by its object id, beside the source's block: device "nas1" { match { refs = { SOURCE = ["2010"] } } }.`, some(alone, 5)),
		})
	}
	if len(empty) > 0 {
		found = append(found, sdk.Finding{
			Topic: "devices", Level: sdk.LevelAdvice, Value: strconv.Itoa(len(empty)),
			Text: fmt.Sprintf("Without any sensor, and so without a vote from here: %s. A ping sensor each is enough.", some(empty, 5)),
		})
	}
	if n := p.took.rejected.count(); n > 0 {
		found = append(found, sdk.Finding{
			Topic: "rows", Level: sdk.LevelProblem, Value: strconv.Itoa(n), Text: fmt.Sprintf("%d rows of PRTG's answers are broken and were left out.", n),
		})
	}
	return found
}

// sensorFindings tell what the sensors of the chosen devices say, and which kinds of them are not known here.
func sensorFindings(p *picture, chosen []int, now time.Time) []sdk.Finding {
	words := map[string]int{}
	all, licence, old, noPing := 0, 0, 0, 0
	strange := map[string]bool{}
	for _, i := range chosen {
		pinged := false
		for _, s := range p.of(p.devices[i].id) {
			all++
			words[s.shown()]++
			pinged = pinged || s.role == rolePing
			if s.status == statusLicence {
				licence++
			}
			if !s.paused() && !s.checked.never() && now.Sub(s.checked.time()) > max(10*s.interval, 10*time.Minute) {
				old++
			}
			if _, known := roleOfKind(s.kind); !known && s.kind != "" {
				strange[s.kind] = true
			}
		}
		if !pinged {
			noPing++
		}
	}
	var parts []string
	for _, w := range []string{"up", "warning", "down", "acknowledged", "partial", "paused", "unknown"} {
		if n := words[w]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, w))
		}
	}
	found := []sdk.Finding{{
		Topic: "sensors", Level: sdk.LevelOK, Value: strconv.Itoa(all),
		Text: strings.TrimSuffix(fmt.Sprintf("%d sensors: %s", all, strings.Join(parts, ", ")), ": ") + ".",
	}}
	advise := func(value, format string, a ...any) {
		found = append(found, sdk.Finding{Topic: "sensors", Level: sdk.LevelAdvice, Value: value, Text: fmt.Sprintf(format, a...)})
	}
	if noPing > 0 {
		advise(strconv.Itoa(noPing), "%d devices have no ping sensor: whether they answer is told by their other sensors, and down counts half then.", noPing)
	}
	if licence > 0 {
		advise(strconv.Itoa(licence), "%d sensors are paused because the licence has no room for them: nothing is said of what they look at.", licence)
	}
	if old > 0 {
		advise(strconv.Itoa(old), "%d sensors that are not paused have not been checked for more than ten intervals: what they last said counts less and less.", old)
	}
	if len(strange) > 0 {
		kinds := make([]string, 0, len(strange))
		for k := range strange {
			kinds = append(kinds, k)
		}
		slices.Sort(kinds)
		advise(strconv.Itoa(len(kinds)), "Kinds of sensors that are not known here speak of their own part alone, never of the whole device: %s.", some(kinds, 8))
	}
	return found
}

// shown is the sensor's state in a word, for people.
func (s *sensor) shown() string {
	switch {
	case s.paused():
		return "paused"
	case s.status == statusUp:
		return "up"
	case s.status == statusWarning, s.status == statusUnusual:
		return "warning"
	case s.status == statusDown:
		return "down"
	case s.status == statusAcknowledged:
		return "acknowledged"
	case s.status == statusPartial:
		return "partial"
	}
	return "unknown"
}
