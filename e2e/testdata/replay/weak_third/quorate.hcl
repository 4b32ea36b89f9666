# A weak third voice leaves the vote contested.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

source "snmp-direct" "snmp" {
  interval = "60s"
}
