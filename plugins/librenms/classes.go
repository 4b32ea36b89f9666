package librenms

// quantity is what a sensor class measures: the reading that it becomes, "" for none, and the kind of component it
// belongs to.
type quantity struct {
	name, unit string
	kind       kind
	factor     float64
}

// classes are the sensor classes. The API has minutes for run times. Electrical classes belong to the power supply, of a
// device that is a UPS to the UPS. Those without a reading measure in units that the data contract has none for; their
// limits count all the same. A class that is not listed, of a newer LibreNMS, is treated like them.
var classes = map[string]quantity{
	"temperature":    {"temperature", "Cel", kindTemperature, 1},
	"humidity":       {"humidity", "%", kindTemperature, 1},
	"fanspeed":       {"fan_speed", "rpm", kindFan, 1},
	"power":          {"power", "W", electrical, 1},
	"power_consumed": {"energy", "kW.h", electrical, 1},
	"voltage":        {"voltage", "V", electrical, 1},
	"current":        {"current", "A", electrical, 1},
	"frequency":      {"frequency", "Hz", electrical, 1},
	"power_factor":   {"", "", electrical, 1},
	"load":           {"load", "%", kindUPS, 1},
	"charge":         {"charge", "%", kindUPS, 1},
	"runtime":        {"runtime", "s", kindUPS, 60},
	"dbm":            {"signal", "dBm", kindPort, 1},
	"signal":         {"signal", "dBm", guess, 1},
	"count":          {"count", "1", guess, 1},

	"airflow": {"", "", kindTemperature, 1}, "cooling": {"", "", kindTemperature, 1}, "eer": {"", "", kindTemperature, 1},
	"pressure": {"", "", kindTemperature, 1}, "waterflow": {"", "", kindTemperature, 1},
	"ber": {"", "", kindPort, 1}, "bitrate": {"", "", kindPort, 1}, "chromatic_dispersion": {"", "", kindPort, 1},
	"quality_factor": {"", "", kindPort, 1}, "signal_loss": {"", "", kindPort, 1}, "snr": {"", "", kindPort, 1},
	"tv_signal": {"", "", kindPort, 1},
	"delay":     {"", "", guess, 1}, "loss": {"", "", guess, 1}, "percent": {"", "", guess, 1},
}

const electrical = kindPSU
