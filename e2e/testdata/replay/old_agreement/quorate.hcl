# A down that another monitor saw more than a poll interval before does not speak against a lost network.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
