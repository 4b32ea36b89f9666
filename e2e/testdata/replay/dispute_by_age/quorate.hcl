# A side that does not look again cannot hold a dispute up: it is opened once one and a half intervals of the slowest have passed.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
