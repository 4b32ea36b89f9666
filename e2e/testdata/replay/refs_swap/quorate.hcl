# A monitor mixes two devices up: each of its refs has the address and the serial of the other, and counts for neither until it is set right.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
