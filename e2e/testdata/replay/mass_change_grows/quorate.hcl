# A mass change begins when the third device turns within one and a half intervals; one that turns later joins it.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
