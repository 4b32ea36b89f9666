package agent

import (
	"cmp"
	"time"

	"github.com/quorate/quorate/device"
)

// advice is what a person can do about a limit.
var advice = map[device.LimitKind]string{
	device.LimitDiskFull: "Free space on the disk of the data folder, or raise its quota. The agent goes on by itself within seconds; what it has acknowledged is safe, and the sources wait.",
	device.LimitReadOnly: "Make the data folder writable again for the agent's user; a file system that turned read-only by itself usually has a failing disk: see the kernel's log. The agent goes on by itself.",
	device.LimitDiskError: "The disk answers with errors: see the kernel's log and its health, and make a backup elsewhere. The agent tries again by itself, and ends with an error when that lasts five minutes, " +
		"so that whoever supervises it starts it anew.",
	device.LimitDiskSlow:      "Something else keeps the disk busy, or it fails: look at what writes to it. Nothing is lost; the sources wait.",
	device.LimitOverload:      "More comes than this machine can record: raise the interval of the sources, or give it more processor. Nothing is lost; the sources wait.",
	device.LimitSinkBehind:    "See what the sink says with quorate sinks. Its events are kept and are delivered in order once it takes them; the other sinks go on.",
	device.LimitWALHeld:       "A program that reads the database holds an old state: end it. The log is shortened by itself then.",
	device.LimitRecordDamaged: "Stored bytes have changed. Make a copy of the data folder, check the disk, and bring back a backup.",
	device.LimitCertificate:   "Put a new certificate in the place of the old one: it is taken within seconds. One that the agent makes itself it renews; where that fails its log says why.",
	device.LimitPostLeaks:     "Take the post off the web, or change it where it says; quorate post rescan looks again. What was public may have been copied: change what can be changed, such as a password.",
}

// calm is how long a limit must be over until it is left: long enough that one which comes and goes is told once.
func calm(kind device.LimitKind) time.Duration {
	switch kind {
	case device.LimitDiskFull, device.LimitReadOnly, device.LimitDiskError:
		return 2 * time.Second
	case device.LimitRecordDamaged, device.LimitPostLeaks, device.LimitCertificate:
		return 0
	}
	return 10 * time.Second
}

func compareLimits(a, b device.Limit) int {
	return cmp.Or(cmp.Compare(a.Limit, b.Limit), cmp.Compare(a.Subject, b.Subject))
}
