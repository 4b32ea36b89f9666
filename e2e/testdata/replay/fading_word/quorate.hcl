# A word fades: one that is not repeated is outweighed after two intervals, and then the other witness has to confirm its own.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
