# One monitor calls all eleven devices down against the two others.

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
