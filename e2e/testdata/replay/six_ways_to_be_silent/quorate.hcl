# A source abstains for six reasons; each takes its vote out of the count and leaves the other monitor alone.

agent {
  name = "replay"
}

source "librenms" "librenms" {
  interval = "60s"
}

source "prtg" "prtg" {
  interval = "60s"
}
