# Out of unknown a device is up at once and down only when confirmed.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}
