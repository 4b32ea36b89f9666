# A device of its own mind: disputes end in down after a minute.

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
  on_dispute      = "down"
  dispute_timeout = "60s"
}
