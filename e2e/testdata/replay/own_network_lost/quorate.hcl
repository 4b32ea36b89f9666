# The only monitor left says that everything is down: it has lost its own network.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "snmp-direct" "snmp" {
  interval = "60s"
}
