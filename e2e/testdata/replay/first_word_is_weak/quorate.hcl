# The first word ever on a device is a weak down.

agent {
  name = "replay"
}

source "snmp-direct" "snmp" {
  interval = "60s"
}
