# A pin may bind several refs of one source, also by a key that would be no evidence.

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
    refs    = { prtg = ["3"] }
  }
}
