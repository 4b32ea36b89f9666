# How many measurements confirm a change is set per device.

agent {
  name = "replay"
}

source "prtg" "prtg" {
  interval = "60s"
}

device "nas1" {
  match {
    address = "192.0.2.11"
  }
  confirm = 1
}
