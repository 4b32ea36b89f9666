package agent

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/device"
	"github.com/quorate/quorate/sdk"
)

// findings puts what the plugin found before what the poll shows; where both speak of one topic, the plugin knows better.
func (c *Config) findings(out *SourceCheck, it *looked, all []looked) {
	add := func(topic string, level sdk.FindingLevel, value, format string, args ...any) {
		if !slices.ContainsFunc(out.Findings, func(f Found) bool { return f.Topic == topic }) {
			out.Findings = append(out.Findings, Found{Topic: topic, Level: level, Value: value, Text: fmt.Sprintf(format, args...)})
		}
	}
	for _, f := range it.findings {
		out.Findings = append(out.Findings, Found(f))
	}
	if it.checkErr != nil && it.checkErr.Error() != out.Error {
		add("check", sdk.LevelProblem, "", "The plugin could not look closer: %s.", strings.TrimRight(it.checkErr.Error(), "."))
	}
	if tooLong(it) {
		add("poll time", sdk.LevelProblem, out.Took.String(), "The poll did not end within its timeout of %s: give it more, or look why its monitor is so slow.", it.Source.Timeout)
	}
	if !out.Works {
		return
	}
	s := &it.Snapshot
	switch {
	case len(s.Observations) == 0 && it.info.Can(sdk.CapabilityFollow):
		add("poll", sdk.LevelOK, "0", "It has no device of its own: it looks at those that the other sources report, once the agent runs.")
	case len(s.Observations) == 0 && slices.ContainsFunc(it.findings, func(f sdk.Finding) bool { return f.HCL != "" }):
		add("poll", sdk.LevelAdvice, "0", "It is told of no device yet: see what it suggests.")
	case len(s.Observations) == 0:
		add("poll", sdk.LevelProblem, "0", "It answers and knows no device: look whether its user may see any, and at \"include\", \"exclude\" and the like.")
	default:
		add("poll", sdk.LevelOK, fmt.Sprint(len(s.Observations)), "One poll brought %s.", contents(s.Observations))
	}
	add("poll time", pollLevel(it), out.Took.String(), "%s", pollText(it, time.Duration(out.Took)))
	c.clock(add, it)
	if n := len(out.Rejected); n > 0 {
		add("rejected", sdk.LevelProblem, fmt.Sprint(n), "%s could not be taken, the first because: %s.", count(n, "observation"), strings.TrimRight(out.Rejected[0].Reason, "."))
	}
	weak := 0
	for _, d := range out.Devices {
		if d.Weak {
			weak++
		}
	}
	if weak > 0 {
		add("names", sdk.LevelAdvice, fmt.Sprint(weak), "%s bound by a bare host name alone, and what it says of them counts only once that has held for a day. Name your domains in agent { domains = [...] }, or pin them.", isAre(weak, "device"))
	}
	c.network(add, out, it, all)
	if pushable(it) {
		add("push", sdk.LevelAdvice, "", "It can be told of changes at once, and no \"push\" block says with which token.")
	}
}

// contents says what observations hold.
func contents(list []device.Observation) string {
	claims, readings, alerts := 0, 0, 0
	silent := map[device.Abstention]int{}
	var reasons []device.Abstention
	for i := range list {
		o := &list[i]
		claims, readings, alerts = claims+len(o.Claims), readings+len(o.Readings), alerts+len(o.Alerts)
		if o.Abstain == "" {
			continue
		}
		if silent[o.Abstain]++; silent[o.Abstain] == 1 {
			reasons = append(reasons, o.Abstain)
		}
	}
	text := fmt.Sprintf("%s with %s, %s and %s", count(len(list), "device"), count(claims, "claim"), count(readings, "reading"), count(alerts, "alert"))
	if len(reasons) == 0 {
		return text
	}
	slices.Sort(reasons)
	var words []string
	for _, r := range reasons {
		words = append(words, fmt.Sprintf("%d (%s)", silent[r], strings.ReplaceAll(string(r), "_", " ")))
	}
	return text + "; it says nothing now of " + strings.Join(words, ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// A poll that takes more than this part of its timeout, or of its interval, has no room for a bad day.
const pollRoom = 2

// tooLong reports whether the poll failed because it ran out of time.
func tooLong(it *looked) bool {
	return it.Snapshot.Err != "" && it.Snapshot.At.Sub(it.Snapshot.Started) >= it.Source.Timeout
}

// pollLevel is advice where a poll is close to its limits.
func pollLevel(it *looked) sdk.FindingLevel {
	if timeout, interval := betterTimes(it); timeout != it.Source.Timeout || interval != it.Source.Interval {
		return sdk.LevelAdvice
	}
	return sdk.LevelOK
}

func pollText(it *looked, took time.Duration) string {
	if pollLevel(it) == sdk.LevelAdvice {
		return fmt.Sprintf("One poll took %s, the plugin's start included, with a timeout of %s and every %s: a slow day of its monitor would look like silence.", took, it.Source.Timeout, it.Source.Interval)
	}
	return fmt.Sprintf("One poll took %s, the plugin's start included; its timeout is %s, and it is polled every %s.", took, it.Source.Timeout, it.Source.Interval)
}

// betterTimes are the timeout and the interval that leave room for a poll as long as the one that was seen.
func betterTimes(it *looked) (timeout, interval time.Duration) {
	took := it.Snapshot.At.Sub(it.Snapshot.Started)
	timeout, interval = it.Source.Timeout, it.Source.Interval
	up := func(d, step time.Duration) time.Duration { return (d + step - 1) / step * step }
	if took*pollRoom > timeout {
		timeout = up(took*2*pollRoom, 10*time.Second)
	}
	if took*pollRoom > interval {
		interval = up(took*2*pollRoom, time.Minute)
	}
	return timeout, interval
}

// clock compares the source's clock with ours.
func (c *Config) clock(add func(string, sdk.FindingLevel, string, string, ...any), it *looked) {
	theirs := it.Snapshot.SourceClock
	if theirs.IsZero() {
		return
	}
	skew := theirs.Sub(it.Snapshot.At).Round(time.Second)
	rules := c.ConsensusConfig(nil)
	slack := rules.ClockSlack()
	switch {
	case skew.Abs() <= slack:
		add("clock", sdk.LevelOK, skew.String(), "Its clock agrees with this machine's.")
	case skew < 0:
		add("clock", sdk.LevelAdvice, skew.String(), "Its clock is %s behind this machine's. Its times are corrected for; synchronise both all the same.", -skew)
	default:
		add("clock", sdk.LevelAdvice, skew.String(), "Its clock is %s ahead of this machine's. Its times are corrected for; synchronise both all the same.", skew)
	}
}

// ownNetwork is below how many devices a source cannot tell its own network's failure from theirs without anchors.
const ownNetwork = 3

// network looks at what fails together.
func (c *Config) network(add func(string, sdk.FindingLevel, string, string, ...any), out *SourceCheck, it *looked, all []looked) {
	if n := len(out.Devices); n > 0 && n < ownNetwork && len(it.Source.Anchors) == 0 {
		add("anchors", sdk.LevelAdvice, "", "With fewer than %d devices it cannot tell that its own network is lost from their being down: name in \"anchors\" what it must always see.", ownNetwork)
	}
	mine := hostOf(it.settings)
	for i := range all {
		o := &all[i]
		if o.Source.Name != out.Source && mine != "" && hostOf(o.settings) == mine && o.Source.FaultDomain != it.Source.FaultDomain {
			add("fault domain", sdk.LevelAdvice, mine, "%s is on the same host, %s: they fail together, and are two witnesses only on paper. Give both one \"fault_domain\".", o.Source.Name, mine)
		}
	}
	together := 0
	for _, d := range out.Devices {
		if len(d.With) > 0 && !d.Second {
			together++
		}
	}
	if together > 0 {
		add("fault domain", sdk.LevelOK, it.Source.FaultDomain, "%s known only to sources of its own fault domain, %s: they are one witness.", isAre(together, "device"), it.Source.FaultDomain)
	}
}

func isAre(n int, what string) string {
	if n == 1 {
		return "1 " + what + " is"
	}
	return count(n, what) + " are"
}

// hostOf is the host of the address that a source is asked at, "" where there is none that says anything: behind a
// loopback address there may be a tunnel to anywhere.
func hostOf(s Settings) string {
	for _, t := range s.Texts {
		if t.Attribute != "url" {
			continue
		}
		u, err := url.Parse(t.Value.Reveal())
		if err != nil || u.Hostname() == "localhost" {
			continue
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.IsLoopback() {
			continue
		}
		return strings.ToLower(u.Hostname())
	}
	return ""
}
