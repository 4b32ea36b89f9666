# Snapshots of one instant are judged together: no verdict in between is seen.

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
