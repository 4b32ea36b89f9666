# A source that was told of two devices follows both; they merge by an address all the same, and it counts once.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

source "snmp-direct" "reach" {
  interval = "60s"
}
