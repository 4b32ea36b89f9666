# Two monitors on one host that disagree witness for neither side.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval     = "60s"
  fault_domain = "pve1"
}

source "prtg" "prtg" {
  interval     = "60s"
  fault_domain = "pve1"
}

source "snmp-direct" "snmp" {
  interval = "60s"
}
