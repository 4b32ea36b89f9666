package seeded

import (
	"fmt"
	"strings"
	"time"
)

// Fault names one thing that can happen in a lab.
type Fault string

// What happens to devices, what makes a device that is well look bad, what happens to monitors, and to the agent.
const (
	outageCore   Fault = "outage of a core device"
	outageThing  Fault = "outage of a thing"
	rebootCore   Fault = "reboot of a core device"
	partBad      Fault = "bad part"
	agentHung    Fault = "SNMP agent hung"
	busy         Fault = "busy device"
	lossy        Fault = "lossy way"
	moved        Fault = "moved"
	checkLost    Fault = "lost check, wired"
	checkLostAir Fault = "lost check, wireless"

	falseDown   Fault = "called down"
	flapping    Fault = "flaps for one"
	stuckUp     Fault = "stuck up"
	ownNetwork  Fault = "own network lost"
	hostNetwork Fault = "host's network lost"
	dead        Fault = "monitor down"
	frozen      Fault = "poller dead"
	slow        Fault = "slow"
	cached      Fault = "cached answer"
	shrunken    Fault = "shrunken answer"
	doubled     Fault = "doubled answer"
	pollFailed  Fault = "poll failed"
	skewed      Fault = "skewed clock"
	paused      Fault = "paused device"

	agentDown Fault = "agent restarted"
)

// Rate is how often a fault happens. Either Every or Share is set.
type Rate struct {
	Fault Fault
	// Every is the mean time between two beginnings, for each Of; Share is the part of all Of that it befalls.
	Every time.Duration
	Share float64
	Of    string
	// Min and Max bound how long it lasts; the logarithm of the length is uniform between theirs.
	Min, Max time.Duration
	// Real says that it is a change of the truth or the owner's doing: it is not multiplied with the faults.
	Real bool
	Why  string
}

const day = 24 * time.Hour

// Rates are what the labs are drawn from. What monitors get wrong is documented by their users, how often seldom:
// the reasons say what is known, and the score is repeated with all faults half, twice and four times as frequent.
func Rates() []Rate {
	return []Rate{
		{Fault: outageCore, Every: 30 * day, Of: "core device", Min: 2 * time.Minute, Max: 8 * time.Hour, Real: true,
			Why: "A home lab is tinkered with: each switch, server, NAS and access point is off once a month beyond its updates. A switch takes along what hangs on it."},
		{Fault: outageThing, Every: 7 * day, Of: "thing", Min: time.Minute, Max: 12 * time.Hour, Real: true,
			Why: "Laptops sleep, plugs are pulled, batteries end: the devices that people use come and go."},
		{Fault: rebootCore, Every: 30 * day, Of: "core device", Min: 90 * time.Second, Max: 6 * time.Minute, Real: true,
			Why: "One update a month. LibreNMS' stock rules know a device as rebooted for its first 300 s."},
		{Fault: partBad, Every: 90 * day, Of: "NAS", Min: time.Hour, Max: 24 * time.Hour, Real: true,
			Why: "A disk that warns: the device is degraded and answers."},
		{Fault: paused, Every: 60 * day, Of: "device and monitor", Min: 30 * time.Minute, Max: 8 * time.Hour, Real: true,
			Why: "The owner pauses a device in PRTG, or sets it to ignored in LibreNMS, while working on it. The monitor then says nothing."},
		{Fault: agentHung, Every: 60 * day, Of: "managed device", Min: 10 * time.Minute, Max: 12 * time.Hour,
			Why: "snmpd stops, a firewall is closed or its port is moved (librenms#909), while the device answers pings."},
		{Fault: busy, Every: 3 * day, Of: "managed device", Min: 5 * time.Minute, Max: 30 * time.Minute,
			Why: "SNMP timeouts on slow or busy switches (librenms#2017, #5086) and on a NAS during its backup. Meanwhile 60 % of SNMP requests get no answer in time; pings do."},
		{Fault: lossy, Every: 20 * day, Of: "device, ten times as often a wireless one", Min: 3 * time.Minute, Max: 40 * time.Minute,
			Why: "A bad cable, a busy channel: 20 to 70 % of packets are lost, for every monitor alike. LibreNMS and Uptime Kuma are taken to need one answer to 3 pings, PRTG one to 5, SNMP one to 3 requests."},
		{Fault: moved, Every: 365 * day, Of: "device, four times as often a thing", Min: 10 * time.Minute, Max: 8 * time.Hour,
			Why: "A device gets another address. Every monitor that has it by its address goes on asking the old one until somebody notices."},
		{Fault: checkLost, Share: 0.0001, Of: "checks",
			Why: "All pings of one check lost in a burst (LibreNMS sends 3 in 1.5 s): a false down of a quiet device about once in five weeks in LibreNMS, which confirms nothing."},
		{Fault: checkLostAir, Share: 0.001, Of: "checks",
			Why: "The same on the air, where devices save power and roam."},
		{Fault: falseDown, Every: 200 * day, Of: "device and monitor", Min: 20 * time.Minute, Max: 8 * time.Hour,
			Why: "One monitor alone cannot see a device that is well: ICMP filtered on its way, a multi-homed NAS that answers from another address, a stale name."},
		{Fault: flapping, Every: 300 * day, Of: "device and monitor", Min: 20 * time.Minute, Max: 2 * time.Hour,
			Why: "Half of one monitor's checks fail: an address used twice on its network, a fault like the fast ping that changed its mind each minute for weeks (librenms#20310)."},
		{Fault: stuckUp, Share: 0.01, Of: "outages and monitors",
			Why: "Something else answers for the dead device, on that monitor's way alone: proxy ARP, a firewall, a second host with its address."},
		{Fault: ownNetwork, Every: 60 * day, Of: "monitor", Min: 3 * time.Minute, Max: 40 * time.Minute,
			Why: "A monitor that loses its VLAN or its right to ping calls everything down, while its page and its API answer."},
		{Fault: hostNetwork, Every: 60 * day, Of: "host of monitors", Min: 2 * time.Minute, Max: 30 * time.Minute,
			Why: "The bridge of the hypervisor, the cable of the box: all monitors on it see nothing, and nobody elsewhere can ask them. What they hold when they come back is down."},
		{Fault: dead, Every: 20 * day, Of: "monitor", Min: 3 * time.Minute, Max: 4 * time.Hour,
			Why: "Updates, restarts of a PRTG core (503), a full disk: it measures nothing and answers nobody."},
		{Fault: frozen, Every: 60 * day, Of: "monitor", Min: 15 * time.Minute, Max: 6 * time.Hour,
			Why: "LibreNMS' poller dies and every status stands still, while the API says 200; a PRTG probe disconnects and its sensors keep their old states."},
		{Fault: slow, Every: 14 * day, Of: "monitor with a step of its own", Min: 30 * time.Minute, Max: 3 * time.Hour,
			Why: "LibreNMS polls that take 265 to 900 s instead of the step of 300 s (librenms#2017, #5086)."},
		{Fault: cached, Every: 30 * day, Of: "monitor", Min: 3 * time.Minute, Max: 30 * time.Minute,
			Why: "A proxy in between gives the answer of before, with its dates."},
		{Fault: shrunken, Every: 30 * day, Of: "monitor", Min: time.Minute, Max: 30 * time.Minute,
			Why: "LibreNMS answers 200 and no devices to any error of its database (librenms#13919); a lost right hides most devices (librenms#19321)."},
		{Fault: doubled, Every: 10 * day, Of: "monitor", Min: time.Minute, Max: 10 * time.Minute,
			Why: "Rows move between two pages of a table while it is read, and come twice."},
		{Fault: pollFailed, Share: 0.002, Of: "polls",
			Why: "Resets, time-outs, a log-in page with 200: single polls that say nothing."},
		{Fault: skewed, Share: 0.1, Of: "monitors",
			Why: "A monitor's clock is 3 s to 10 min off, either way; four of five tell what their clock shows (the Date of their answer), the fifth does not."},
		{Fault: agentDown, Every: 7 * day, Of: "agent", Min: 5 * time.Second, Max: 5 * time.Minute,
			Why: "Quorate itself is restarted or updated, and hears nothing meanwhile."},
	}
}

// Table is Rates as Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| what | how often | how long | why |\n|---|---|---|---|\n")
	for _, r := range Rates() {
		often := fmt.Sprintf("%g %% of %s", r.Share*100, r.Of)
		if r.Every > 0 {
			often = fmt.Sprintf("once in %g days for each %s", r.Every.Hours()/24, r.Of)
		}
		long := ""
		if r.Max > 0 {
			long = fmt.Sprintf("%s to %s", brief(r.Min), brief(r.Max))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.Fault, often, long, r.Why)
	}
	return b.String()
}

func brief(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return fmt.Sprintf("%g h", d.Hours())
	case d >= 2*time.Minute || d == time.Minute:
		return fmt.Sprintf("%g min", d.Minutes())
	}
	return fmt.Sprintf("%g s", d.Seconds())
}
