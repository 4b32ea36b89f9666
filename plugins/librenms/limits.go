package librenms

import "github.com/quorate/quorate/device"

// limits judges a value by the sensor's limits. No limit at all is no judgement, and limits that leave no room between
// them are none.
func (row sensorRow) limits(v float64) (device.State, string) {
	high, hasHigh := row.High.Float()
	highWarn, hasHighWarn := row.HighWarn.Float()
	low, hasLow := row.Low.Float()
	lowWarn, hasLowWarn := row.LowWarn.Float()
	if hasHigh && hasLow && high <= low {
		hasHigh, hasLow = false, false
	}
	if hasHighWarn && hasLowWarn && highWarn <= lowWarn {
		hasHighWarn, hasLowWarn = false, false
	}
	switch {
	case !hasHigh && !hasHighWarn && !hasLow && !hasLowWarn:
		return "", ""
	case hasHigh && v > high:
		return device.StateCritical, "above sensor_limit"
	case hasLow && v < low:
		return device.StateCritical, "below sensor_limit_low"
	case hasHighWarn && v > highWarn:
		return device.StateWarning, "above sensor_limit_warn"
	case hasLowWarn && v < lowWarn:
		return device.StateWarning, "below sensor_limit_low_warn"
	}
	return device.StateOK, "within limits"
}
