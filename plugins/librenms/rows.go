package librenms

import "github.com/quorate/quorate/sdk/sourcehttp"

// The rows here are white lists: the API sends the SNMP credentials of the devices along in clear text, and whole rows
// of them in the details of its alerts. What has no field here is not decoded.

// deviceRow is what is read of a device.
type deviceRow struct {
	DeviceID      sourcehttp.Scalar `json:"device_id"`
	Hostname      sourcehttp.Scalar `json:"hostname"`
	SysName       sourcehttp.Scalar `json:"sysName"`
	Display       sourcehttp.Scalar `json:"display"`
	IP            sourcehttp.Scalar `json:"ip"`
	OverwriteIP   sourcehttp.Scalar `json:"overwrite_ip"`
	OS            sourcehttp.Scalar `json:"os"`
	Type          sourcehttp.Scalar `json:"type"`
	Hardware      sourcehttp.Scalar `json:"hardware"`
	Version       sourcehttp.Scalar `json:"version"`
	Serial        sourcehttp.Scalar `json:"serial"`
	EngineID      sourcehttp.Scalar `json:"snmpEngineID"`
	Location      place             `json:"location"`
	Status        sourcehttp.Scalar `json:"status"`
	StatusReason  sourcehttp.Scalar `json:"status_reason"`
	Ignore        sourcehttp.Scalar `json:"ignore"`
	Disabled      sourcehttp.Scalar `json:"disabled"`
	SNMPDisable   sourcehttp.Scalar `json:"snmp_disable"`
	LastPolled    sourcehttp.Scalar `json:"last_polled"`
	PolledTook    sourcehttp.Scalar `json:"last_polled_timetaken"`
	LastPing      sourcehttp.Scalar `json:"last_ping"`
	PingTook      sourcehttp.Scalar `json:"last_ping_timetaken"`
	LastDiscovery sourcehttp.Scalar `json:"last_discovered"`
	Inserted      sourcehttp.Scalar `json:"inserted"`
	Uptime        sourcehttp.Scalar `json:"uptime"`
	ParentID      sourcehttp.Scalar `json:"dependency_parent_id"`
}

// sensorRow is what is read of a sensor.
type sensorRow struct {
	DeviceID sourcehttp.Scalar `json:"device_id"`
	Deleted  sourcehttp.Scalar `json:"sensor_deleted"`
	Class    sourcehttp.Scalar `json:"sensor_class"`
	Type     sourcehttp.Scalar `json:"sensor_type"`
	Descr    sourcehttp.Scalar `json:"sensor_descr"`
	Current  sourcehttp.Scalar `json:"sensor_current"`
	High     sourcehttp.Scalar `json:"sensor_limit"`
	HighWarn sourcehttp.Scalar `json:"sensor_limit_warn"`
	Low      sourcehttp.Scalar `json:"sensor_limit_low"`
	LowWarn  sourcehttp.Scalar `json:"sensor_limit_low_warn"`
	Alert    sourcehttp.Scalar `json:"sensor_alert"`
	Custom   sourcehttp.Scalar `json:"sensor_custom"`
}

// portRow is what is read of a port. Its names are the columns that are asked for.
type portRow struct {
	PortID    sourcehttp.Scalar `json:"port_id"`
	DeviceID  sourcehttp.Scalar `json:"device_id"`
	Index     sourcehttp.Scalar `json:"ifIndex"`
	Name      sourcehttp.Scalar `json:"ifName"`
	Descr     sourcehttp.Scalar `json:"ifDescr"`
	Type      sourcehttp.Scalar `json:"ifType"`
	MAC       sourcehttp.Scalar `json:"ifPhysAddress"`
	Oper      sourcehttp.Scalar `json:"ifOperStatus"`
	Admin     sourcehttp.Scalar `json:"ifAdminStatus"`
	Speed     sourcehttp.Scalar `json:"ifSpeed"`
	In        sourcehttp.Scalar `json:"ifInOctets_rate"`
	Out       sourcehttp.Scalar `json:"ifOutOctets_rate"`
	InErrors  sourcehttp.Scalar `json:"ifInErrors_delta"`
	OutErrors sourcehttp.Scalar `json:"ifOutErrors_delta"`
	Disabled  sourcehttp.Scalar `json:"disabled"`
	Deleted   sourcehttp.Scalar `json:"deleted"`
	PollTime  sourcehttp.Scalar `json:"poll_time"`
	Period    sourcehttp.Scalar `json:"poll_period"`
}

// addressRow is an address of a port, of either family.
type addressRow struct {
	PortID sourcehttp.Scalar `json:"port_id"`
	IPv4   sourcehttp.Scalar `json:"ipv4_address"`
	IPv6   sourcehttp.Scalar `json:"ipv6_compressed"`
	Long   sourcehttp.Scalar `json:"ipv6_address"`
	Origin sourcehttp.Scalar `json:"ipv6_origin"`
}

// arpRow is what a device, the observer, has in its ARP table.
type arpRow struct {
	MAC  sourcehttp.Scalar `json:"mac_address"`
	IPv4 sourcehttp.Scalar `json:"ipv4_address"`
}

// linkRow is a neighbour that told its name, by LLDP or CDP.
type linkRow struct {
	PortID   sourcehttp.Scalar `json:"local_port_id"`
	DeviceID sourcehttp.Scalar `json:"local_device_id"`
	Name     sourcehttp.Scalar `json:"remote_hostname"`
	RemoteID sourcehttp.Scalar `json:"remote_device_id"`
	Active   sourcehttp.Scalar `json:"active"`
}

// forwardRow is an address that a switch has learnt on a port.
type forwardRow struct {
	PortID sourcehttp.Scalar `json:"port_id"`
	MAC    sourcehttp.Scalar `json:"mac_address"`
}

// alertRow is an alert: one row a device and rule.
type alertRow struct {
	ID        sourcehttp.Scalar `json:"id"`
	DeviceID  sourcehttp.Scalar `json:"device_id"`
	RuleID    sourcehttp.Scalar `json:"rule_id"`
	State     sourcehttp.Scalar `json:"state"`
	Severity  sourcehttp.Scalar `json:"severity"`
	Name      sourcehttp.Scalar `json:"name"`
	Note      sourcehttp.Scalar `json:"note"`
	Timestamp sourcehttp.Scalar `json:"timestamp"`
}

// faultLogRow is a row of the alert log. Its details are a list of whole database rows, credentials and all.
type faultLogRow struct {
	ID       sourcehttp.Scalar `json:"id"`
	DeviceID sourcehttp.Scalar `json:"device_id"`
	RuleID   sourcehttp.Scalar `json:"rule_id"`
	State    sourcehttp.Scalar `json:"state"`
	Details  faultDetails      `json:"details"`
}

// faultRow is what is read of one thing at fault.
type faultRow struct {
	IfName      sourcehttp.Scalar `json:"ifName"`
	IfDescr     sourcehttp.Scalar `json:"ifDescr"`
	SensorDescr sourcehttp.Scalar `json:"sensor_descr"`
	SensorClass sourcehttp.Scalar `json:"sensor_class"`
	SensorType  sourcehttp.Scalar `json:"sensor_type"`
	Storage     sourcehttp.Scalar `json:"storage_descr"`
	Memory      sourcehttp.Scalar `json:"mempool_descr"`
	Processor   sourcehttp.Scalar `json:"processor_descr"`
	Service     sourcehttp.Scalar `json:"service_type"`
}

// eventRow is a line of the event log.
type eventRow struct {
	ID       sourcehttp.Scalar `json:"event_id"`
	DeviceID sourcehttp.Scalar `json:"device_id"`
	Host     sourcehttp.Scalar `json:"host"`
	Datetime sourcehttp.Scalar `json:"datetime"`
	Message  sourcehttp.Scalar `json:"message"`
	Type     sourcehttp.Scalar `json:"type"`
	Severity sourcehttp.Scalar `json:"severity"`
}
