# How long a dispute may last, and what it ends in, is set per device.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}

device "nas1" {
  match {
    address = "192.0.2.11"
  }
  dispute_timeout = "2m"
  on_dispute      = "down"
}
