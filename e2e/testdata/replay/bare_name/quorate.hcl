# A bare host name is weak evidence: listed at once, it votes after a day without a rival.

agent {
  name    = "replay"
  domains = ["example.net"]
}

source "librenms" "librenms" {
  interval = "1h"
}

source "prtg" "prtg" {
  interval = "1h"
}
