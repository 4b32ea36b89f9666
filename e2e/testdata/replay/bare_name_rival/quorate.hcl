# A bare host name that two devices have says nothing, however long one waits.

agent {
  name    = "replay"
  domains = ["example.net", "lab.example.net"]
}

source "librenms" "librenms" {
  interval = "1h"
}

source "prtg" "prtg" {
  interval = "1h"
}

source "snmp-direct" "snmp" {
  interval = "1h"
}
