# Three monitors of one fault domain weigh together what the heaviest of them weighs.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
  trust    = 0.7
}

source "prtg" "prtg" {
  interval     = "60s"
  fault_domain = "pve1"
}

source "snmp-direct" "snmp" {
  interval     = "60s"
  fault_domain = "pve1"
  trust        = 0.5
}

source "ping" "ping" {
  interval     = "60s"
  fault_domain = "pve1"
  trust        = 0.5
}
