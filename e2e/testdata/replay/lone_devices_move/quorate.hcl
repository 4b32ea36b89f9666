# While a lab moves, a device of one monitor gets the address that a device of the other is about to leave: they stay two.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "10m"
}

source "prtg" "prtg" {
  interval = "10m"
}
