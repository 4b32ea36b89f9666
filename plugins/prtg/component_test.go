package prtg

import (
	"strings"
	"testing"
)

// TestComponents is what the sensors of a device look at.
func TestComponents(t *testing.T) {
	for _, tt := range []struct{ sensors, want string }{
		{"ping/Ping", ""},
		{"snmpuptime/System Uptime", "service:System Uptime"},
		{"snmptraffic/(012) uplink Traffic", "port:uplink"},
		{"snmptraffic/(003) Adaptive Security Appliance 'DMZ' interface", "port:Adaptive Security Appliance 'DMZ' interface"},
		{"snmptraffic/() Traffic", "port:Traffic"},
		{"snmpcpu/CPU Load", "cpu:CPU Load"},
		{"snmpdiskfree/Disk Free: C:", "volume:C:"},
		{"snmpsynologyphysicaldisk/Disk 2", "disk:Disk 2"},
		{"http/Web, http/DSM", "service:Web service:DSM"},
		{"http/Web, port/SMB, dns/DNS", "service:http service:port service:dns"},
		{"http/Web, http/Web", "service:Web service:Web"},
		{"snmpcustom/Fan 1, snmpcustom/CPU Temperature, snmpcustom/PSU-2, snmpcustom/HDD3", "fan:Fan 1 temperature:CPU Temperature psu:PSU-2 disk:HDD3"},
		{"snmpcustom/Clients, exe/Fan 1, http/Disk station", "service:Clients service:Fan 1 service:http"},
		{"snmpcustom/fantastic", "service:fantastic"},
		{"/no kind", "service:no kind"},
		{"http/" + strings.Repeat("ä", 300) + ", http/x", "service:" + strings.Repeat("ä", 248) + " service:x"},
	} {
		var sensors []sensor
		for i, s := range strings.Split(tt.sensors, ", ") {
			kind, name, _ := strings.Cut(s, "/")
			sensors = append(sensors, sensor{id: int64(i), kind: kind, name: name, role: roleOf(kind, "")})
		}
		if got := strings.Join(partsOf(sensors), " "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.sensors, got, tt.want)
		}
	}
}
