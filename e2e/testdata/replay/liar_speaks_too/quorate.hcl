# What a suspect source says still speaks for and against others: one who comes to say the same is not suspect for it.

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
