# For "quorate replay": the sources need no plugin and no config, only the names that the scenario uses and how often
# each is asked.

agent {
  name    = "replay"
  domains = ["example.net"]
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
