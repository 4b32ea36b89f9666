// Package snmpagent replays a recorded or generated SNMP walk as an agent on a real UDP socket.
//
// A Recording is what an agent answers from: loaded from a .snmprec file or from what snmpwalk printed, or made by
// SwitchRecording, NASRecording and HostRecording out of invented values. An Agent answers GET, GETNEXT and GETBULK of
// SNMPv1 and v2c from its own copy of a recording, as RFC 3416 and RFC 1157 ask; values can be overlaid while it runs,
// uptimes and counters move with its clock, and Faults makes it misbehave in the ways that real agents do. A Group is
// several agents at one address.
//
// Requests are decoded by gosnmp's codec, replies are encoded here: a fault has to be able to send what no codec
// would, and a client built on gosnmp is not tested by gosnmp's own encoder. Start starts one goroutine, which owns
// the socket, and one more for each answer that is sent late; Close ends them and waits for them.
package snmpagent
