# A monitor forgets a device and adds it again under a new ref: the old ref holds nothing any more, and the new one joins.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
