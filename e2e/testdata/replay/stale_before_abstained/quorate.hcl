# Of two reasons for silence the first in order is given: a stale claim before an abstention.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
