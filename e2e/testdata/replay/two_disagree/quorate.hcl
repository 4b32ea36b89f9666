# Two sources disagree for good: pending, then a dispute; up at first, unknown after ten minutes more.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
